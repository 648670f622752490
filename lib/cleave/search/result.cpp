// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/result.hpp"

#include "cleave/search/knee.hpp"

#include <algorithm>
#include <stdexcept>

namespace cleave {

std::int64_t third_of(const Score& score, std::optional<ThirdObjective> third) {
    if (!third) {
        return 0;
    }
    switch (*third) {
        case ThirdObjective::interval: return score.interval.ticks();
        case ThirdObjective::alm: return score.demand.alm;
    }
    throw std::logic_error("unknown third objective");
}

std::size_t least_energy(const std::vector<FrontPoint>& front) {
    const auto least = std::min_element(
        front.begin(), front.end(),
        [](const FrontPoint& a, const FrontPoint& b) { return a.score.energy < b.score.energy; });
    return static_cast<std::size_t>(least - front.begin());
}

std::size_t knee(const std::vector<FrontPoint>& front, std::optional<ThirdObjective> third) {
    std::vector<ObjectiveValues> values;
    for (const FrontPoint& point : front) {
        values.push_back(
            {point.score.latency.ticks(), point.score.energy.ticks(), third_of(point.score, third)});
    }
    return knee(values);
}

bool pays(const Score& score, const Score& gpu_alone, double min_gain, std::optional<ThirdObjective> third) {
    const auto gains = [&](std::int64_t before, std::int64_t after) {
        return static_cast<double>(before) >= min_gain * static_cast<double>(after);
    };
    return score.latency <= gpu_alone.latency && score.energy <= gpu_alone.energy &&
           (gains(gpu_alone.latency.ticks(), score.latency.ticks()) ||
            gains(gpu_alone.energy.ticks(), score.energy.ticks()) ||
            (third == ThirdObjective::interval && gains(gpu_alone.interval.ticks(), score.interval.ticks())));
}

std::size_t knee(const ExploreResult& result, std::optional<ThirdObjective> third, double min_gain) {
    const Score& gpu_alone = result.baseline.score;
    const auto among = [&](const auto& allowed) -> std::optional<std::size_t> {
        std::vector<std::size_t> numbers;
        std::vector<FrontPoint> points;
        for (std::size_t i = 0; i < result.front.size(); ++i) {
            if (allowed(result.front[i].score)) {
                numbers.push_back(i);
                points.push_back(result.front[i]);
            }
        }
        return points.empty() ? std::nullopt : std::optional(numbers[knee(points, third)]);
    };
    if (min_gain > 0) {
        if (const auto paying =
                among([&](const Score& score) { return pays(score, gpu_alone, min_gain, third); })) {
            return *paying;
        }
        if (const auto quick =
                among([&](const Score& score) { return score.latency <= gpu_alone.latency; })) {
            return *quick;
        }
    }
    return knee(result.front, third);
}

}  // namespace cleave
