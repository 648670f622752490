// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <cstdint>
#include <string>

namespace cleave {

/// Quantities with a unit that reads well: "812 us", "8.12 ms", "61.2 mJ".
[[nodiscard]] std::string show(Seconds time);
[[nodiscard]] std::string show(Joules energy);
[[nodiscard]] std::string show_bytes(std::int64_t bytes);
/// 1234567 as "1,234,567".
[[nodiscard]] std::string show_count(std::int64_t count);
[[nodiscard]] std::string show_ratio(double ratio);

}  // namespace cleave
