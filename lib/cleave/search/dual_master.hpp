// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/lagrangian.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace cleave {

/// The linear program whose duals are the best multipliers for a set of paths: over convex combinations of
/// the paths that keep the capacities on average, and an amount I no combined load exceeds, minimise the
/// weighted objectives. One row for the convexity, one for each resource, one for each load; solved by the
/// primal simplex method, a path a column.
///
/// Only prices come out of it, and any prices >= 0 give a valid bound: rounding errors here cannot make a
/// bound wrong.
class DualMaster {
public:
    /// `weights.load[0]` is the weight of the third objective; `most` an upper bound of weighted objectives.
    DualMaster(const ArcSet& set, const Weights& weights, double most);
    void add(const PathSums& path);
    /// Prices for the paths so far, scaled to integers: the third objective's weight spread over the loads,
    /// and a multiplier for each resource, none above most / capacity (a larger one would make the bound
    /// worse than no multipliers).
    void solve(Weights& weights, ResourceUse& multiplier);

private:
    static constexpr std::size_t kMostRows = 1 + kResourceKinds + kLoadKinds;
    using Row = std::array<double, kMostRows>;
    struct Column {
        double cost = 0;
        Row entries{};
    };
    void pivot_until_optimal();
    [[nodiscard]] Row prices() const;
    void factor();

    const ArcSet& set_;
    Weights weights_;
    double most_;
    std::size_t rows_;
    ResourceUse scale_{};
    double load_scale_ = 1;
    std::vector<Column> columns_;
    Row right_hand_side_{};
    std::vector<std::size_t> basis_;
    /// Inverse of the basis matrix, row by row.
    std::array<Row, kMostRows> inverse_{};
};

}  // namespace cleave
