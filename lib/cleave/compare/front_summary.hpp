// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"
#include "cleave/units/quantity.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A point of a front in figures, without its mapping.
struct SummaryPoint {
    std::string id;
    Seconds latency;
    Joules energy;
    /// Baseline / point; nothing where the point's value is 0.
    std::optional<double> latency_speedup;
    std::optional<double> energy_gain;
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    std::int64_t link_bytes = 0;
    /// Time between frames; fronts of older versions lack it.
    std::optional<Seconds> interval;
};

/// Something that a front was made from or with: "models.fpga.clock_hz", "76000000.0".
struct Fact {
    std::string path;
    std::string value;
};

/// A front as its file says it, as much as comparing and judging it needs.
struct FrontSummary {
    std::string network;
    Completeness completeness = Completeness::exact;
    /// How far missing points can be (SearchGap::all); nothing if that is not known.
    std::optional<double> gap = 0;
    /// "latency", "energy" and, if there is one, the third.
    std::vector<std::string> objectives;
    Seconds baseline_latency;
    Joules baseline_energy;
    /// Sorted by latency, then energy.
    std::vector<SummaryPoint> points;
    /// Positions of the selected points; of no meaning if there are no points.
    std::size_t min_latency = 0;
    std::size_t knee = 0;
    std::size_t min_energy = 0;
    /// In the order of the file.
    std::vector<Fact> facts;
};

}  // namespace cleave
