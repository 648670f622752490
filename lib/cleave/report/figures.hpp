// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/exact.hpp"

#include <cstdint>
#include <string>

namespace cleave {

[[nodiscard]] double millijoules(Picojoules energy);
/// Figures with three digits and a unit that reads well: "812 us", "8.12 ms", "61.2 mJ", "1.50 MB".
[[nodiscard]] std::string time_text(Nanoseconds time);
[[nodiscard]] std::string energy_text(Picojoules energy);
[[nodiscard]] std::string bytes_text(std::int64_t bytes);
/// 1234567 as "1,234,567".
[[nodiscard]] std::string count_text(std::int64_t count);
/// How many times less than the baseline: "1.27x"; "-" if the point costs nothing.
[[nodiscard]] std::string ratio_text(std::int64_t baseline, std::int64_t point);
/// Decimal digits as they are up to nine, else as "8.54e111".
[[nodiscard]] std::string large_count_text(const std::string& digits);

}  // namespace cleave
