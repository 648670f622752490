// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/group_variants.hpp"
#include "cleave/partition/lanes.hpp"
#include "cleave/partition/options.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cleave {

/// Stages out of one state. Nodes are numbers of states.
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
    /// @param groups  shared by the generators of all states
    /// @param stop  asked now and then; from when it is true on, stages may be missing
    StageGenerator(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                   GroupCache& groups, StateId from, const std::function<bool()>& stop);
    [[nodiscard]] GeneratedStages generate();
    /// Single units on the GPU only.
    [[nodiscard]] GeneratedStages generate_on_gpu();

private:
    struct Candidate {
        StageGroup group;
        StateId to{};
        std::shared_ptr<const GroupVariants> variants;

        [[nodiscard]] const std::vector<GroupCost>& costs() const { return variants->costs; }
    };
    /// One or two groups with their choices, whatever the GPU computes beside them.
    struct Company {
        std::array<const Candidate*, 2> groups{};
        std::array<std::uint32_t, 2> choice{};
        StageTime time;
        Picojoules energy;
        Resources demand;
        Busy busy;
    };
    /// All that may be done with the same units on the FPGA.
    struct Companies {
        /// Before dominance.
        std::uint64_t count = 0;
        std::vector<Company> all;
    };
    struct GpuSet {
        std::vector<UnitId> units;
        GpuCost cost;
        /// Times of the units that nothing else in the set depends on.
        std::vector<Nanoseconds> can_wait;
    };

    void find_longest_pace();
    void add_gpu_steps();
    void find_splits();
    void find_runs();
    void find_single_runs();
    void find_folded_runs();
    /// What the units of a run are, while that is put together unit by unit.
    struct Partial {
        LaneVariant sums;
        std::vector<std::size_t> numbers;
    };
    void at_each_lane(
        const std::vector<UnitId>& units, const HardwareLists& hardware,
        const std::function<void(const Lane&, const RunTiming&, std::vector<Partial>)>& take) const;
    [[nodiscard]] std::vector<std::vector<LayerHardware>> foldings(const std::vector<UnitId>& units,
                                                                   const HardwareLists& hardware) const;
    [[nodiscard]] GroupVariants inner_run(const std::vector<UnitId>& units) const;
    void add_candidate(StageGroup group, StateId to, std::shared_ptr<const GroupVariants> variants);
    [[nodiscard]] GroupVariants splits_of(UnitId unit, SplitAxis axis) const;
    [[nodiscard]] GroupVariants folded_run(const std::vector<UnitId>& units,
                                           const std::vector<std::vector<LayerHardware>>& foldings) const;
    void find_gpu_sets();
    [[nodiscard]] bool run_allowed(const std::vector<UnitId>& units) const;
    [[nodiscard]] bool may_extend(const std::vector<UnitId>& units, const Resources& least) const;
    [[nodiscard]] GpuCost gpu_instead(const std::vector<UnitId>& taken, const GpuSet* beside) const;
    [[nodiscard]] bool is_beaten(Nanoseconds time, Picojoules tasks, const GpuCost& instead) const;
    void emit_alone(const Candidate& candidate);
    void add_company(Companies& companies, const Candidate& a, const Candidate* b) const;
    void keep_best(Companies& companies) const;
    void emit(const Companies& companies, const std::vector<UnitId>& taken, const GpuSet* beside, StateId to);
    void emit_company(const Companies& companies, const std::vector<UnitId>& taken);
    void add_option(StateId to, std::uint32_t stage, std::array<std::uint32_t, 2> choice, Nanoseconds time,
                    Picojoules tasks, const Resources& demand, Busy busy);
    std::uint32_t add_template(StateId to, const std::vector<const Candidate*>& groups, const GpuSet* beside);
    [[nodiscard]] bool is_serial(const Company& company, const GpuSet* beside, Nanoseconds time) const;
    void combine();
    void filter(std::vector<StageOption>& options) const;
    void drop_unused_templates();
    void finish();

    const Costing& costing_;
    const StateSpace& states_;
    const DesignSpace& space_;
    GroupCache& groups_;
    StateId from_;
    const std::function<bool()>& stop_;
    /// What goes at a longer one is beaten by the GPU, with whatever beside it.
    std::optional<Nanoseconds> longest_pace_;
    std::vector<Candidate> candidates_;
    std::vector<GpuSet> gpu_sets_;
    std::map<StateId, std::vector<StageOption>> by_target_;
    /// How many options to a state there may be before they are filtered.
    std::map<StateId, std::size_t> filter_at_;
    std::map<StateId, std::uint64_t> counts_;
    GeneratedStages out_;
};

/// Both, sorted; and whether none is in both.
[[nodiscard]] std::vector<UnitId> joined(const std::vector<UnitId>& a, const std::vector<UnitId>& b);
[[nodiscard]] bool disjoint(const std::vector<UnitId>& a, const std::vector<UnitId>& b);

}  // namespace cleave
