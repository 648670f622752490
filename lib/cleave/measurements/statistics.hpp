// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <algorithm>
#include <vector>

namespace cleave {

/// The middle one of some times, of an even number the mean of both; at least one is needed.
[[nodiscard]] inline Seconds median(std::vector<Seconds> times) {
    std::sort(times.begin(), times.end());
    const std::size_t half = times.size() / 2;
    return times.size() % 2 == 1 ? times[half] : (times[half - 1] + times[half]) / 2.0;
}

}  // namespace cleave
