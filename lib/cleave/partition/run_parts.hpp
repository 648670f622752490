// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/lanes.hpp"
#include "cleave/partition/options.hpp"

#include <cstdint>
#include <tuple>
#include <vector>

namespace cleave {

/// A place inside a run, or a state.
struct PartNode {
    /// Region and number of its units that are computed: the order of nodes.
    std::size_t region = 0;
    std::size_t done = 0;
    /// A state; otherwise what follows says where in which run.
    bool is_state = false;
    StateId state{};
    /// 0: at the border in front of the region; otherwise one more than the segment's number.
    std::size_t segment = 0;
    std::size_t lane = 0;
    /// With a longest run: where this one started.
    StateId start{};
    /// Whether a unit of the run computes anything.
    bool worked = false;
    /// Inside a segment at whose end the run ends: whether it started with the segment.
    bool opened = false;
    /// What the run has had so far that sets its lane.
    SetBy set = {};

    friend auto operator<=>(const PartNode& a, const PartNode& b) {
        const auto key = [](const PartNode& n) {
            return std::tuple(n.region, n.done, n.is_state, index(n.state), n.segment, n.lane, index(n.start),
                              n.worked, n.opened, n.set);
        };
        return key(a) <=> key(b);
    }
    friend bool operator==(const PartNode& a, const PartNode& b) { return (a <=> b) == 0; }
};

/// A step of a run from place to place.
struct RunPart {
    PartNode from;
    PartNode to;
    /// None where the run ends.
    std::vector<UnitId> units;
    std::vector<LaneVariant> variants;
    /// Added to each: conversions, transfers, the pace, and what the base power takes meanwhile.
    Nanoseconds time;
    Picojoules energy;
    Busy busy;
    /// Choices before dominance if each partition is counted once; else 0.
    std::uint64_t count = 0;
};

/// Steps inside one region of runs that are costed unit by unit, with nothing beside them: those that go on
/// over the region's borders, and those within it. In a region of more than kMostRunStates states, runs over
/// its border only take it whole, and there are none within it. Over a cut go those alone
/// that take the region whole.
inline constexpr std::size_t kMostRunStates = 8;
/// Units of a run inside a larger region at most. Its foldings, each with all of its sums, are an option
/// each: beyond, there are ten thousands.
inline constexpr std::size_t kMostInnerUnits = 4;

/// Times of the transfers into or out of these runs; none unless hand-over is streamed.
[[nodiscard]] std::vector<Nanoseconds> crossing_times(const Costing& costing, const StateSpace& states,
                                                      const DesignSpace& space, std::size_t region);
[[nodiscard]] std::vector<RunPart> find_run_parts(const Costing& costing, const StateSpace& states,
                                                  const DesignSpace& space, const std::vector<Lane>& lanes,
                                                  std::size_t region);

/// A state as a node.
[[nodiscard]] PartNode state_node(const StateSpace& states, StateId state);
[[nodiscard]] std::size_t states_in(const StateSpace& states, std::size_t region);

}  // namespace cleave
