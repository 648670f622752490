// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/unit_graph.hpp"
#include "cleave/units/exact.hpp"
#include "cleave/units/quantity.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// A unit of a run at the run's pace, whichever of the foldings that keep it the unit has: how long after its
/// input its output starts.
struct PacedUnit {
    Nanoseconds least;
    Nanoseconds most;
    /// Input positions of a frame.
    std::int64_t positions = 1;
};

/// When a run's last output stream starts, as far as the choice of foldings does not matter.
///
/// The run is paced: its input comes in over one pace (the interval of its slowest layer, or the time of the
/// transfers that it streams beside), and a unit's output starts its own time after its last input started.
/// Where several ways join, the join waits for the slowest. If one way is slower than the others with
/// whatever foldings, the units on it count with their own times; otherwise the join is set to the slowest
/// that there could be. Delaying an input never makes an output earlier, so this is an upper bound of a
/// pipeline whose sources are not paced (max-plus systems are monotone); and the time is a constant plus a
/// sum over units, which is what lets a search choose foldings unit by unit.
struct RunTiming {
    /// A map that waits in front of a unit for others that the unit reads.
    struct Wait {
        LayerId map{};
        std::int64_t positions = 0;
    };

    /// The last output stream starts after `fixed` and the own times of the units that count.
    Nanoseconds fixed;
    std::vector<bool> counts;
    /// For each unit.
    std::vector<std::vector<Wait>> waits;
};

/// @param units  one pipeline, in order; a map from outside that several of them read streams to all at once,
/// one that a single unit reads whenever that unit needs it.
/// @param paced  for each unit
[[nodiscard]] RunTiming time_run(const UnitGraph& graph, const std::vector<UnitId>& units,
                                 const std::vector<PacedUnit>& paced, Nanoseconds pace);

/// The most clock cycles whose time, rounded to whole nanoseconds, is no longer than a pace; at least 1. For
/// a pace that is an interval, so rounded, the cycles of the interval.
[[nodiscard]] std::int64_t cycles_within(Nanoseconds pace, Hertz clock);

/// amount * numerator / denominator, rounded up.
[[nodiscard]] std::int64_t scale_up(std::int64_t amount, std::int64_t numerator, std::int64_t denominator);

}  // namespace cleave
