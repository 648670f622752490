// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/power_log.hpp"
#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

constexpr std::string_view kRailColumn = "Power ";

/// A number of a text of digits at a place; nothing if there are others.
std::optional<int> digits_at(std::string_view text, std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// "2026-03-02 10:15:01.120455", as seconds since midnight of that day, and the day.
struct Moment {
    std::string day;
    Seconds of_day;
};
std::optional<Moment> read_moment(const std::string& text) {
    const auto hour = digits_at(text, 11, 2);
    const auto minute = digits_at(text, 14, 2);
    const auto second = digits_at(text, 17, 2);
    if (text.size() < 19 || text[4] != '-' || text[10] != ' ' || !hour || !minute || !second) {
        return std::nullopt;
    }
    double fraction = 0;
    if (text.size() > 19) {
        const auto number = read_number("0" + text.substr(19));
        if (!std::holds_alternative<double>(number)) {
            return std::nullopt;
        }
        fraction = std::get<double>(number);
    }
    return Moment{text.substr(0, 10), Seconds(*hour * 3600 + *minute * 60 + *second + fraction)};
}

}  // namespace

std::optional<PowerLog> read_jtop(const ReportText& report, FaultList& faults) {
    const std::size_t before = faults.size();
    const std::vector<CsvRow> rows = split_csv(report.text(), report.file(), faults);
    if (rows.empty()) {
        faults.add(report.place(0), "", "the file has no header line");
        return std::nullopt;
    }
    const CsvRow& header = rows.front();
    const auto column = [&](std::string_view name) {
        const auto found = std::find(header.cells.begin(), header.cells.end(), name);
        return static_cast<std::size_t>(found - header.cells.begin());
    };
    const auto fault = [&](const CsvRow& row, std::size_t cell, std::string message) {
        faults.add(Fault{report.file(), row.line, row.columns[cell], "", std::move(message)});
    };
    const std::size_t time_at = column("time");
    const std::size_t load_at = column("GPU");
    PowerLog log{report.file(), {}, {}, std::nullopt};
    std::vector<std::size_t> rails_at;
    for (std::size_t i = 0; i < header.cells.size(); ++i) {
        if (header.cells[i].starts_with(kRailColumn)) {
            log.rails.push_back(header.cells[i].substr(kRailColumn.size()));
            rails_at.push_back(i);
        }
    }
    if (time_at == header.cells.size() || load_at == header.cells.size() || rails_at.empty()) {
        fault(header, 0, "is no CSV file of jtop that is known: columns time, GPU and Power ... are needed");
        return std::nullopt;
    }
    std::string day;
    Seconds midnight(0);
    for (std::size_t r = 1; r < rows.size(); ++r) {
        const CsvRow& row = rows[r];
        if (row.cells.size() != header.cells.size()) {
            fault(row, 0,
                  fmt::format("{} cells, but the header has {} columns: is the file cut?", row.cells.size(),
                              header.cells.size()));
            continue;
        }
        PowerLog::Sample sample{
            {std::make_shared<const std::string>(report.file()), row.line, 1}, {}, {}, {}};
        const auto moment = read_moment(row.cells[time_at]);
        if (!moment) {
            fault(row, time_at, fmt::format("{} is no time", quote(row.cells[time_at])));
            continue;
        }
        if (!day.empty() && day != moment->day) {
            midnight += Seconds(86400);
        }
        day = moment->day;
        sample.time = midnight + moment->of_day;
        if (!log.samples.empty() && *sample.time <= *log.samples.back().time) {
            fault(row, time_at, "comes no later than the row before");
        }
        const auto load = grouped_number(row.cells[load_at]);
        if (!load || *load > 100) {
            fault(row, load_at,
                  fmt::format("{} is no load of the GPU in percent", quote(row.cells[load_at])));
        }
        sample.load = load.value_or(0) / 100;
        for (const std::size_t at : rails_at) {
            const auto milliwatts = grouped_number(row.cells[at]);
            if (!milliwatts && row.cells[at] != "OFF") {
                fault(row, at, fmt::format("{} is no power in mW", quote(row.cells[at])));
            }
            sample.power.push_back(milliwatts ? std::optional(Watts(*milliwatts * 1e-3)) : std::nullopt);
        }
        log.samples.push_back(std::move(sample));
    }
    if (log.samples.empty() && faults.size() == before) {
        fault(header, 0, "there are no rows");
    }
    return faults.size() == before ? std::optional(std::move(log)) : std::nullopt;
}

}  // namespace cleave
