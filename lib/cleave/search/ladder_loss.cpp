// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/ladder_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

double times(std::int64_t a, std::int64_t b) {
    return a <= b  ? 1
           : b > 0 ? static_cast<double>(a) / static_cast<double>(b)
                   : std::numeric_limits<double>::infinity();
}

/// How many times as much the nearest point of the front takes at most.
double nearest(const std::vector<FrontPoint>& front, const StageGraph::Point& below,
               std::optional<ThirdObjective> third) {
    double least = std::numeric_limits<double>::infinity();
    for (const FrontPoint& point : front) {
        least = std::min(least, std::max({times(point.score.latency.ticks(), below.time.ticks()),
                                          times(point.score.energy.ticks(), below.energy.ticks()),
                                          times(third_of(point.score, third), below.third)}));
    }
    return least;
}

}  // namespace

std::optional<double> ladder_loss(const Costing& costing, const StateSpace& states, DesignSpace space,
                                  const StageGraph::Bounds& bounds, const std::vector<FrontPoint>& front,
                                  const SearchOptions& search) {
    space.relaxed = true;
    const OptionSet options =
        generate_options(costing, states, space, search.threads, search.should_stop, search.progress);
    if (!options.complete) {
        return std::nullopt;
    }
    const StageGraph graph(costing, states, options, space.third);
    const StageGraph::Front below = graph.solve(StageGraph::Capacity::limited, bounds, search);
    double most = 1;
    for (const StageGraph::Point& point : below.points) {
        most = std::max(most, nearest(front, point, space.third));
    }
    const double loss = most * (1 + below.gap.all) - 1;
    return std::isfinite(loss) ? std::optional(loss) : std::nullopt;
}

}  // namespace cleave
