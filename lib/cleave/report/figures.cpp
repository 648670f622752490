// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/figures.hpp"

#include "cleave/units/show.hpp"

#include <fmt/format.h>

namespace cleave {

std::string time_text(Nanoseconds time) { return show(to_si(time)); }

double millijoules(Picojoules energy) { return 1e3 * to_si(energy).value(); }

std::string energy_text(Picojoules energy) { return show(to_si(energy)); }

std::string bytes_text(std::int64_t bytes) { return show_bytes(bytes); }

std::string count_text(std::int64_t count) { return show_count(count); }

std::string ratio_text(std::int64_t baseline, std::int64_t point) {
    return point > 0 ? fmt::format("{:.2f}x", static_cast<double>(baseline) / static_cast<double>(point))
                     : "-";
}

std::string large_count_text(const std::string& digits) {
    return digits.size() <= 9
               ? digits
               : fmt::format("{}.{}e{}", digits.substr(0, 1), digits.substr(1, 2), digits.size() - 1);
}

}  // namespace cleave
