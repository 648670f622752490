// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace cleave::cli {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string Table::text(const Style& style) const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        widths.push_back(width(columns_[c].title));
        for (const Row& row : rows_) {
            widths[c] = std::max(widths[c], width(row.cells[c]));
        }
    }
    std::string text;
    const auto line = [&](const auto& cell_of, const auto& tone_of) {
        std::string gap;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const std::string& cell = cell_of(c);
            const std::string pad(widths[c] - width(cell), ' ');
            gap += c == 0 ? "" : "  ";
            gap += columns_[c].align == Align::left ? "" : pad;
            // No spaces at the end of a line.
            if (!cell.empty()) {
                text += gap + style.paint(tone_of(c), cell);
                gap.clear();
            }
            gap += columns_[c].align == Align::left ? pad : "";
        }
        text += "\n";
    };
    line([&](std::size_t c) -> const std::string& { return columns_[c].title; },
         [](std::size_t) { return Tone::strong; });
    for (const Row& row : rows_) {
        line([&](std::size_t c) -> const std::string& { return row.cells[c]; },
             [&](std::size_t c) { return row.tones[c]; });
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

std::string show_digits(const std::string& digits, std::size_t most) {
    return digits.size() <= most
               ? digits
               : fmt::format("{}.{}e{}", digits.substr(0, 1), digits.substr(1, 2), digits.size() - 1);
}

}  // namespace cleave::cli
