// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/partition/mapping.hpp"
#include "cleave/partition/unit_graph.hpp"
#include "cleave/units/exact.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Work that involves the FPGA: a fused run, or one layer split between the devices. Its tasks, in order:
/// GPU converts what goes down, link, FPGA, link, GPU converts or adds what came up; `gpu_beside` is the
/// GPU's own share of a split and may run at any time between the first and the last of them.
struct GroupCost {
    Nanoseconds gpu_before;
    Nanoseconds to_fpga;
    Nanoseconds fpga;
    Nanoseconds to_gpu;
    Nanoseconds gpu_beside;
    Nanoseconds gpu_after;
    /// Energy of all its tasks, without what a scope charges over the whole inference.
    Picojoules energy;
    Resources demand;
    std::int64_t link_bytes = 0;
    /// The FPGA computes while maps cross: `fpga` holds link and FPGA from the start of the first transfer
    /// down to the end of the last one up.
    bool streamed = false;
    /// The clock of the FPGA's work.
    Hertz clock;
    /// Time between two frames of a run by itself.
    Nanoseconds pace;
};

/// How long each device works; what streams counts once, with the FPGA. If the devices work on successive
/// frames, each on one at a time, the longest of the three (summed over a partition) is the steady time
/// between frames: shorter than any device's own work it cannot be, and delaying every task by whole frames
/// as needed reaches it.
struct Busy {
    Nanoseconds gpu;
    Nanoseconds link;
    Nanoseconds fpga;

    Busy& operator+=(const Busy& more);
    [[nodiscard]] Nanoseconds longest() const { return std::max({gpu, link, fpga}); }
    friend bool operator==(const Busy&, const Busy&) = default;
};

[[nodiscard]] Busy busy_of(const GroupCost& group);

/// What a task of a stage is. `gpu_work` is all that the GPU computes meanwhile, its shares of splits
/// included.
enum class TaskKind { gpu_before, to_fpga, fpga, to_gpu, gpu_work, gpu_after };

/// One of the charges that a GroupCost is the sum of: a kernel, a transfer, or the FPGA's work.
struct Charge {
    TaskKind kind = TaskKind::gpu_work;
    Nanoseconds time;
    Picojoules energy;
    /// Of a transfer: the layer whose output feature map crosses, or part of it, or partial sums of it.
    LayerId map{};
    std::int64_t bytes = 0;
};

/// One task of a stage on the time axis of the stage.
struct TaskTime {
    TaskKind kind = TaskKind::gpu_work;
    /// Which of the stage's groups; 0 for gpu_work.
    std::size_t group = 0;
    Nanoseconds start;
    Nanoseconds end;
};

/// When a stage's groups run at the same time as `gpu_work` on the GPU. GPU, FPGA and link each do one thing
/// at a time; a group whose hand-over is streamed has FPGA and link to itself while it computes. Order on
/// each: conversions down, then all GPU work, then what comes up, groups in the order that ends first (of two
/// orders that end together, the first). At most two groups.
[[nodiscard]] Nanoseconds stage_time(const GroupCost* first, const GroupCost* second, Nanoseconds gpu_work);
/// stage_time of one or two groups as a function of the GPU work beside them:
///     min over orders of max(least, gpu_work + added)
/// In a fixed order of tasks the end is a maximum of sums of task lengths (max-plus linear), and the GPU's
/// work is in each of these sums once or not at all. With one group both orders are the same; the first is
/// the one that ends first without GPU work.
struct StageTime {
    struct InOrder {
        Nanoseconds least;
        Nanoseconds added;

        [[nodiscard]] Nanoseconds at(Nanoseconds gpu_work) const { return std::max(least, gpu_work + added); }
        friend auto operator<=>(const InOrder&, const InOrder&) = default;
    };
    std::array<InOrder, 2> orders;

    [[nodiscard]] Nanoseconds at(Nanoseconds gpu_work) const {
        return std::min(orders[0].at(gpu_work), orders[1].at(gpu_work));
    }
    /// From so much GPU work on, every nanosecond more of it makes the stage so much longer.
    [[nodiscard]] Nanoseconds full_from() const {
        return std::max(orders[0].least - orders[0].added, orders[1].least - orders[1].added);
    }
};
[[nodiscard]] StageTime stage_time_of(const GroupCost& first, const GroupCost* second);

/// The same schedule, task by task, sorted by time; tasks that take no time are left out.
[[nodiscard]] std::vector<TaskTime> stage_tasks(const std::vector<GroupCost>& groups, Nanoseconds gpu_work);
/// The same with every task, in an order in which each follows those that it needs: for each group
/// gpu_before, to_fpga, fpga; then gpu_work; then for each group to_gpu, gpu_after.
[[nodiscard]] std::vector<TaskTime> stage_schedule(const std::vector<GroupCost>& groups,
                                                   Nanoseconds gpu_work);

/// A group of a stage: a fused run of units, or one unit split along `axis` with `share` on the FPGA.
struct StageGroup {
    std::vector<UnitId> units;
    std::optional<SplitAxis> axis;
    std::int64_t share = 0;
    /// For each unit. Empty where every unit or slice has one variant only.
    std::vector<HardwareChoice> hardware = {};
};

/// The runs of a mapping, then its splits, as groups. Hardware is set where the mapping names any.
[[nodiscard]] std::vector<StageGroup> groups_of(const UnitGraph& graph, const Mapping& mapping);

/// One step of a partition, from barrier to barrier: at most two groups that involve the FPGA, and units that
/// the GPU computes meanwhile; none of these depends on another.
struct Stage {
    std::vector<StageGroup> groups;
    std::vector<UnitId> gpu_units;
};

}  // namespace cleave
