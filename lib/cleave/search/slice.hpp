// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/grid.hpp"
#include "cleave/search/lagrangian.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace cleave {

/// Directions whose bounds every partial path of a slice is tested against. The first one is the slice's
/// own: arcs are tried in the order in which they worsen it.
inline constexpr std::size_t kSliceBounds = 4;
template <class T>
using PerBound = std::array<T, kSliceBounds>;

/// What is known of all paths, or of a branch, before slices are made.
struct SearchBase {
    const SearchProblem* problem = nullptr;
    ArcSet arcs;
    /// No path has an objective above these, and none that is wanted one outside the box.
    Objectives most{};
    Objectives box{};
    std::vector<std::array<double, 3>> directions;
    std::vector<LagrangianBound> bounds;
    PathPool pool;

    [[nodiscard]] std::size_t objectives() const { return problem->loads == 0 ? 2 : 3; }
};

/// The part of a search that looks for points in boxes below some neighbouring corners: what is left of the
/// arcs, bounds made for it, and how much of each resource the rest of a path can use.
///
/// A path that ends in the box below a corner c has weighted sums of at most w . c for every direction, so a
/// partial path whose bound is above that for all corners of the slice ends in none of its boxes. An arc is
/// left out if even the cheapest path through it (cheapest beginning, the arc, cheapest completion) is above
/// for all corners, in one direction: no path into the boxes has it, so what is derived from the arcs that
/// are left holds for all those paths.
struct CornerSlice {
    std::vector<Objectives> corners;
    ArcSet arcs;
    PerBound<LagrangianBound> bounds;
    /// Largest weighted corner of each direction.
    PerBound<std::int64_t> threshold{};
    /// Weighted corners, corner by corner.
    std::vector<PerBound<std::int64_t>> weighed;
    /// Completions by what is left of the resource that binds most: entry [node * grid.entries() + cells].
    Grid grid;
    std::vector<PerBound<std::int64_t>> completion;
    /// What a path that reaches a node may have used at most so that the rest still fits: capacity less the
    /// least use of any completion.
    std::vector<ResourceUse> most_use;
    /// Use up to which a node's partial paths need not be told apart: capacity less the greatest use of any
    /// completion. All completions of a path below it fit in that resource.
    std::vector<ResourceUse> slack_use;

    /// The better of both bounds for a path `p` that ends at a node, in each direction.
    template <class Sums>
    [[nodiscard]] PerBound<std::int64_t> at(std::uint32_t node, const Sums& p) const {
        PerBound<std::int64_t> least;
        const PerBound<std::int64_t>& rest =
            completion[node * grid.entries() + static_cast<std::size_t>(grid.cell(
                                                   arcs.capacity[grid.resource] - p.use[grid.resource]))];
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            const std::int64_t on_grid =
                price_beside(grid, bounds[j], p) + rest[j] - capacity_beside(grid, bounds[j], arcs.capacity);
            least[j] = std::max(bounds[j].at(node, p), on_grid);
        }
        return least;
    }
    /// True if some corner can still be reached by paths with these bounds.
    [[nodiscard]] bool reaches_corner(const PerBound<std::int64_t>& least) const;
};

/// All that is known of paths of some arcs without bounds.
[[nodiscard]] SearchBase base_of(const SearchProblem& problem, ArcSet arcs);

/// Leaves the arcs through which some path may stay below the largest corner in this direction.
void keep_promising(ArcSet& set, const LagrangianBound& bound, const std::vector<Objectives>& corners);
/// In each of these directions.
void keep_promising(ArcSet& set, const std::vector<LagrangianBound>& bounds,
                    const std::vector<Objectives>& corners);

/// Grid, tables and limits for a slice that has corners, arcs and bounds.
[[nodiscard]] CornerSlice finish_slice(CornerSlice slice, std::int64_t grid_cells);

/// Nothing is left of the slice if `arcs` has no path.
[[nodiscard]] CornerSlice make_slice(const SearchBase& base, std::vector<Objectives> corners,
                                     std::int64_t grid_cells);

}  // namespace cleave
