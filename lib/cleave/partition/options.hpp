// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/partition/design_space.hpp"
#include "cleave/partition/state_space.hpp"
#include "cleave/partition/strategy.hpp"
#include "cleave/units/progress.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cleave {

/// A place between two options: a state, or a place inside a run that goes on over several regions at one
/// pace and clock. Options lead from lower to higher numbers.
enum class NodeId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr NodeId node_id(std::size_t i) { return static_cast<NodeId>(i); }

/// What is left open in a group: the FPGA's share of a split, and the hardware of its units.
struct GroupChoice {
    std::int64_t share = 0;
    std::vector<HardwareChoice> hardware;
};
using GroupChoices = std::vector<GroupChoice>;

/// A kind of stage between two nodes, its groups' choices left open; or, from or to a place inside a run, a
/// part of such a stage: one group with the units that the run takes up next, if any.
struct StageTemplate {
    NodeId from{};
    NodeId to{};
    std::vector<StageGroup> groups;
    std::vector<UnitId> gpu_units;
    /// What each group may be.
    std::array<std::shared_ptr<const GroupChoices>, 2> choices;
    bool from_run = false;
    bool to_run = false;
};

/// One way to get from a node to another: a template with its choices, and what it costs.
struct StageOption {
    std::uint32_t stage = 0;
    /// For each group, by number in StageTemplate::choices.
    std::array<std::uint32_t, 2> choice{};
    Nanoseconds time;
    /// Everything included: the tasks and the standing power over `time`.
    Picojoules energy;
    Resources demand;
    /// Zero unless the interval is an objective.
    Busy busy;
};

/// A piece that the FPGA would have to hold for any option to use it, and why it cannot.
struct SmallestPiece {
    LayerId layer{};
    FpgaRefusal refusal;
};

/// All stages that may be on a Pareto-optimal partition.
struct OptionSet {
    std::vector<StageTemplate> templates;
    /// Sorted by template node pair (from, to), then time, energy, demand, decisions. Within a pair none is
    /// dominated in (time, energy, demand) by another, and equal ones are kept once.
    std::vector<StageOption> options;
    /// Options evaluated, before dominance.
    std::uint64_t evaluated = 0;
    /// Number of choices from `from` to `to` before dominance, each partition counted once, pairs in
    /// ascending order.
    struct PairCount {
        NodeId from{};
        NodeId to{};
        std::uint64_t count = 0;
    };
    std::vector<PairCount> pair_counts;
    /// Set when the space allows FPGA work but no piece of it fits: the piece that misses by least.
    std::optional<SmallestPiece> nothing_fits;
    /// The node of each state, in ascending order; the last is the highest of all.
    std::vector<NodeId> state_nodes;
    /// For each node: 0 for a state; inside a run one more than the number of the run's lane.
    std::vector<std::uint32_t> lanes;
    /// False if generation was stopped: some states have only their ways on the GPU.
    bool complete = true;

    [[nodiscard]] std::size_t nodes() const { return index(state_nodes.back()) + 1; }
};

/// The groups of a template with what an option chooses for them.
[[nodiscard]] std::vector<StageGroup> groups_of(const StageTemplate& stage,
                                                const std::array<std::uint32_t, 2>& choice);

/// Decisions for units of a stage, by unit. @param run_start  first unit of the run that a part of one goes
/// on with
[[nodiscard]] std::vector<Decision> decisions_of(const StageTemplate& stage,
                                                 const std::vector<StageGroup>& groups, UnitId run_start);

/// Evaluates every stage of the design space from every state, on `threads` threads (0: one per processor).
/// The result does not depend on their number. `should_stop` is asked before each state, from any of the
/// threads. `progress`, if there is one, counts states and options.
[[nodiscard]] OptionSet generate_options(const Costing& costing, const StateSpace& states,
                                         const DesignSpace& space, unsigned threads,
                                         const std::function<bool()>& should_stop = {},
                                         Progress* progress = nullptr);

}  // namespace cleave
