// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/fpga_designs.hpp"
#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace cleave {
namespace {

constexpr const char* kRouted = "placed and routed";

/// A value with the unit behind it: "78.2 MHz". Another unit, or none, is a fault.
std::optional<double> with_unit(std::string_view text, const std::map<std::string_view, double>& units,
                                const Place& place, std::string_view what, FaultList& faults) {
    const auto parts = words(text);
    const auto number = parts.size() == 2 ? grouped_number(parts[0]) : std::nullopt;
    const auto unit = parts.size() == 2 ? units.find(parts[1]) : units.end();
    if (!number || unit == units.end()) {
        std::vector<std::string> names;
        for (const auto& [name, factor] : units) {
            names.emplace_back(name);
        }
        faults.add(
            place, "",
            fmt::format("{} of {} is no number with a unit ({})", quote(text), quote(what), join(names)));
        return std::nullopt;
    }
    return *number * unit->second;
}

/// Families whose memory blocks are M20K.
bool has_m20k(std::string_view family) {
    static const std::array<std::string_view, 6> names{"Arria 10",  "Cyclone 10 GX", "Stratix 10",
                                                       "Stratix V", "Arria V GZ",    "Agilex"};
    return std::any_of(names.begin(), names.end(), [&](auto name) { return family.starts_with(name); });
}

/// A row "key, value" of a summary, wherever it stands.
struct SummaryRow {
    Place place;
    std::string_view key;
    std::string_view value;
};

class QuartusReader {
public:
    QuartusReader(const ReportText& report, const ClockChoice& clock, DesignReport& design, FaultList& faults)
        : report_(report), clock_(clock), design_(design), faults_(faults) {}

    void run() {
        const std::string_view first = trim(report_.lines().front());
        if (first.starts_with("Compilation Hierarchy Node") ||
            first.starts_with("\"Compilation Hierarchy Node")) {
            entity_csv();
            return;
        }
        std::vector<SummaryRow> rows;
        for (std::size_t i = 0; i < report_.lines().size(); ++i) {
            if (const auto pair = key_value(report_.lines()[i]); pair && report_.lines()[i].front() != ';') {
                rows.push_back({report_.place(i, pair->key), pair->key, pair->value});
            }
        }
        const auto has = [&](std::string_view key) {
            return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
        };
        if (has("Fitter Status")) {
            fit_summary(rows);
        } else if (has("Power Analyzer Status") || has("PowerPlay Power Analyzer Status")) {
            power_summary(rows);
        } else if (has("Type") && has("Slack")) {
            timing_summary();
        } else {
            tables();
        }
    }

private:
    void set(DesignFigure figure, std::optional<double> value, const Place& place) {
        if (value) {
            design_.whole.set(figure, *value, place, faults_);
        }
    }

    void fit_summary(const std::vector<SummaryRow>& rows) {
        bool alm = false;
        std::string_view family;
        for (const SummaryRow& row : rows) {
            if (row.key == "Fitter Status" && !row.value.starts_with("Successful")) {
                faults_.add(row.place, "", fmt::format("the fit ended with {}", quote(row.value)));
            } else if (row.key == "Family") {
                family = row.value;
            } else if (row.key.starts_with("Logic utilization (in ALMs)")) {
                alm = true;
                set(DesignFigure::alm, used_of(row.value, row.place, row.key, faults_), row.place);
            } else if (row.key == "Total registers" || row.key == "Total dedicated logic registers") {
                // Those of pins may count here; the report of resources has the others apart.
                if (const auto count = used_of(row.value, row.place, row.key, faults_)) {
                    design_.whole.values.emplace(DesignFigure::ff, *count);
                }
            } else if (row.key == "Total RAM Blocks") {
                if (has_m20k(family)) {
                    set(DesignFigure::m20k, used_of(row.value, row.place, row.key, faults_), row.place);
                } else {
                    design_.notes.push_back(
                        fmt::format("{}: no place for RAM blocks of {}, which are no M20K", report_.file(),
                                    family.empty() ? "an unknown family" : quote(family)));
                }
            } else if (row.key == "Total DSP Blocks") {
                set(DesignFigure::dsp, used_of(row.value, row.place, row.key, faults_), row.place);
            }
        }
        if (!alm) {
            faults_.add(report_.place(report_.lines().size() - 1), "",
                        "there is no Logic utilization (in ALMs): is the file cut?");
        }
        design_.whole.set_stage(kRouted, report_.place(0), faults_);
    }

