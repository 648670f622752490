// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/row_table.hpp"

#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

/// The column that names a row. Of kernels, a column that they all have.
std::string mark_of(RowKind kind) {
    switch (kind) {
        case RowKind::kernels: return "op";
        case RowKind::workloads: return "workload";
        case RowKind::designs: return "design";
    }
    return "";
}

void merge_row(RowTable& table, std::size_t row, const RowTable& added, const std::vector<std::string>& cells,
               const Fault& where, FaultList& faults) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string& name = added.columns[i];
        const std::string& present = table.rows[row][table.column(name)];
        if (!cells[i].empty() && !present.empty() && present != cells[i]) {
            Fault fault = where;
            fault.path = name;
            fault.message = fmt::format("{} is there already, and the reports say {}: delete one of them",
                                        quote(present), quote(cells[i]));
            faults.add(std::move(fault));
        } else if (!cells[i].empty()) {
            table.set(row, name, cells[i]);
        }
    }
}

}  // namespace

std::size_t RowTable::column(const std::string& name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) {
        return static_cast<std::size_t>(found - columns.begin());
    }
    columns.push_back(name);
    for (auto& row : rows) {
        row.emplace_back();
    }
    return columns.size() - 1;
}

void RowTable::set(std::size_t row, const std::string& name, std::string cell) {
    const std::size_t place = column(name);
    rows[row][place] = std::move(cell);
}

std::size_t RowTable::add_row() {
    rows.emplace_back(columns.size());
    return rows.size() - 1;
}

std::string csv_text(const RowTable& table) {
    const auto line = [](const std::vector<std::string>& cells) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            text += (i == 0 ? "" : ",") + csv_cell(cells[i]);
        }
        return text + "\n";
    };
    std::string text = line(table.columns);
    for (const auto& row : table.rows) {
        text += line(row);
    }
    return text;
}

RowTable add_rows(const std::string& file, const RowTable& added, FaultList& faults) {
    RowTable table{added.kind, {}, {}};
    const auto report = read_report(file, faults);
    if (!report) {
        return table;
    }
    const std::size_t before = faults.size();
    const std::vector<CsvRow> lines = split_csv(report->text(), file, faults);
    if (lines.empty()) {
        faults.add(report->place(0), "", "the file has no header line");
        return table;
    }
    table.columns = lines.front().cells;
    const std::string mark = mark_of(added.kind);
    const auto key = std::find(table.columns.begin(), table.columns.end(), mark);
    if (key == table.columns.end()) {
        faults.add(Fault{file, 1, 1, "",
                         fmt::format("column {} is missing: this is another kind of table", quote(mark))});
    }
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].cells.size() != table.columns.size()) {
            faults.add(Fault{file, lines[i].line, 1, "",
                             fmt::format("{} cells, but the header has {} columns", lines[i].cells.size(),
                                         table.columns.size())});
        }
        table.rows.push_back(lines[i].cells);
    }
    if (faults.size() > before) {
        return table;
    }
    const auto at = static_cast<std::size_t>(key - table.columns.begin());
    const auto named = std::find(added.columns.begin(), added.columns.end(), mark);
    for (const auto& cells : added.rows) {
        const std::string& name = cells[static_cast<std::size_t>(named - added.columns.begin())];
        const auto found = std::find_if(table.rows.begin(), table.rows.end(),
                                        [&](const auto& row) { return row[at] == name; });
        if (added.kind == RowKind::kernels || found == table.rows.end()) {
            merge_row(table, table.add_row(), added, cells, {}, faults);
        } else {
            const auto row = static_cast<std::size_t>(found - table.rows.begin());
            const int line = row + 1 < lines.size() ? lines[row + 1].line : 1;
            merge_row(table, row, added, cells, Fault{file, line, 1, "", ""}, faults);
        }
    }
    return table;
}

std::string number_cell(double value) { return fmt::format("{:.9g}", value); }

}  // namespace cleave
