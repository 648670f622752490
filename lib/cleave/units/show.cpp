// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <vector>

namespace cleave {
namespace {

/// Three significant digits, without an exponent.
std::string three_digits(double value) {
    const double size = std::abs(value);
    const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f}", value, decimals);
}

struct Prefix {
    double factor;
    const char* name;
};

/// `prefixes` from small to large.
std::string scaled(double si, const char* unit, const std::vector<Prefix>& prefixes) {
    auto best = prefixes.begin();
    // What reads 1000 of a unit is 1.00 of the next.
    while (std::next(best) != prefixes.end() && std::nearbyint(std::abs(si) / best->factor) >= 1000) {
        ++best;
    }
    return three_digits(si / best->factor) + " " + best->name + unit;
}

}  // namespace

std::string show(Seconds time) {
    return scaled(time.value(), "s", {{1e-9, "n"}, {1e-6, "u"}, {1e-3, "m"}, {1, ""}});
}

std::string show(Joules energy) {
    return scaled(energy.value(), "J", {{1e-12, "p"}, {1e-9, "n"}, {1e-6, "u"}, {1e-3, "m"}, {1, ""}});
}

std::string show_bytes(std::int64_t bytes) {
    return bytes < 1000 ? fmt::format("{} B", bytes)
                        : scaled(static_cast<double>(bytes), "B", {{1e3, "k"}, {1e6, "M"}, {1e9, "G"}});
}

std::string show_count(std::int64_t count) {
    std::string digits = std::to_string(std::abs(count));
    for (std::size_t i = digits.size(); i > 3; i -= 3) {
        digits.insert(i - 3, ",");
    }
    return count < 0 ? "-" + digits : digits;
}

std::string show_ratio(double ratio) { return fmt::format("{:.3f}x", ratio); }

}  // namespace cleave
