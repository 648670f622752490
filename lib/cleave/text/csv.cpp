// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/csv.hpp"

#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>

namespace cleave {
namespace {

/// Splits text into lines of cells; quotes may hold commas, doubled quotes and line ends.
class Splitter {
public:
    Splitter(const std::string& text, const std::string& file_name, FaultList& faults)
        : text_(text), file_name_(file_name), faults_(faults) {}

    std::vector<CsvRow> run() {
        std::vector<CsvRow> rows;
        while (at_ < text_.size()) {
            CsvRow row = line();
            const bool blank = row.cells.size() == 1 && row.cells.front().empty();
            if (!blank) {
                rows.push_back(std::move(row));
            }
        }
        return rows;
    }

private:
    CsvRow line() {
        CsvRow row;
        row.line = line_;
        line_start_ = at_;
        for (;;) {
            row.columns.push_back(static_cast<int>(at_ - line_start_) + 1);
            row.cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted(row.columns.back())
                                                                        : plain());
            if (at_ < text_.size() && text_[at_] == ',') {
                ++at_;
                continue;
            }
            end_line();
            return row;
        }
    }

    std::string plain() {
        const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
        std::string cell = text_.substr(at_, end - at_);
        at_ = end;
        if (!cell.empty() && cell.back() == '\r' && (end == text_.size() || text_[end] == '\n')) {
            cell.pop_back();
        }
        return cell;
    }

    std::string quoted(int column) {
        const int line = line_;
        std::string cell;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                    ++at_;
                } else {
                    ++at_;
                    cell += plain();
                    return cell;
                }
            }
            line_ += text_[at_] == '\n' ? 1 : 0;
            cell += text_[at_];
        }
        faults_.add(Fault{file_name_, line, column, "", "a quoted cell has no closing quote"});
        return cell;
    }

    void end_line() {
        if (at_ < text_.size()) {
            ++at_;
        }
        ++line_;
    }

    const std::string& text_;
    const std::string& file_name_;
    FaultList& faults_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    int line_ = 1;
};

void check_header(const CsvFile& file, const CsvRow& header, const std::vector<CsvColumn>& columns,
                  const std::string& what, FaultList& faults) {
    std::vector<std::string> names;
    for (const CsvColumn& column : columns) {
        names.push_back(column.name);
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < header.cells.size(); ++i) {
        const std::string& name = header.cells[i];
        const auto complain = [&](std::string message) {
            faults.add(Fault{file.name, header.line, header.columns[i], "", std::move(message)});
        };
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            complain(fmt::format("unknown column {} {}", quote(name), hint(name, names)));
        } else if (!seen.insert(name).second) {
            complain(fmt::format("column {} comes twice", quote(name)));
        }
    }
    for (const CsvColumn& column : columns) {
        if (column.need == CsvColumn::Need::required && seen.count(column.name) == 0) {
            faults.add(Fault{file.name, header.line, 1, "",
                             fmt::format("column {} is missing: {} need it", quote(column.name), what)});
        }
    }
}

}  // namespace

std::optional<std::size_t> CsvFile::column(const std::string& wanted) const {
    const auto found = std::find(header.begin(), header.end(), wanted);
    return found == header.end() ? std::nullopt
                                 : std::optional(static_cast<std::size_t>(found - header.begin()));
}

std::vector<CsvRow> split_csv(const std::string& text, const std::string& file_name, FaultList& faults) {
    return Splitter(text, file_name, faults).run();
}

std::optional<CsvFile> read_csv(const std::string& file_name, const std::vector<CsvColumn>& columns,
                                const std::string& what, FaultList& faults) {
    const std::optional<std::string> text = read_file(file_name, std::nullopt, faults);
    if (!text) {
        return std::nullopt;
    }
    const std::size_t before = faults.size();
    if (const auto bad = first_invalid_utf8(*text)) {
        const auto line =
            1 + std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(*bad), '\n');
        faults.add(Fault{file_name, static_cast<int>(line), 1, "", "this is not text (UTF-8)"});
        return std::nullopt;
    }
    CsvFile file;
    file.name = file_name;
    file.sha256 = sha256(*text);
    file.rows = split_csv(*text, file_name, faults);
    if (file.rows.empty()) {
        faults.add(Fault{file_name, 1, 1, "", fmt::format("the file is empty: {} need a header line", what)});
        return std::nullopt;
    }
    const CsvRow header = file.rows.front();
    file.rows.erase(file.rows.begin());
    file.header = header.cells;
    check_header(file, header, columns, what, faults);
    for (const CsvRow& row : file.rows) {
        if (row.cells.size() != file.header.size()) {
            faults.add(Fault{file_name, row.line, 1, "",
                             fmt::format("{} cells, but the header has {} columns", row.cells.size(),
                                         file.header.size())});
        }
    }
    if (faults.size() > before) {
        return std::nullopt;
    }
    return file;
}

void CsvCells::fault(const std::string& column, std::string message) const {
    const auto position = file_.column(column);
    faults_.add(
        Fault{file_.name, row_.line, position ? row_.columns[*position] : 1, column, std::move(message)});
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

std::string CsvCells::text(const std::string& column) const {
    const auto position = file_.column(column);
    return position ? row_.cells[*position] : std::string();
}

std::optional<double> CsvCells::number(const std::string& column, Range range) const {
    const std::string cell = text(column);
    if (cell.empty()) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) {
        fault(column, fmt::format("{} is not a finite number", quote(cell)));
        return std::nullopt;
    }
    if (range == Range::positive ? !(value > 0) : value < 0) {
        fault(column,
              fmt::format("{} is {}", quote(cell), range == Range::positive ? "not above zero" : "negative"));
        return std::nullopt;
    }
    return value;
}

double CsvCells::required_number(const std::string& column, Range range) const {
    if (text(column).empty()) {
        fault(column, "the cell is empty");
        return 1;
    }
    return number(column, range).value_or(1);
}

std::int64_t CsvCells::count(const std::string& column) const {
    const double value = required_number(column, Range::positive);
    if (value != std::floor(value) || value > 1e9) {
        fault(column, fmt::format("{} is not a whole number from 1 to 1,000,000,000", quote(text(column))));
        return 1;
    }
    return static_cast<std::int64_t>(value);
}

std::int64_t CsvCells::count_or(const std::string& column, std::int64_t otherwise) const {
    return text(column).empty() ? otherwise : count(column);
}

}  // namespace cleave
