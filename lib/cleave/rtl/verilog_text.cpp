// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

namespace cleave {
namespace {

std::string text_of(const TextValue& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return number != nullptr ? std::to_string(*number) : std::get<std::string>(value);
}

/// The value that occurs most often, the first of them.
std::int64_t most_common(const std::vector<std::int64_t>& values) {
    std::map<std::int64_t, std::size_t> counts;
    std::int64_t best = values.front();
    for (const std::int64_t value : values) {
        ++counts[value];
    }
    for (const std::int64_t value : values) {
        if (counts[value] > counts[best]) {
            best = value;
        }
    }
    return best;
}

/// A case statement by a register over values[0..]: a branch for each value that is not the most common.
std::string cases(const std::string& indent, const std::string& target, std::int64_t bits,
                  const std::vector<std::int64_t>& values, std::int64_t factor, const std::string& by) {
    const std::int64_t usual = most_common(values);
    std::map<std::int64_t, std::string> others;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] != usual) {
            std::string& labels = others[values[i]];
            labels += (labels.empty() ? "" : ", ") + std::to_string(i);
        }
    }
    const auto assign = [&](std::int64_t value) {
        return fmt::format("{} <= {}'d{};\n", target, bits, value * factor);
    };
    if (others.empty()) {
        return indent + assign(usual);
    }
    std::string text = fmt::format("{}case ({})\n", indent, by);
    for (const auto& [value, labels] : others) {
        text += fmt::format("{}    {}: {}", indent, labels, assign(value));
    }
    return text + fmt::format("{}    default: {}{}endcase\n", indent, assign(usual), indent);
}

}  // namespace

std::string fill_in(std::string_view text,
                    std::initializer_list<std::pair<std::string_view, TextValue>> values) {
    std::string result;
    while (true) {
        const std::size_t open = text.find('%');
        result += text.substr(0, open);
        if (open == std::string_view::npos) {
            return result;
        }
        const std::size_t close = text.find('%', open + 1);
        const std::string_view name =
            text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
        const auto* found = std::find_if(values.begin(), values.end(),
                                         [&](const auto& value) { return value.first == name; });
        if (close == std::string_view::npos || found == values.end()) {
            throw std::logic_error(fmt::format("a template has no value for '{}'", name));
        }
        result += text_of(found->second);
        text.remove_prefix(close + 1);
    }
}

std::string comment_text(std::string_view text) {
    std::string result;
    for (const char c : text) {
        // In some tools a line that ends in a backslash goes on, and a backquote begins a directive.
        const bool plain = c >= ' ' && c <= '~' && c != '\\' && c != '`';
        result += plain ? c : '?';
    }
    return result;
}

std::string shape_text(const Shape& shape) {
    return fmt::format("{} x {} x {}", shape.channels, shape.height, shape.width);
}

std::string note_text(const ModuleNote& note) {
    std::string text = "layer:   " + comment_text(note.layer);
    for (const std::string& fact : note.facts) {
        text += "\n// " + fact;
    }
    return text;
}

std::int64_t unsigned_bits(std::int64_t most) {
    std::int64_t bits = 1;
    while (most >> bits > 0) {
        ++bits;
    }
    return bits;
}

std::int64_t signed_bits(std::int64_t least, std::int64_t most) {
    std::int64_t bits = 1;
    while (least < -(std::int64_t{1} << (bits - 1)) || most >= std::int64_t{1} << (bits - 1)) {
        ++bits;
    }
    return bits;
}

std::string range(std::int64_t bits) { return fmt::format("[{}:0]", bits - 1); }

std::string unsigned_constant(std::int64_t bits, std::int64_t value) {
    return fmt::format("{}'d{}", bits, value);
}

std::string constant(std::int64_t bits, std::int64_t value) {
    return fmt::format("{}{}'sd{}", value < 0 ? "-" : "", bits, value < 0 ? -value : value);
}

std::string step_cases(const std::string& target, std::int64_t bits, const StepTable& table,
                       std::int64_t factor, const std::string& y, const std::string& x) {
    const std::string indent(12, ' ');
    const std::size_t last = table.front().size() - 1;
    // Rows that are alike follow each other: those at the border, and those between.
    std::vector<std::vector<std::int64_t>> rows;
    std::vector<std::size_t> ends;
    std::vector<std::int64_t> at_last;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const std::vector<std::int64_t> inner(table[i].begin(), table[i].end() - 1);
        if (rows.empty() || inner != rows.back()) {
            rows.push_back(inner);
            ends.push_back(i);
        }
        ends.back() = i;
        at_last.push_back(table[i][last]);
    }
    const auto is_alike = [](const std::vector<std::int64_t>& values) {
        return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
    };
    if (rows.size() == 1 && is_alike(at_last) && is_alike(rows.front()) &&
        (last == 0 || rows.front().front() == at_last.front())) {
        return cases(indent, target, bits, at_last, factor, y);
    }
    std::string text = fmt::format("{}if ({} == {}) begin\n", indent, x, last);
    text += cases(indent + "    ", target, bits, at_last, factor, y);
    for (std::size_t r = 0; last > 0 && r < rows.size(); ++r) {
        text += indent + (r + 1 == rows.size() ? "end else begin\n"
                                               : fmt::format("end else if ({} <= {}) begin\n", y, ends[r]));
        text += cases(indent + "    ", target, bits, rows[r], factor, x);
    }
    return text + indent + "end\n";
}

}  // namespace cleave
