// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/fpga_designs.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

/// A number that may be negative; nothing for NA and the like.
std::optional<double> signed_number(std::string_view text) {
    const auto number = read_number(text);
    const double* value = std::get_if<double>(&number);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

class VivadoReader {
public:
    VivadoReader(const ReportText& report, const ClockChoice& clock, DesignReport& design, FaultList& faults)
        : report_(report), clock_(clock), design_(design), faults_(faults) {}

    void run() {
        const auto has = [&](std::string_view text) {
            return report_.text().find(text) != std::string::npos;
        };
        if (has("Total On-Chip Power")) {
            power();
        } else if (has("Design Timing Summary")) {
            timing();
        } else if (has("Site Type")) {
            utilization();
        } else {
            faults_.add(report_.place(0), "",
                        "is no report of Vivado that is known (report_utilization, report_timing_summary, "
                        "report_power)");
        }
    }

private:
    /// Value of a line "| Design State : Routed".
    std::optional<KeyValue> head(std::string_view key, std::size_t& line) const {
        for (line = 0; line < report_.lines().size(); ++line) {
            std::string_view text = report_.lines()[line];
            if (!text.starts_with('|')) {
                continue;
            }
            text.remove_prefix(1);
            if (const auto pair = key_value(text); pair && pair->key == key) {
                return pair;
            }
        }
        line = 0;
        return std::nullopt;
    }

    void utilization() {
        std::size_t state_line = 0;
        const auto state = head("Design State", state_line);
        if (!state) {
            faults_.add(
                report_.place(0), "",
                "there is no Design State, so that it is not known what these resources are of: is the head "
                "of the file cut?");
        } else {
            const std::string stage = state->value == "Routed"              ? "placed and routed"
                                      : state->value == "Fully Placed"      ? "placed"
                                      : state->value == "Physopt postPlace" ? "placed"
                                      : state->value == "Synthesized"       ? "synthesised"
                                      : state->value == "Optimized"         ? "synthesised"
                                                                            : "";
            if (stage.empty()) {
                faults_.add(report_.place(state_line, state->value), "",
                            fmt::format("unknown Design State {}", quote(state->value)));
            } else {
                design_.whole.set_stage(stage, report_.place(state_line), faults_);
            }
        }
        bool lut = false;
        for (const BoxTable& table : box_tables(report_, '|', faults_)) {
            if (table.parts.size() < 2 || table.parts.front().size() != 1) {
                continue;
            }
            const BoxTable::Row& header = table.parts.front().front();
            const auto used = BoxTable::column(header, "Used");
            if (!used || BoxTable::column(header, "Site Type") != 0U) {
                continue;
            }
            for (const BoxTable::Row& row : table.parts[1]) {
                if (row.cells.size() != header.cells.size()) {
                    faults_.add(report_.place(row.line), "", "the row is cut");
                    continue;
                }
                // With a star, the tool's own mark of a count that is not final.
                const std::string_view name =
                    row.cells[0].substr(0, row.cells[0].size() - (row.cells[0].ends_with('*') ? 1U : 0U));
                const auto figure =
                    name == "CLB LUTs" || name == "Slice LUTs"             ? std::optional(DesignFigure::lut)
                    : name == "CLB Registers" || name == "Slice Registers" ? std::optional(DesignFigure::ff)
                    : name == "Block RAM Tile" ? std::optional(DesignFigure::bram36)
                    : name == "DSPs"           ? std::optional(DesignFigure::dsp)
                    : name == "URAM"           ? std::optional(DesignFigure::uram)
                                               : std::nullopt;
                if (figure) {
                    const Place place = report_.place(row.line, row.cells[*used]);
                    lut = lut || *figure == DesignFigure::lut;
                    if (const auto value = used_of(row.cells[*used], place, name, faults_)) {
                        design_.whole.set(*figure, *value, place, faults_);
                    }
                }
            }
        }
        if (!lut) {
            faults_.add(report_.place(report_.lines().size() - 1), "",
                        "there are no CLB LUTs or Slice LUTs: is the file cut?");
        }
    }

    void power() {
        bool total = false;
        for (const BoxTable& table : box_tables(report_, '|', faults_)) {
            for (const auto& part : table.parts) {
                for (const BoxTable::Row& row : part) {
                    if (row.cells.size() != 2) {
                        continue;
                    }
                    const std::string_view key = row.cells[0];
                    const std::string_view value = row.cells[1];
                    const Place place = report_.place(row.line, value);
                    if (key.starts_with("Total On-Chip Power")) {
                        total = true;
                        total_power(key, value, place);
                    } else if (key == "Device Static (W)" && signed_number(value)) {
                        design_.notes.push_back(
                            fmt::format("{}: no place for static power of {} W", report_.file(), value));
                    } else if (key == "Confidence Level") {
                        design_.whole.power_confidence = value;
                    }
                }
            }
        }
        if (!total) {
            faults_.add(report_.place(report_.lines().size() - 1), "",
                        "there is no row with the total power: is the file cut?");
        }
    }

    void total_power(std::string_view key, std::string_view value, const Place& place) {
        const auto watts = signed_number(value);
        if (!key.ends_with("(W)")) {
            faults_.add(place, "", fmt::format("{} has no unit that is known (W)", quote(key)));
        } else if (!watts || *watts <= 0) {
            faults_.add(place, "", fmt::format("{} is no power", quote(value)));
        } else {
            design_.whole.set(DesignFigure::power, *watts, place, faults_);
        }
    }

    /// The line below the rule below a header that has this column, and begins with this word if it is not
    /// empty.
    [[nodiscard]] std::optional<std::size_t> row_below(std::string_view column, std::string_view word) const {
        const auto& lines = report_.lines();
        for (std::size_t i = 0; i + 2 < lines.size(); ++i) {
            if (lines[i].find(column) != std::string_view::npos && trim(lines[i]).starts_with(word) &&
                trim(lines[i + 1]).starts_with("---")) {
                return i + 2;
            }
        }
        return std::nullopt;
    }

    struct Clock {
        std::string_view name;
        double period_ns = 0;
        std::size_t line = 0;
    };
    /// The Clock Summary; empty, with a fault, if it cannot be read.
    std::vector<Clock> clocks() {
        const auto& lines = report_.lines();
        std::vector<Clock> found;
        const auto first = row_below("Period(ns)", "Clock");
        for (std::size_t i = first.value_or(lines.size()); i < lines.size() && !trim(lines[i]).empty(); ++i) {
            // "clk  {0.000 5.000}  10.000  100.000": the waveform is in braces.
            const std::size_t close = lines[i].find('}');
            const auto parts = close == std::string_view::npos ? std::vector<std::string_view>{}
                                                               : words(lines[i].substr(close + 1));
            const auto period = parts.empty() ? std::nullopt : signed_number(parts[0]);
            if (!period || *period <= 0) {
                faults_.add(report_.place(i), "", "is no row of the Clock Summary");
                return {};
            }
            found.push_back({words(lines[i]).front(), *period, i});
        }
        if (found.empty()) {
            faults_.add(report_.place(0), "",
                        "there is no Clock Summary, so that the clock's period is not known: give it "
                        "(--clock-period)");
        }
        return found;
    }

    /// A worst slack and where it stands.
    struct Slack {
        double ns = 0;
        Place place;
    };
    /// The slack in a row, behind this many words; a fault if it is none.
    std::optional<Slack> slack_of(std::optional<std::size_t> row, std::size_t at) {
        const auto parts = row ? words(report_.lines()[*row]) : std::vector<std::string_view>{};
        const auto slack = at < parts.size() ? signed_number(parts[at]) : std::nullopt;
        if (!slack) {
            faults_.add(
                report_.place(row.value_or(report_.lines().size() - 1)), "",
                "there is no worst negative slack below a column WNS(ns): is the design constrained, and the "
                "file whole?");
            return std::nullopt;
        }
        return Slack{*slack, report_.place(*row, parts[at])};
    }

    /// The worst slack of paths within one clock, of several.
    std::optional<Slack> slack_of_clock(std::string_view name) {
        const auto& lines = report_.lines();
        for (std::size_t i = row_below("WNS(ns)", "Clock").value_or(lines.size());
             i < lines.size() && !trim(lines[i]).empty(); ++i) {
            if (words(lines[i]).front() == name) {
                return slack_of(i, 1);
            }
        }
        faults_.add(report_.place(0), "",
                    fmt::format("there is no row of clock {} in an Intra Clock Table", quote(name)));
        return std::nullopt;
    }

    void set_fmax(double period_ns, const std::optional<Slack>& slack) {
        if (!slack) {
            return;
        }
        if (period_ns <= slack->ns) {
            faults_.add(
                slack->place, "",
                fmt::format("a slack of {} ns is more than the period of {} ns", slack->ns, period_ns));
        } else {
            design_.whole.set(DesignFigure::fmax, 1e3 / (period_ns - slack->ns), slack->place, faults_);
        }
    }

    void timing() {
        const auto whole = [&] { return slack_of(row_below("WNS(ns)", "WNS(ns)"), 0); };
        if (clock_.period) {
            set_fmax(clock_.period->value() * 1e9, whole());
            return;
        }
        const std::vector<Clock> all = clocks();
        if (all.empty()) {
            return;
        }
        if (!clock_.name.empty()) {
            const auto named =
                std::find_if(all.begin(), all.end(), [&](const Clock& c) { return c.name == clock_.name; });
            if (named == all.end()) {
                std::vector<std::string> names;
                for (const Clock& clock : all) {
                    names.emplace_back(clock.name);
                }
                faults_.add(report_.place(all.front().line), "",
                            fmt::format("there is no clock {} {}", quote(clock_.name),
                                        hint(clock_.name, names, "clocks")));
                return;
            }
            set_fmax(named->period_ns, all.size() > 1 ? slack_of_clock(named->name) : whole());
            return;
        }
        const auto other = std::find_if(all.begin(), all.end(),
                                        [&](const Clock& c) { return c.period_ns != all.front().period_ns; });
        if (other != all.end()) {
            faults_.add(report_.place(other->line), "",
                        "there are clocks of several periods: name the design's (--clock)");
            return;
        }
        set_fmax(all.front().period_ns, whole());
    }

    const ReportText& report_;
    const ClockChoice& clock_;
    DesignReport& design_;
    FaultList& faults_;
};

}  // namespace

void read_vivado(const ReportText& report, const ClockChoice& clock, DesignReport& design,
                 FaultList& faults) {
    VivadoReader(report, clock, design, faults).run();
}

}  // namespace cleave