    void power_summary(const std::vector<SummaryRow>& rows) {
        bool total = false;
        for (const SummaryRow& row : rows) {
            const auto power = [&] {
                return with_unit(row.value, {{"mW", 1e-3}, {"W", 1.0}}, row.place, row.key, faults_);
            };
            if (row.key.ends_with("Power Analyzer Status") && !row.value.starts_with("Successful")) {
                faults_.add(row.place, "", fmt::format("the power analysis ended with {}", quote(row.value)));
            } else if (row.key == "Total Thermal Power Dissipation" ||
                       row.key == "Total On-Chip Power Dissipation") {
                total = true;
                set(DesignFigure::power, power(), row.place);
            } else if (row.key.find("Static") != std::string_view::npos &&
                       row.key.ends_with("Power Dissipation")) {
                if (const auto watts = power()) {
                    design_.notes.push_back(
                        fmt::format("{}: no place for {} of {:.6g} W", report_.file(), row.key, *watts));
                }
            } else if (row.key == "Power Estimation Confidence") {
                design_.whole.power_confidence = row.value;
            }
        }
        if (!total) {
            faults_.add(report_.place(report_.lines().size() - 1), "",
                        "there is no total power dissipation: is the file cut?");
        }
    }

    /// Blocks of "Type  : Slow 900mV 100C Model Setup 'clk'", "Slack : -0.843".
    void timing_summary() {
        std::optional<double> worst;
        Place place = report_.place(0);
        bool setup = false;
        for (std::size_t i = 0; i < report_.lines().size(); ++i) {
            const auto pair = key_value(report_.lines()[i]);
            if (!pair) {
                continue;
            }
            if (pair->key == "Type") {
                setup = pair->value.starts_with("Slow") &&
                        pair->value.find(" Setup ") != std::string_view::npos &&
                        (clock_.name.empty() || pair->value.ends_with("'" + clock_.name + "'"));
            } else if (pair->key == "Slack" && setup) {
                const std::string_view digits = pair->value.substr(pair->value.starts_with('-') ? 1 : 0);
                const auto slack = grouped_number(digits);
                if (!slack) {
                    faults_.add(report_.place(i, pair->value), "",
                                fmt::format("{} is no slack", quote(pair->value)));
                    continue;
                }
                const double signed_slack = digits.size() == pair->value.size() ? *slack : -*slack;
                if (!worst || signed_slack < *worst) {
                    worst = signed_slack;
                    place = report_.place(i, pair->value);
                }
            }
        }
        if (!worst) {
            faults_.add(place, "", "there is no setup slack of a slow corner");
        } else if (!clock_.period) {
            design_.notes.push_back(
                fmt::format("{}: no place for a setup slack of {} ns: .sta.rpt has Fmax, or give "
                            "the clock's period (--clock-period)",
                            report_.file(), *worst));
        } else if (clock_.period->value() * 1e9 <= *worst) {
            faults_.add(place, "", fmt::format("a slack of {} ns is more than the period", *worst));
        } else {
            design_.fmax_by_slack = 1e3 / (clock_.period->value() * 1e9 - *worst);
        }
    }

