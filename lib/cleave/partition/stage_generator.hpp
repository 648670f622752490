// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/options.hpp"

#include <map>
#include <vector>

namespace cleave {

/// Stages out of one state.
struct GeneratedStages {
    std::vector<StageTemplate> templates;
    std::vector<StageOption> options;
    std::vector<OptionSet::PairCount> pair_counts;
    std::uint64_t evaluated = 0;
    bool any_group_fits = false;
    /// Among single layers and slices that do not fit, the one that misses by least.
    std::optional<SmallestPiece> refused;
};

/// Enumerates the stages that start in one state: a unit on the GPU; a fused run or a split; and, inside a
/// region, one or two of these beside each other and beside units on the GPU.
class StageGenerator {
public:
    StageGenerator(const Costing& costing, const StateSpace& states, const DesignSpace& space, StateId from);
    [[nodiscard]] GeneratedStages generate();
    /// Single units on the GPU only.
    [[nodiscard]] GeneratedStages generate_on_gpu();

private:
    /// A run (one variant) or a split along one axis (a variant for each share), each fitting the FPGA alone.
    struct Candidate {
        StageGroup group;
        StateId to{};
        std::vector<std::int64_t> shares;
        std::vector<GroupCost> costs;
    };
    struct GpuSet {
        std::vector<UnitId> units;
        GpuCost cost;
        /// Times of the units that nothing else in the set depends on.
        std::vector<Nanoseconds> can_wait;
    };

    void add_gpu_steps();
    void find_splits();
    void find_runs();
    void find_gpu_sets();
    void note_refusal(LayerId layer, const Resources& demand);
    [[nodiscard]] bool run_allowed(const std::vector<UnitId>& units) const;
    [[nodiscard]] bool may_extend(const std::vector<UnitId>& units, const Resources& least) const;
    void emit_single(const Candidate& candidate, const GpuSet* beside, StateId to);
    void emit_pair(const Candidate& a, const Candidate& b, const GpuSet* beside, StateId to);
    void add_option(StateId to, std::uint32_t stage, std::array<std::int64_t, 2> share, Nanoseconds time,
                    Picojoules tasks, const Resources& demand, Busy busy);
    std::uint32_t add_template(StateId to, std::vector<StageGroup> groups, const GpuSet* beside);
    [[nodiscard]] bool is_serial(const GroupCost* a, const GroupCost* b, const GpuSet* beside,
                                 Nanoseconds time) const;
    void combine();
    void keep_nondominated();

    const Costing& costing_;
    const StateSpace& states_;
    const DesignSpace& space_;
    StateId from_;
    std::vector<Candidate> candidates_;
    std::vector<GpuSet> gpu_sets_;
    std::map<StateId, std::vector<StageOption>> by_target_;
    std::map<StateId, std::uint64_t> counts_;
    GeneratedStages out_;
};

}  // namespace cleave
