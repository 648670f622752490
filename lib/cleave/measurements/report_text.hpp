// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/fault.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// What a report says that has no place in the rows, or that rows take for granted.
using Notes = std::vector<std::string>;

/// A report of another tool, as text.
class ReportText {
public:
    ReportText(const std::string& file, std::string text);

    [[nodiscard]] const std::string& file() const { return *file_; }
    [[nodiscard]] const std::string& text() const { return *text_; }
    /// Without their line ends.
    [[nodiscard]] const std::vector<std::string_view>& lines() const { return lines_; }
    /// Of a line, counted from 0, and a column, counted from 1.
    [[nodiscard]] Place place(std::size_t line, std::size_t column = 1) const;
    /// Of a part of one of the lines.
    [[nodiscard]] Place place(std::size_t line, std::string_view part) const;

private:
    std::shared_ptr<const std::string> file_;
    std::shared_ptr<const std::string> text_;
    std::vector<std::string_view> lines_;
};

/// Reads a report of at most 128 MiB; a file that is empty is a fault.
[[nodiscard]] std::optional<ReportText> read_report(const std::string& file, FaultList& faults);

/// Without white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
/// Parts between white space.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);
/// A number that is not negative, whose whole part may have commas between groups of three digits.
[[nodiscard]] std::optional<double> grouped_number(std::string_view text);

/// "Key : value" of a line.
struct KeyValue {
    std::string_view key;
    std::string_view value;
};
[[nodiscard]] std::optional<KeyValue> key_value(std::string_view line);

/// A table drawn with lines of `+---+` and bars. What stands between two rules is a part: a title, a header,
/// rows.
struct BoxTable {
    struct Row {
        std::size_t line = 0;
        std::vector<std::string_view> cells;
    };
    std::size_t line = 0;
    std::vector<std::vector<Row>> parts;

    /// Column of a header cell with this beginning in a row; nothing if there is none.
    [[nodiscard]] static std::optional<std::size_t> column(const Row& header, std::string_view beginning);
};
/// Tables of a report whose bars are `bar`. A table without its last rule is a fault: the file is cut.
[[nodiscard]] std::vector<BoxTable> box_tables(const ReportText& report, char bar, FaultList& faults);

}  // namespace cleave
