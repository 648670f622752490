// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace cleave::cli {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

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

std::string scaled(double si, const char* unit, const std::vector<Prefix>& prefixes) {
    const Prefix* best = &prefixes.front();
    for (const Prefix& prefix : prefixes) {
        if (std::abs(si) >= prefix.factor * 0.9995) {
            best = &prefix;
        }
    }
    return three_digits(si / best->factor) + " " + best->name + unit;
}

}  // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        widths.push_back(width(columns_[c].title));
        for (const auto& row : rows_) {
            widths[c] = std::max(widths[c], width(row[c]));
        }
    }
    std::string text;
    const auto line = [&](const auto& cell_of) {
        std::string row;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const std::string& cell = cell_of(c);
            const std::string pad(widths[c] - width(cell), ' ');
            row += c == 0 ? "" : "  ";
            row += columns_[c].align == Align::left ? cell + pad : pad + cell;
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    };
    line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
    for (const auto& row : rows_) {
        line([&](std::size_t c) -> const std::string& { return row[c]; });
    }
    return text;
}

std::string wrap(const std::string& text, std::size_t indent, std::size_t most) {
    const std::string margin(indent, ' ');
    std::string result;
    std::string line;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (!line.empty() && indent + width(line) + 1 + width(word) > most) {
            result += margin + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return result + margin + line + "\n";
}

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

}  // namespace cleave::cli
