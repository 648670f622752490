// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/lagrangian.hpp"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace cleave {

/// The linear program whose duals are the best multipliers for a set of paths: over convex combinations of
/// the paths that keep the capacities on average, minimise what they cost plus the price of an amount that no
/// combined *shared sum* exceeds. One row for the convexity, one for each resource, one for each shared sum;
/// solved by the primal simplex method, a path a column.
///
/// For a direction, the cost is the weighted time and energy, and the loads are the shared sums. For a
/// corner, there is no cost, and all objectives are shared sums, in parts of the corner: the amount is at
/// least 1 if and only if no combination lies below the corner, and the rows' prices are the direction that
/// shows it.
///
/// Only prices come out of it, and any prices >= 0 give a valid bound: rounding errors here cannot make a
/// bound wrong.
class DualMaster {
public:
    /// For a direction. `weights.load[0]` is the weight of the third objective; `most` an upper bound of
    /// weighted objectives.
    DualMaster(const ArcSet& set, const Weights& weights, double most);
    /// For a corner. `most` is an upper bound of weighted objectives of any path, if `whole` is what those of
    /// the corner weigh.
    DualMaster(const ArcSet& set, const Objectives& corner, double most, double whole);

    /// Paths are numbered in the order in which they are added.
    void add(const PathSums& path);
    /// The paths of the best combination that was last solved for, by number, with their parts of it.
    [[nodiscard]] std::vector<std::pair<std::size_t, double>> parts() const;
    /// Prices for the paths so far, scaled to integers: weights, and a multiplier for each resource, none
    /// above most / capacity (a larger one would make the bound worse than no multipliers).
    void solve(Weights& weights, ResourceUse& multiplier);

    /// What the best combination that was last solved for costs: no multipliers give a higher bound for paths
    /// that have these among them.
    [[nodiscard]] double value() const;

private:
    static constexpr std::size_t kMostShared = 2 + kLoadKinds;
    static constexpr std::size_t kMostRows = 1 + kResourceKinds + kMostShared;
    using Row = std::array<double, kMostRows>;
    struct Column {
        double cost = 0;
        Row entries{};
    };
    /// A shared sum: time, energy and loads, in this order.
    struct Shared {
        std::size_t sum = 0;
        /// What counts as one.
        double scale = 1;
    };
    DualMaster(const ArcSet& set, double most, const Weights& weights, std::vector<Shared> shared,
               double price);
    void pivot_until_optimal();
    [[nodiscard]] Row prices() const;
    void factor();

    Weights weights_;
    double most_;
    std::vector<Shared> shared_;
    /// Of one of the amount, in parts of `most_`.
    double price_;
    std::size_t rows_;
    ResourceUse scale_{};
    std::vector<Column> columns_;
    std::size_t first_path_ = 0;
    Row right_hand_side_{};
    std::vector<std::size_t> basis_;
    /// Inverse of the basis matrix, row by row.
    std::array<Row, kMostRows> inverse_{};
};

}  // namespace cleave
