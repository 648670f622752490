// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace cleave {

/// For a >= 0, b > 0.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// For value >= 1.
[[nodiscard]] constexpr std::int64_t ceil_log2(std::int64_t value) {
    return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(value - 1)));
}

/// To whole blocks; nothing is less than none.
[[nodiscard]] inline std::int64_t round_up(double value) {
    return static_cast<std::int64_t>(std::ceil(std::max(value, 0.0)));
}

}  // namespace cleave
