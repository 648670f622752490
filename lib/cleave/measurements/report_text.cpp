// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/report_text.hpp"

#include "cleave/text/quantity_text.hpp"
#include "cleave/text/yaml_file.hpp"

#include <algorithm>

namespace cleave {
namespace {

constexpr std::size_t kLargestReport = std::size_t{128} << 20U;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<std::string_view> cells_of(std::string_view line, char bar) {
    std::vector<std::string_view> cells;
    line.remove_prefix(1);
    for (;;) {
        const std::size_t end = line.find(bar);
        if (end == std::string_view::npos) {
            return cells;
        }
        cells.push_back(trim(line.substr(0, end)));
        line.remove_prefix(end + 1);
    }
}

}  // namespace

ReportText::ReportText(const std::string& file, std::string text)
    : file_(std::make_shared<const std::string>(file)),
      text_(std::make_shared<const std::string>(std::move(text))) {
    std::string_view rest = *text_;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        lines_.push_back(line);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

Place ReportText::place(std::size_t line, std::size_t column) const {
    return {file_, static_cast<int>(line) + 1, static_cast<int>(column)};
}

Place ReportText::place(std::size_t line, std::string_view part) const {
    return place(line, static_cast<std::size_t>(part.data() - lines_[line].data()) + 1);
}

std::optional<ReportText> read_report(const std::string& file, FaultList& faults) {
    auto text = read_file(file, std::nullopt, faults, kLargestReport);
    if (!text) {
        return std::nullopt;
    }
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
        faults.add(Fault{file, 1, 1, "", "the file is empty"});
        return std::nullopt;
    }
    return ReportText(file, std::move(*text));
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> result;
    for (std::size_t at = 0; at < text.size();) {
        const auto* const begin =
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_space);
        const auto* const end = std::find_if(begin, text.end(), is_space);
        if (begin != end) {
            result.push_back(text.substr(static_cast<std::size_t>(begin - text.begin()),
                                         static_cast<std::size_t>(end - begin)));
        }
        at = static_cast<std::size_t>(end - text.begin());
    }
    return result;
}

std::optional<double> grouped_number(std::string_view text) {
    const std::size_t whole = std::min(text.find_first_not_of("0123456789,"), text.size());
    const std::size_t first = std::min(text.find(','), whole);
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        // From the first comma on, every fourth character of the whole part is one, and no other.
        const bool comma_here = i < whole && i >= first && (i - first) % 4 == 0;
        if ((text[i] == ',') != comma_here) {
            return std::nullopt;
        }
        digits += comma_here ? "" : std::string(1, text[i]);
    }
    if (first < whole && (first == 0 || first > 3 || (whole - first) % 4 != 0)) {
        return std::nullopt;
    }
    if (digits.empty() || !is_digit(digits.front())) {
        return std::nullopt;
    }
    const auto number = read_number(digits);
    const double* value = std::get_if<double>(&number);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<KeyValue> key_value(std::string_view line) {
    const std::size_t colon = line.find(" :");
    if (colon == std::string_view::npos || trim(line.substr(0, colon)).empty()) {
        return std::nullopt;
    }
    return KeyValue{trim(line.substr(0, colon)), trim(line.substr(colon + 2))};
}

std::optional<std::size_t> BoxTable::column(const Row& header, std::string_view beginning) {
    const auto found = std::find_if(header.cells.begin(), header.cells.end(),
                                    [&](std::string_view cell) { return cell.starts_with(beginning); });
    return found == header.cells.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - header.cells.begin()));
}

std::vector<BoxTable> box_tables(const ReportText& report, char bar, FaultList& faults) {
    std::vector<BoxTable> tables;
    const auto& lines = report.lines();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].starts_with("+-")) {
            continue;
        }
        BoxTable table{i, {}};
        bool closed = false;
        for (++i;
             i < lines.size() && !lines[i].empty() && (lines[i].front() == '+' || lines[i].front() == bar);
             ++i) {
            const bool rule = lines[i].front() == '+';
            if (rule || closed || table.parts.empty()) {
                table.parts.emplace_back();
            }
            if (!rule) {
                table.parts.back().push_back({i, cells_of(lines[i], bar)});
            }
            closed = rule;
        }
        // Without a row it is no table of these bars.
        if (!closed && !table.parts.empty()) {
            faults.add(report.place(i - 1), "", "the table is cut here: it has no last rule (+--+)");
        }
        std::erase_if(table.parts, [](const auto& part) { return part.empty(); });
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace cleave
