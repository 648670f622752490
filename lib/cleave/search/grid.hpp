// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/lagrangian.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// Least prices of completions by what is left of one resource, which is kept instead of priced: where one
/// resource binds, this closes most of the gap that a multiplier leaves.
///
/// Use is counted in cells of `size`: an arc's use and what is left are both rounded down. A completion whose
/// uses sum to at most what is left also fits in cells, since the sum of floors is at most the floor of the
/// sum: every feasible completion is among those that the least is taken over, so it is a lower bound.
struct Grid {
    std::size_t resource = 0;
    std::int64_t size = 1;
    /// Cells of the whole capacity; tables have one entry more.
    std::int64_t cells = 0;

    [[nodiscard]] std::size_t entries() const { return static_cast<std::size_t>(cells) + 1; }
    [[nodiscard]] std::int64_t cell(std::int64_t use) const { return use / size; }
};

/// The grid of the resource that the bound prices highest; cells are as fine as `most_cells` allows.
[[nodiscard]] Grid grid_for(const ArcSet& set, const LagrangianBound& bound, std::int64_t most_cells);

/// Price without the grid's resource.
template <class Sums>
[[nodiscard]] std::int64_t price_beside(const Grid& grid, const LagrangianBound& bound, const Sums& p) {
    return bound.price(p) - bound.multiplier[grid.resource] * p.use[grid.resource];
}

/// What is subtracted from prices that leave out the grid's resource: the other multipliers' capacities.
[[nodiscard]] inline std::int64_t capacity_beside(const Grid& grid, const LagrangianBound& bound,
                                                  const ResourceUse& capacity) {
    return bound.multiplier_capacity - bound.multiplier[grid.resource] * capacity[grid.resource];
}

/// Entry [node * entries + c]: least price of a completion from the node that uses at most c cells;
/// kUnreachable or more if there is none.
[[nodiscard]] std::vector<std::int64_t> grid_completions(const ArcSet& set, const Grid& grid,
                                                         const LagrangianBound& bound);

/// Leaves the arcs through which some path from node 0 to the end has a price, in the grid, of at most
/// `threshold` (a weighted value).
void keep_promising(ArcSet& set, const Grid& grid, const LagrangianBound& bound, std::int64_t threshold);

}  // namespace cleave
