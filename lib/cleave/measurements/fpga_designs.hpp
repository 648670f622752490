// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/report_text.hpp"
#include "cleave/units/names.hpp"
#include "cleave/units/quantity.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Figures of a design on an FPGA, in the units of their columns.
enum class DesignFigure {
    alm,
    alut,
    m20k,
    fmax,
    power,
    dsp,
    ff,
    lut,
    bram36,
    uram,
    latency,
    interval,
};
/// Their columns: those that `calibrate fpga` reads today, then those that are only kept.
[[nodiscard]] constexpr auto names_of(DesignFigure /*tag*/) {
    return std::to_array<Named<DesignFigure>>({{DesignFigure::alm, "alm"},
                                               {DesignFigure::alut, "alut"},
                                               {DesignFigure::m20k, "m20k"},
                                               {DesignFigure::fmax, "fmax_mhz"},
                                               {DesignFigure::power, "power_w"},
                                               {DesignFigure::dsp, "dsp"},
                                               {DesignFigure::ff, "ff"},
                                               {DesignFigure::lut, "lut"},
                                               {DesignFigure::bram36, "bram36"},
                                               {DesignFigure::uram, "uram"},
                                               {DesignFigure::latency, "latency_cycles"},
                                               {DesignFigure::interval, "interval_cycles"}});
}
static_assert(all_named<DesignFigure>());

/// What reports say of one design, or of one entity in it.
struct DesignFigures {
    std::map<DesignFigure, double> values;
    /// What the resources are of: placed and routed, synthesised only, or estimated.
    std::string stage;
    /// How sure the tool is of the power: "Low: user provided insufficient toggle rate data".
    std::string power_confidence;

    /// Another value than one that is there is a fault.
    void set(DesignFigure figure, double value, const Place& place, FaultList& faults);
    /// The same for `stage`.
    void set_stage(const std::string& name, const Place& place, FaultList& faults);
};

struct EntityFigures {
    Place place;
    /// The entity and its instance.
    std::vector<std::string> names;
    DesignFigures figures;
};

struct DesignReport {
    DesignFigures whole;
    std::vector<EntityFigures> entities;
    /// MHz by a slack and --clock-period, for designs whose Fmax no report states.
    std::optional<double> fmax_by_slack;
    Notes notes;
};

/// What reports leave open.
struct ClockChoice {
    /// The design's clock, of several.
    std::string name;
    /// Where a report has slacks and no period.
    std::optional<Seconds> period;
};

// One report each, told apart by what is in it; what is wrong with it, and files of an unknown form, are
// faults.

/// .fit.summary, .fit.rpt, .sta.rpt, .sta.summary, .pow.summary, .pow.rpt, and the resources by entity as CSV
void read_quartus(const ReportText& report, const ClockChoice& clock, DesignReport& design,
                  FaultList& faults);
/// report_utilization, report_timing_summary, report_power
void read_vivado(const ReportText& report, const ClockChoice& clock, DesignReport& design, FaultList& faults);
/// csynth.xml of Vivado HLS and Vitis HLS
void read_hls(const ReportText& report, DesignReport& design, FaultList& faults);
/// quartus.ndjson of oneAPI and Intel HLS
void read_oneapi(const ReportText& report, DesignReport& design, FaultList& faults);

/// A figure of a report: "21,147 / 80,330 ( 26 % )" is 21147. A text that is no number is a fault.
[[nodiscard]] std::optional<double> used_of(std::string_view text, const Place& place, std::string_view what,
                                            FaultList& faults);

}  // namespace cleave
