// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/kernel_sums.hpp"

#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cleave {
namespace {

constexpr const char* kDuration = "gpu__time_duration.sum";

/// Seconds of a unit's name; nothing if it is none.
std::optional<double> time_unit(std::string_view name) {
    static const std::map<std::string_view, double> units{
        {"ns", 1e-9}, {"nsec", 1e-9}, {"nsecond", 1e-9}, {"us", 1e-6}, {"usec", 1e-6}, {"usecond", 1e-6},
        {"ms", 1e-3}, {"msec", 1e-3}, {"msecond", 1e-3}, {"s", 1},     {"sec", 1},     {"second", 1}};
    const auto found = units.find(name);
    return found == units.end() ? std::nullopt : std::optional(found->second);
}

/// Text in its last parentheses.
std::string_view in_parentheses(std::string_view text) {
    const std::size_t open = text.rfind('(');
    return open == std::string_view::npos || !text.ends_with(')')
               ? std::string_view()
               : text.substr(open + 1, text.size() - open - 2);
}

std::optional<std::size_t> place_of_cell(const CsvRow& row, std::string_view beginning) {
    const auto found = std::find_if(row.cells.begin(), row.cells.end(),
                                    [&](const std::string& cell) { return cell.starts_with(beginning); });
    return found == row.cells.end() ? std::nullopt
                                    : std::optional(static_cast<std::size_t>(found - row.cells.begin()));
}

/// Rows of a report whose tables follow other lines.
class Rows {
public:
    Rows(const ReportText& report, FaultList& faults)
        : report_(report), faults_(faults), rows_(split_csv(report.text(), report.file(), faults)) {}

    [[nodiscard]] const std::vector<CsvRow>& all() const { return rows_; }
    void fault(const CsvRow& row, std::size_t cell, std::string message) const {
        faults_.add(Fault{report_.file(), row.line, cell < row.columns.size() ? row.columns[cell] : 1, "",
                          std::move(message)});
    }
    /// False, with a fault, for a row that has more or fewer cells than its header.
    [[nodiscard]] bool has_cells(const CsvRow& row, const CsvRow& header) const {
        if (row.cells.size() != header.cells.size()) {
            fault(row, 0,
                  fmt::format("{} cells, but the header has {} columns: is the file cut?", row.cells.size(),
                              header.cells.size()));
        }
        return row.cells.size() == header.cells.size();
    }

private:
    const ReportText& report_;
    FaultList& faults_;
    std::vector<CsvRow> rows_;
};

/// A header of `nsys stats`: the share of the time is always its first column.
bool is_nsys_header(const CsvRow& row) {
    return row.cells.size() > 2 && (row.cells.front() == "Time (%)" || row.cells.front() == "Time(%)");
}

}  // namespace

std::optional<KernelSum> read_nsys(const ReportText& report, Notes& notes, FaultList& faults) {
    const std::size_t before = faults.size();
    const Rows rows(report, faults);
    KernelSum sum;
    const CsvRow* header = nullptr;
    bool kernels = false;
    std::size_t tables = 0;
    std::size_t total_at = 0;
    std::size_t instances_at = 0;
    double unit = 0;
    for (const CsvRow& row : rows.all()) {
        if (is_nsys_header(row)) {
            header = &row;
            const auto total = place_of_cell(row, "Total Time");
            const auto instances = place_of_cell(row, "Instances");
            kernels = total && instances && row.cells.back() == "Name";
            if (!kernels) {
                notes.push_back(
                    fmt::format("{}:{}: this table is not one of kernels", report.file(), row.line));
                continue;
            }
            ++tables;
            total_at = *total;
            instances_at = *instances;
            const auto found = time_unit(in_parentheses(row.cells[total_at]));
            if (!found) {
                rows.fault(row, total_at,
                           fmt::format("{} has no unit of time that is known (ns, us, ms, s)",
                                       quote(row.cells[total_at])));
            }
            unit = found.value_or(0);
            continue;
        }
        // What stands before, between and after tables is no row of one.
        if (header == nullptr || !kernels || row.cells.size() == 1) {
            continue;
        }
        if (!rows.has_cells(row, *header)) {
            continue;
        }
        const auto total = grouped_number(row.cells[total_at]);
        const auto instances = grouped_number(row.cells[instances_at]);
        if (!total || !instances) {
            const std::size_t at = total ? instances_at : total_at;
            rows.fault(row, at, fmt::format("{} is no number", quote(row.cells[at])));
            continue;
        }
        sum.total += Seconds(*total * unit);
        sum.launches += static_cast<std::size_t>(*instances);
        ++sum.kinds;
    }
    if (faults.size() == before && tables != 1) {
        faults.add(report.place(0), "",
                   tables == 0
                       ? "has no table of kernels (nsys stats --report cuda_gpu_kern_sum --format csv)"
                       : "has several tables of kernels: give one");
    } else if (faults.size() == before && sum.kinds == 0) {
        faults.add(report.place(0), "", "its table of kernels has no rows: is the file cut?");
    }
    return faults.size() == before ? std::optional(sum) : std::nullopt;
}

std::optional<KernelSum> read_ncu(const ReportText& report, Notes& notes, FaultList& faults) {
    const std::size_t before = faults.size();
    const Rows rows(report, faults);
    KernelSum sum;
    const CsvRow* header = nullptr;
    std::set<std::string> kinds;
    std::map<std::string, std::size_t> others;
    std::optional<std::size_t> kernel;
    std::optional<std::size_t> metric;
    std::optional<std::size_t> unit;
    std::optional<std::size_t> value;
    for (const CsvRow& row : rows.all()) {
        if (header == nullptr && row.cells.front() == "ID") {
            header = &row;
            kernel = place_of_cell(row, "Kernel Name");
            metric = place_of_cell(row, "Metric Name");
            unit = place_of_cell(row, "Metric Unit");
            value = place_of_cell(row, "Metric Value");
            if (!kernel || !metric || !unit || !value) {
                rows.fault(row, 0,
                           "has no column of metrics with their units: use ncu --csv without --page raw");
                return std::nullopt;
            }
            continue;
        }
        if (header == nullptr || row.cells.front().starts_with("==")) {
            continue;
        }
        if (!rows.has_cells(row, *header)) {
            continue;
        }
        if (row.cells[*metric] != kDuration) {
            ++others[row.cells[*metric]];
            continue;
        }
        const auto seconds = time_unit(row.cells[*unit]);
        const std::string& text = row.cells[*value];
        const auto number = grouped_number(text);
        // "1,234" is a thousand and more, or one and a bit, by the country.
        const bool unclear = text.find(',') != std::string::npos && text.find('.') == std::string::npos;
        if (!seconds) {
            rows.fault(row, *unit,
                       fmt::format("{} is no unit of time that is known", quote(row.cells[*unit])));
        } else if (!number || unclear) {
            rows.fault(
                row, *value,
                fmt::format("{} is no number with a decimal point: run ncu with LC_ALL=C", quote(text)));
        } else {
            sum.total += Seconds(*number * *seconds);
            ++sum.launches;
            kinds.insert(row.cells[*kernel]);
        }
    }
    sum.kinds = kinds.size();
    if (faults.size() == before && sum.launches == 0) {
        faults.add(report.place(0), "",
                   fmt::format("has no {}: run ncu --csv --metrics {}", kDuration, kDuration));
    }
    for (const auto& [name, count] : others) {
        notes.push_back(fmt::format("no place for {} of {} kernels", printable(name), count));
    }
    return faults.size() == before ? std::optional(sum) : std::nullopt;
}

}  // namespace cleave
