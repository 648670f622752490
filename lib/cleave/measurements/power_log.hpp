// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/report_text.hpp"
#include "cleave/units/quantity.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Samples of a board's power rails.
struct PowerLog {
    struct Sample {
        Place place;
        /// Share of the time that the GPU was busy, 0 to 1; nothing if the log does not say.
        std::optional<double> load;
        /// As many as rails; nothing where a sensor was off.
        std::vector<std::optional<Watts>> power;
        /// Since any fixed moment.
        std::optional<Seconds> time;
    };
    std::string file;
    std::vector<std::string> rails;
    std::vector<Sample> samples;
    /// How finely `time` is stamped; nothing if it is exact.
    std::optional<Seconds> stamp;
};

/// A log of tegrastats, of any release from JetPack 3 to 7.
[[nodiscard]] std::optional<PowerLog> read_tegrastats(const ReportText& report, FaultList& faults);
/// A CSV file of jtop.
[[nodiscard]] std::optional<PowerLog> read_jtop(const ReportText& report, FaultList& faults);

/// Which samples belong to the measured work.
enum class BusySamples { loaded, all };

struct PowerChoice {
    /// Empty: the rail of the GPU, if there is one that feeds nothing else.
    std::string rail;
    BusySamples samples = BusySamples::loaded;
    /// Between samples, for logs without exact times.
    std::optional<Seconds> interval;
};

/// Power of a rail over the busy samples: energy, integrated with each sample standing for the time around
/// it, divided by duration.
struct BusyPower {
    std::string rail;
    Watts average;
    std::size_t busy = 0;
    /// Nothing without times or an interval.
    std::optional<Seconds> duration;
    std::optional<Joules> energy;
};
/// A rail that is not clear, a log without loads, no busy sample, and an interval that the stamps contradict
/// are faults. Rails that are not used are a note.
[[nodiscard]] std::optional<BusyPower> busy_power(const PowerLog& log, const PowerChoice& choice,
                                                  Notes& notes, FaultList& faults);

}  // namespace cleave
