// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/result.hpp"

#include <algorithm>
#include <vector>

namespace cleave::testing {

/// For each point of `worse` a point of `better` is nowhere worse, within a factor and some ticks.
inline bool covers(const std::vector<FrontPoint>& better, const std::vector<FrontPoint>& worse,
                   double factor = 1, double ticks = 0) {
    const auto within = [&](auto a, auto b) {
        return static_cast<double>(a.ticks()) <= factor * static_cast<double>(b.ticks()) + ticks;
    };
    return std::all_of(worse.begin(), worse.end(), [&](const FrontPoint& p) {
        return std::any_of(better.begin(), better.end(), [&](const FrontPoint& q) {
            return within(q.score.latency, p.score.latency) && within(q.score.energy, p.score.energy);
        });
    });
}

}  // namespace cleave::testing
