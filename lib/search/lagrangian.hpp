// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"

#include <vector>

namespace cleave {

/// A lower bound on weighted objectives of feasible paths.
///
/// For weights w >= 0 and multipliers m >= 0 (all integers), any feasible completion of a partial path p at
/// node v ends with objectives (T, E) such that
///     w_time T + w_energy E >= w_time p.time + w_energy p.energy + m . p.use + completion[v] - m . capacity,
/// where completion[v] is the least sum of w_time t + w_energy e + m . use over arcs of paths from v to the
/// end: the sum of uses is at most the capacity, so m . (use - capacity) <= 0 was added to the left-hand side
/// only. Everything is integer arithmetic, so the bound holds without rounding.
struct LagrangianBound {
    std::int64_t weight_time = 0;
    std::int64_t weight_energy = 0;
    ResourceUse multiplier{};
    std::vector<std::int64_t> completion;
    std::int64_t multiplier_capacity = 0;

    [[nodiscard]] std::int64_t at(std::uint32_t node, std::int64_t time, std::int64_t energy,
                                  const ResourceUse& use) const {
        std::int64_t value =
            completion[node] - multiplier_capacity + weight_time * time + weight_energy * energy;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            value += multiplier[k] * use[k];
        }
        return value;
    }
    /// Weighted objectives of a point.
    [[nodiscard]] std::int64_t weigh(std::int64_t time, std::int64_t energy) const {
        return weight_time * time + weight_energy * energy;
    }
};

struct LagrangianBounds {
    /// Weights from time alone (first) to energy alone (last).
    std::vector<LagrangianBound> bounds;
    /// Arc paths met on the way; not necessarily feasible.
    std::vector<std::vector<std::uint32_t>> paths;
};

/// Bounds for `directions` weights (at least 2), multipliers chosen to make each bound at the start as high
/// as possible (ellipsoid method on the concave dual; any multipliers are valid, good ones prune more). A
/// node from which the end cannot be reached has completion kUnreachable.
[[nodiscard]] LagrangianBounds lagrangian_bounds(const SearchProblem& problem, std::size_t directions);

inline constexpr std::int64_t kUnreachable = std::int64_t{1} << 60;

}  // namespace cleave
