// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/stage.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

using Order = std::array<const GroupCost*, 2>;

/// Runs the schedule for groups in the given order and tells every task to `visit(kind, position, start,
/// end)`.
template <class Visit>
Nanoseconds run_schedule(const Order& order, std::size_t count, Nanoseconds gpu_work, const Visit& visit) {
    Nanoseconds gpu;
    Nanoseconds link;
    Nanoseconds fpga;
    std::array<Nanoseconds, 2> ready{};
    const auto task = [&](TaskKind kind, std::size_t i, Nanoseconds& device, Nanoseconds after,
                          Nanoseconds length) {
        const Nanoseconds start = std::max(device, after);
        const Nanoseconds end = start + length;
        visit(kind, i, start, end);
        if (length > Nanoseconds{}) {
            device = end;
        }
        return std::max(after, end);
    };
    Nanoseconds work = gpu_work;
    for (std::size_t i = 0; i < count; ++i) {
        const GroupCost& g = *order[i];
        ready[i] = task(TaskKind::gpu_before, i, gpu, {}, g.gpu_before);
        if (g.streamed) {
            const Nanoseconds start = std::max({link, fpga, ready[i]});
            link = fpga = ready[i] = start + g.fpga;
            visit(TaskKind::to_fpga, i, start, start + g.to_fpga);
            visit(TaskKind::fpga, i, start, ready[i]);
        } else {
            ready[i] = task(TaskKind::to_fpga, i, link, ready[i], g.to_fpga);
            ready[i] = task(TaskKind::fpga, i, fpga, ready[i], g.fpga);
        }
        work += g.gpu_beside;
    }
    task(TaskKind::gpu_work, 0, gpu, {}, work);
    Nanoseconds end = gpu;
    for (std::size_t i = 0; i < count; ++i) {
        const GroupCost& g = *order[i];
        if (g.streamed) {
            visit(TaskKind::to_gpu, i, ready[i] - g.to_gpu, ready[i]);
        } else {
            ready[i] = task(TaskKind::to_gpu, i, link, ready[i], g.to_gpu);
        }
        ready[i] = task(TaskKind::gpu_after, i, gpu, ready[i], g.gpu_after);
        end = std::max(end, ready[i]);
    }
    return std::max(end, gpu);
}

constexpr auto kIgnore = [](TaskKind, std::size_t, Nanoseconds, Nanoseconds) {};

}  // namespace

Nanoseconds stage_time(const GroupCost* first, const GroupCost* second, Nanoseconds gpu_work) {
    if (first == nullptr) {
        return gpu_work;
    }
    if (second == nullptr) {
        return run_schedule({first, nullptr}, 1, gpu_work, kIgnore);
    }
    return std::min(run_schedule({first, second}, 2, gpu_work, kIgnore),
                    run_schedule({second, first}, 2, gpu_work, kIgnore));
}

StageTime stage_time_of(const GroupCost& first, const GroupCost* second) {
    const auto total = [](const GroupCost& g) {
        return g.gpu_before + g.to_fpga + g.fpga + g.to_gpu + g.gpu_beside + g.gpu_after;
    };
    const auto in_order = [](const Order& order, std::size_t count, Nanoseconds all) {
        // With as much GPU work as all tasks together, everything else waits for it or is waited for by it.
        return StageTime::InOrder{run_schedule(order, count, {}, kIgnore),
                                  run_schedule(order, count, all, kIgnore) - all};
    };
    if (second == nullptr) {
        const auto alone = in_order({&first, nullptr}, 1, total(first));
        return {{alone, alone}};
    }
    const Nanoseconds all = total(first) + total(*second);
    StageTime time{{in_order({&first, second}, 2, all), in_order({second, &first}, 2, all)}};
    // An order that is nowhere better stands for nothing of its own, so that equal functions compare equal.
    const auto [a, b] = time.orders;
    if (a.least <= b.least && a.added <= b.added) {
        time.orders[1] = a;
    } else if (b.least <= a.least && b.added <= a.added) {
        time.orders[0] = b;
    } else if (b < a) {
        std::swap(time.orders[0], time.orders[1]);
    }
    return time;
}

std::vector<TaskTime> stage_schedule(const std::vector<GroupCost>& groups, Nanoseconds gpu_work) {
    if (groups.size() > 2) {
        throw std::invalid_argument("a stage has at most two groups on the FPGA");
    }
    Order order{};
    std::array<std::size_t, 2> number{0, 1};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        order[i] = &groups[i];
    }
    if (groups.size() == 2 && run_schedule({order[1], order[0]}, 2, gpu_work, kIgnore) <
                                  run_schedule(order, 2, gpu_work, kIgnore)) {
        std::swap(order[0], order[1]);
        std::swap(number[0], number[1]);
    }
    std::vector<TaskTime> tasks;
    run_schedule(order, groups.size(), gpu_work,
                 [&](TaskKind kind, std::size_t i, Nanoseconds start, Nanoseconds end) {
                     tasks.push_back({kind, kind == TaskKind::gpu_work ? 0 : number[i], start, end});
                 });
    return tasks;
}

std::vector<TaskTime> stage_tasks(const std::vector<GroupCost>& groups, Nanoseconds gpu_work) {
    std::vector<TaskTime> tasks = stage_schedule(groups, gpu_work);
    tasks.erase(
        std::remove_if(tasks.begin(), tasks.end(), [](const TaskTime& t) { return t.start == t.end; }),
        tasks.end());
    std::sort(tasks.begin(), tasks.end(), [](const TaskTime& a, const TaskTime& b) {
        return std::tie(a.start, a.end, a.kind, a.group) < std::tie(b.start, b.end, b.kind, b.group);
    });
    return tasks;
}

std::vector<StageGroup> groups_of(const UnitGraph& graph, const Mapping& mapping) {
    std::vector<StageGroup> groups;
    for (const FpgaRun& run : mapping.runs) {
        StageGroup& group = groups.emplace_back();
        for (const LayerId layer : run) {
            group.units.push_back(graph.unit_of(layer));
        }
    }
    for (const Split& split : mapping.splits) {
        groups.push_back({{graph.unit_of(split.layer)}, split.axis, split.fpga_share});
    }
    for (StageGroup& group : groups) {
        for (const UnitId unit : group.units) {
            const auto choice =
                std::find_if(mapping.hardware.begin(), mapping.hardware.end(),
                             [&](const LayerChoice& c) { return c.layer == graph.unit(unit).head; });
            if (choice != mapping.hardware.end()) {
                group.hardware.push_back(choice->hardware);
            }
        }
        // Half of a choice is none.
        if (group.hardware.size() != group.units.size()) {
            group.hardware.clear();
        }
    }
    return groups;
}

Busy& Busy::operator+=(const Busy& more) {
    gpu += more.gpu;
    link += more.link;
    fpga += more.fpga;
    return *this;
}

Busy busy_of(const GroupCost& group) {
    return {group.gpu_before + group.gpu_beside + group.gpu_after,
            group.streamed ? Nanoseconds{} : group.to_fpga + group.to_gpu, group.fpga};
}

}  // namespace cleave
