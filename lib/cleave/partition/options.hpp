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
#include <string>
#include <vector>

namespace cleave {

/// A kind of stage between two states; its splits' shares are left open.
struct StageTemplate {
    StateId from{};
    StateId to{};
    std::vector<StageGroup> groups;
    std::vector<UnitId> gpu_units;
};

/// One way to get from a state to another: a template with its shares, and what it costs.
struct StageOption {
    std::uint32_t stage = 0;
    /// FPGA share of each group that is a split; 0 for a run.
    std::array<std::int64_t, 2> share{};
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
    /// Sorted by template state pair (from, to), then time, energy, demand, decisions. Within a pair none is
    /// dominated in (time, energy, demand) by another, and equal ones are kept once.
    std::vector<StageOption> options;
    /// Options evaluated, before dominance.
    std::uint64_t evaluated = 0;
    /// Number of stage choices from `from` to `to` before dominance, pairs in ascending order.
    struct PairCount {
        StateId from{};
        StateId to{};
        std::uint64_t count = 0;
    };
    std::vector<PairCount> pair_counts;
    /// Set when the space allows FPGA work but no piece of it fits: the piece that misses by least.
    std::optional<SmallestPiece> nothing_fits;
    /// False if generation was stopped: some states have only their ways on the GPU.
    bool complete = true;

    [[nodiscard]] Stage stage(const StageOption& option) const;
};

/// Decisions for the units of a stage with the given shares, by unit.
[[nodiscard]] std::vector<Decision> decisions_of(const StageTemplate& stage,
                                                 const std::array<std::int64_t, 2>& share);

/// Evaluates every stage of the design space from every state, on `threads` threads (0: one per processor).
/// The result does not depend on their number. `should_stop` is asked before each state, from any of the
/// threads. `progress`, if there is one, counts states and options.
[[nodiscard]] OptionSet generate_options(const Costing& costing, const StateSpace& states,
                                         const DesignSpace& space, unsigned threads,
                                         const std::function<bool()>& should_stop = {},
                                         Progress* progress = nullptr);

}  // namespace cleave