    void tables() {
        bool known = false;
        std::optional<double> fmax;
        Place fmax_place;
        std::set<std::string> clocks;
        for (const BoxTable& table : box_tables(report_, ';', faults_)) {
            if (table.parts.empty() || table.parts.front().size() != 1 ||
                table.parts.front().front().cells.size() != 1) {
                continue;
            }
            const std::string_view title = table.parts.front().front().cells.front();
            if (title == "Fitter Summary" || title == "Power Analyzer Summary" ||
                title == "PowerPlay Power Analyzer Summary") {
                known = true;
                std::vector<SummaryRow> rows = pairs(table);
                title == "Fitter Summary" ? fit_summary(rows) : power_summary(rows);
            } else if (title == "Fitter Resource Usage Summary") {
                known = true;
                usage(pairs(table));
            } else if (title == "Fitter Resource Utilization by Entity") {
                known = true;
                entity_table(table);
            } else if (title.ends_with("Fmax Summary")) {
                known = true;
                if (!title.starts_with("Fast")) {
                    fmax_table(table, fmax, fmax_place, clocks);
                }
            }
        }
        if (!known) {
            faults_.add(
                report_.place(0), "",
                "is no report of Quartus that is known (.fit.summary, .fit.rpt, .sta.rpt, .sta.summary, "
                ".pow.summary, .pow.rpt, or the resources by entity as CSV)");
        }
        if (clock_.name.empty() && clocks.size() > 1) {
            faults_.add(fmax_place, "",
                        fmt::format("there are several clocks: name one of {} with --clock",
                                    join({clocks.begin(), clocks.end()})));
        } else if (!clocks.empty() && !fmax) {
            faults_.add(report_.place(0), "",
                        fmt::format("there is no clock {} {}", quote(clock_.name),
                                    hint(clock_.name, {clocks.begin(), clocks.end()}, "clocks")));
        } else {
            set(DesignFigure::fmax, fmax, fmax_place);
        }
    }

    /// Rows of two columns and more, without their header.
    std::vector<SummaryRow> pairs(const BoxTable& table) const {
        std::vector<SummaryRow> rows;
        for (std::size_t part = 1; part < table.parts.size(); ++part) {
            for (const BoxTable::Row& row : table.parts[part]) {
                if (row.cells.size() < 2) {
                    faults_.add(report_.place(row.line), "", "the row is cut");
                    continue;
                }
                rows.push_back({report_.place(row.line, row.cells[1]), row.cells[0], row.cells[1]});
            }
        }
        return rows;
    }

    void usage(const std::vector<SummaryRow>& rows) {
        bool alm = false;
        for (const SummaryRow& row : rows) {
            const auto figure = row.key == "ALMs needed [=A-B+C]" ? std::optional(DesignFigure::alm)
                                : row.key == "Combinational ALUT usage for logic"
                                    ? std::optional(DesignFigure::alut)
                                : row.key == "Dedicated logic registers" ? std::optional(DesignFigure::ff)
                                : row.key == "M20K blocks"               ? std::optional(DesignFigure::m20k)
                                : row.key.starts_with("DSP Blocks Needed") || row.key == "DSP Blocks" ||
                                        row.key == "Total DSP Blocks"
                                    ? std::optional(DesignFigure::dsp)
                                    : std::nullopt;
            if (row.key == "M10K blocks") {
                design_.notes.push_back(
                    fmt::format("{}: no place for {} M10K blocks", report_.file(), row.value));
            }
            if (figure) {
                alm = alm || *figure == DesignFigure::alm;
                const auto count = used_of(row.value, row.place, row.key, faults_);
                if (*figure == DesignFigure::ff && count) {
                    design_.whole.values[DesignFigure::ff] = *count;
                } else {
                    set(*figure, count, row.place);
                }
            }
        }
        if (!alm) {
            faults_.add(report_.place(0), "", "the resource usage has no row \"ALMs needed [=A-B+C]\"");
        }
        design_.whole.set_stage(kRouted, report_.place(0), faults_);
    }

