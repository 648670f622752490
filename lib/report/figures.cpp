// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/figures.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace cleave::report {
namespace {

struct Unit {
    double ticks;
    const char* name;
};

/// `units` from small to large.
template <std::size_t N>
std::string scaled(double ticks, const std::array<Unit, N>& units) {
    const Unit* best = &units.front();
    for (const Unit& unit : units) {
        // What rounds to 1000 of a unit is 1 of the next.
        if (std::abs(ticks) >= unit.ticks * 0.9995) {
            best = &unit;
        }
    }
    const double value = ticks / best->ticks;
    const int decimals = std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f} {}", value, decimals, best->name);
}

}  // namespace

std::string time_text(Nanoseconds time) {
    constexpr std::array<Unit, 4> kUnits{{{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}}};
    return scaled(static_cast<double>(time.ticks()), kUnits);
}

std::string energy_text(Picojoules energy) {
    constexpr std::array<Unit, 5> kUnits{{{1, "pJ"}, {1e3, "nJ"}, {1e6, "uJ"}, {1e9, "mJ"}, {1e12, "J"}}};
    return scaled(static_cast<double>(energy.ticks()), kUnits);
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array<Unit, 3> kUnits{{{1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}}};
    return bytes < 1000 ? fmt::format("{} B", bytes) : scaled(static_cast<double>(bytes), kUnits);
}

std::string count_text(std::int64_t count) {
    std::string digits = std::to_string(count);
    const std::size_t sign = count < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > sign + 3; i -= 3) {
        digits.insert(i - 3, ",");
    }
    return digits;
}

std::string ratio_text(std::int64_t baseline, std::int64_t point) {
    return point > 0 ? fmt::format("{:.2f}x", static_cast<double>(baseline) / static_cast<double>(point))
                     : "-";
}

std::string large_count_text(const std::string& digits) {
    return digits.size() <= 9
               ? digits
               : fmt::format("{}.{}e{}", digits.substr(0, 1), digits.substr(1, 2), digits.size() - 1);
}

}  // namespace cleave::report
