// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/result.hpp"

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
    const auto scaled = [](std::int64_t value, std::int64_t least, std::int64_t most) {
        return most > least ? static_cast<double>(value - least) / static_cast<double>(most - least) : 0.0;
    };
    std::vector<double> sum(front.size(), 0);
    const auto add = [&](const auto& value) {
        const auto [low, high] = std::minmax_element(
            front.begin(), front.end(),
            [&](const FrontPoint& a, const FrontPoint& b) { return value(a.score) < value(b.score); });
        for (std::size_t i = 0; i < front.size(); ++i) {
            sum[i] += scaled(value(front[i].score), value(low->score), value(high->score));
        }
    };
    add([](const Score& s) { return s.latency.ticks(); });
    add([](const Score& s) { return s.energy.ticks(); });
    if (third) {
        add([&](const Score& s) { return third_of(s, third); });
    }
    return static_cast<std::size_t>(std::min_element(sum.begin(), sum.end()) - sum.begin());
}

}  // namespace cleave