    void fmax_table(const BoxTable& table, std::optional<double>& fmax, Place& place,
                    std::set<std::string>& clocks) {
        if (table.parts.size() < 3 || table.parts[1].size() != 1) {
            faults_.add(report_.place(table.line), "", "the table of Fmax has no rows");
            return;
        }
        const BoxTable::Row& header = table.parts[1].front();
        const auto value_at = BoxTable::column(header, "Fmax");
        const auto clock_at = BoxTable::column(header, "Clock Name");
        if (!value_at || !clock_at) {
            faults_.add(report_.place(header.line), "", "there are no columns Fmax and Clock Name");
            return;
        }
        for (const BoxTable::Row& row : table.parts[2]) {
            if (row.cells.size() != header.cells.size()) {
                faults_.add(report_.place(row.line), "", "the row is cut");
                continue;
            }
            clocks.emplace(row.cells[*clock_at]);
            const Place here = report_.place(row.line, row.cells[*value_at]);
            const auto mhz = with_unit(row.cells[*value_at], {{"MHz", 1.0}}, here, "Fmax", faults_);
            const bool wanted = clock_.name.empty() || clock_.name == row.cells[*clock_at];
            if (mhz && wanted && (!fmax || *mhz < *fmax)) {
                fmax = mhz;
                place = here;
            }
        }
    }

    /// A row of the resources by entity; cells by their columns.
    void entity(const Place& place, const std::vector<std::string>& header,
                const std::vector<std::string>& cells) {
        EntityFigures entity{place, {}, {}};
        entity.figures.stage = kRouted;
        bool alm = false;
        for (std::size_t i = 0; i < header.size(); ++i) {
            const std::string& name = header[i];
            const auto figure = name.starts_with("ALMs needed")       ? std::optional(DesignFigure::alm)
                                : name == "Combinational ALUTs"       ? std::optional(DesignFigure::alut)
                                : name == "Dedicated Logic Registers" ? std::optional(DesignFigure::ff)
                                : name == "M20Ks"                     ? std::optional(DesignFigure::m20k)
                                : name.starts_with("DSP Blocks needed") || name == "DSP Blocks"
                                    ? std::optional(DesignFigure::dsp)
                                    : std::nullopt;
            if (figure) {
                alm = alm || *figure == DesignFigure::alm;
                if (const auto value = used_of(cells[i], place, name, faults_)) {
                    entity.figures.set(*figure, *value, place, faults_);
                }
            } else if (name == "Entity Name") {
                entity.names.push_back(cells[i]);
            } else if (name == "Full Hierarchy Name") {
                // "|top|conv_1:c1": the instance is the last part, behind the entity.
                const std::string last = cells[i].substr(cells[i].rfind('|') + 1);
                entity.names.push_back(last.substr(last.rfind(':') + 1));
            }
        }
        if (!alm || entity.names.size() != 2) {
            faults_.add(place, "", "there are no columns ALMs needed, Full Hierarchy Name and Entity Name");
            return;
        }
        design_.entities.push_back(std::move(entity));
    }

    void entity_table(const BoxTable& table) {
        if (table.parts.size() < 3 || table.parts[1].size() != 1) {
            faults_.add(report_.place(table.line), "", "the table of entities has no rows");
            return;
        }
        const auto texts = [](const BoxTable::Row& row) {
            return std::vector<std::string>(row.cells.begin(), row.cells.end());
        };
        const auto header = texts(table.parts[1].front());
        for (const BoxTable::Row& row : table.parts[2]) {
            if (row.cells.size() != header.size()) {
                faults_.add(report_.place(row.line), "", "the row is cut");
            } else {
                entity(report_.place(row.line), header, texts(row));
            }
        }
    }

    void entity_csv() {
        const auto rows = split_csv(report_.text(), report_.file(), faults_);
        for (std::size_t i = 1; i < rows.size(); ++i) {
            const Place place = report_.place(static_cast<std::size_t>(rows[i].line) - 1);
            if (rows[i].cells.size() != rows[0].cells.size()) {
                faults_.add(place, "",
                            fmt::format("{} cells, but the header has {} columns: is the file cut?",
                                        rows[i].cells.size(), rows[0].cells.size()));
            } else {
                entity(place, rows[0].cells, rows[i].cells);
            }
        }
        if (rows.size() == 1) {
            faults_.add(report_.place(0), "", "there are no entities");
        }
    }

    const ReportText& report_;
    const ClockChoice& clock_;
    DesignReport& design_;
    FaultList& faults_;
};

}  // namespace

void read_quartus(const ReportText& report, const ClockChoice& clock, DesignReport& design,
                  FaultList& faults) {
    QuartusReader(report, clock, design, faults).run();
}

}  // namespace cleave
