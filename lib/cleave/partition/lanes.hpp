// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/partition/design_space.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

/// Whether runs have only the paces of the ladder.
[[nodiscard]] inline bool is_on_ladder(const Costing& costing, const DesignSpace& space) {
    return costing.has_choices() && space.folding == Folding::ladder && !space.relaxed;
}

/// Splits over `extent` channels, filters or groups take multiples of this many: on the ladder a multiple of
/// what the space says.
[[nodiscard]] std::int64_t share_step(const Costing& costing, const DesignSpace& space, std::int64_t extent);

/// Hardware that units may have, unit by unit.
using HardwareLists = std::vector<std::span<const LayerHardware>>;

/// What a run goes at: all its units keep the pace at the clock.
struct Lane {
    Hertz clock;
    Nanoseconds pace;
    /// What it costs is that at this pace: the same, but for bounds (DesignSpace::relaxed).
    Nanoseconds quickest;
    /// False: the GPU alone is faster and takes less energy than any partition with such a run.
    bool pays = true;
};

/// Which of a lane's pace and clock some part of a run sets. A run is at its lane if both are set. At a
/// slower lane it could be better in something (maps wait for fewer positions, a lower clock takes less
/// power), but nothing would slow it down to that.
struct SetBy {
    bool pace = false;
    bool clock = false;

    [[nodiscard]] bool both() const { return pace && clock; }
    friend SetBy operator|(SetBy a, SetBy b) { return {a.pace || b.pace, a.clock || b.clock}; }
    friend auto operator<=>(const SetBy&, const SetBy&) = default;
};
inline constexpr std::array<SetBy, 4> kAllSetBy{{{false, false}, {false, true}, {true, false}, {true, true}}};

/// Lanes of runs. Clocks are those of implementations: at each, a unit may have the variants of
/// implementations that are at least as fast. Paces are the intervals of useful variants at the clock and,
/// where hand-over is streamed, the times of transfers of whole maps: each run is at one of these lanes. On
/// the ladder, of the paces within each step the slowest; for bounds that, at the costs of the quickest.
/// @param hardware  of units, whose variants set paces
/// @param crossings  times of all that may stream into or out of a run
/// @param relaxed  lanes for bounds, whatever the folding
[[nodiscard]] std::vector<Lane> find_lanes(const Costing& costing, const HardwareLists& hardware,
                                           const std::vector<Nanoseconds>& crossings, Folding folding,
                                           bool relaxed = false);

/// Times of what streams into a run of these units, and out of it: no lane is faster. None if hand-over is
/// buffered.
[[nodiscard]] std::vector<Nanoseconds> crossings_of(const Costing& costing, const std::vector<UnitId>& units);

/// Says which of them pay. One frame takes a run its pace at least, and base and standing power all the
/// while.
void note_which_pay(std::vector<Lane>& lanes, const Costing& costing);

/// A unit's hardware in a run at a lane.
struct LaneVariant {
    /// Position in the list that it is from.
    std::size_t number = 0;
    /// Its own time if it counts (RunTiming), else 0.
    Nanoseconds time;
    Picojoules energy;
    Resources demand;
    SetBy sets = {};
};

/// Those that no other beats in time, energy and demand; on the ladder, in time by less than a step. By time,
/// then energy, demand and number.
[[nodiscard]] std::vector<LaneVariant> thin_out(std::vector<LaneVariant> all, Folding folding);
/// How far to thin out: what bounds loses nothing.
[[nodiscard]] inline Folding thinning(const DesignSpace& space) {
    return space.relaxed ? Folding::exact : space.folding;
}

/// A run of units at a lane, whichever of their hardware they get.
struct LaneRun {
    RunTiming timing;
    /// Of each unit's hardware, what keeps the lane and fits the FPGA alone.
    std::vector<std::vector<LaneVariant>> variants;
};

/// Nothing if some unit has no hardware that keeps the lane.
/// @param hardware  of each of `units`, useful variants or a single one that is fixed
[[nodiscard]] std::optional<LaneRun> run_at(const Costing& costing, const std::vector<UnitId>& units,
                                            const HardwareLists& hardware, const Lane& lane);

}  // namespace cleave
