// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/explore.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace cleave {

/// 5th and 95th percentile over the draws.
struct Interval {
    double low = 0;
    double high = 0;
};

struct PointUncertainty {
    Interval latency_s;
    Interval energy_j;
    /// Against the GPU-only baseline of the same draw, so that errors which both share cancel.
    Interval latency_speedup;
    Interval energy_gain;
    /// Share of draws in which the point fits the FPGA, and in which it does and no other candidate that fits
    /// dominates it.
    double feasible_share = 0;
    double nondominated_share = 0;
};

struct Uncertainty {
    std::size_t draws = 0;
    /// Partitions compared in every draw: the front, the fronts under the first draws (its
    /// near-front), and the GPU alone.
    std::size_t candidates = 0;
    /// One for each point of the front.
    std::vector<PointUncertainty> points;
    /// Pairs of points (by position) whose order in neither objective holds in 95 % of the draws.
    std::vector<std::pair<std::size_t, std::size_t>> not_told_apart;
};

/// Draws `draws` platforms within the models' errors (draw_platform with seeds 1, 2, ...) and scores the
/// front and its near-front under each. Deterministic, whatever the number of threads; time and memory limits
/// do not apply. `progress`, if there is one, counts steps.
[[nodiscard]] Uncertainty assess(const ExploreRequest& request, const std::vector<FrontPoint>& front,
                                 std::size_t draws, Progress* progress = nullptr);

}  // namespace cleave
