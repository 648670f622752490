// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/plan.hpp"

#include "cleave/deploy/split_layer.hpp"
#include "cleave/deploy/stand_ins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <queue>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

template <class T>
void push_unique(std::vector<T>& list, const T& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) {
        list.push_back(value);
    }
}

/// A float map, or the GPU's side of one, in GPU memory.
using Value = std::pair<LayerId, Share>;

struct Origin {
    /// Nothing for the network's inputs.
    std::optional<StepId> step;
    /// Once another step reads it.
    std::optional<PlanTensorId> tensor;
};

class Planner {
public:
    Planner(const Costing& costing, const Score& score)
        : costing_(costing), units_(costing.graph()), network_(units_.network()), score_(score) {}

    Plan run() {
        for (std::size_t i = 0; i < network_.input_count(); ++i) {
            const LayerId input = layer_id(i);
            plan_.inputs.push_back(
                add_tensor(input, TensorContent::map, {0, network_.output(input).channels}));
            sources_[{input, Share::whole}] = {std::nullopt, plan_.inputs.back()};
        }
        for (const ScoredStage& stage : score_.stages) {
            if (stage.groups.empty()) {
                add_gpu_stage(stage);
            } else {
                add_stage(stage);
            }
            now_ += stage.time;
        }
        for (const LayerId result : network_.results()) {
            const Value value{result, Share::whole};
            plan_.outputs.push_back(publish(value, sources_.at(value)));
        }
        add_totals();
        sort_by_start();
        mark_stand_ins(network_, plan_);
        return std::move(plan_);
    }

private:
    // What the GPU does joins into the step that is open, if there is one.
    enum class Join { allowed, forbidden };

    PlanStep& at(StepId id) { return plan_.steps[index(id)]; }

    StepId add_step(StepDevice device, Nanoseconds start) {
        PlanStep& step = plan_.steps.emplace_back();
        step.device = device;
        step.start = start;
        return step_id(plan_.steps.size() - 1);
    }

    StepId gpu_step(Join join, Nanoseconds start) {
        if (join == Join::forbidden || !open_) {
            open_ = add_step(StepDevice::gpu, start);
        }
        return *open_;
    }

    /// Work of a step goes on until `end`; how long of it for the link.
    void extend(StepId id, Nanoseconds end, Picojoules energy, Nanoseconds conversion = {}) {
        PlanStep& step = at(id);
        step.duration = end - step.start;
        step.energy += energy;
        step.conversion += conversion;
    }

    PlanTensorId add_tensor(LayerId layer, TensorContent content, const Range& channels) {
        PlanTensor tensor;
        tensor.name = fmt::format("t{:03}", plan_.tensors.size());
        tensor.layer = layer;
        tensor.content = content;
        tensor.channels = channels;
        tensor.shape = network_.output(layer);
        tensor.shape.channels = channels.count;
        plan_.tensors.push_back(std::move(tensor));
        return plan_tensor_id(plan_.tensors.size() - 1);
    }

    void read(StepId step, PlanTensorId tensor, const std::optional<StepId>& after) {
        push_unique(at(step).inputs, tensor);
        push_unique(plan_.tensors[index(tensor)].to, step);
        if (after) {
            push_unique(at(step).depends_on, *after);
        }
    }

    /// The tensor that a value is outside the step that makes it.
    PlanTensorId publish(const Value& value, Origin& source) {
        if (!source.tensor) {
            const auto [layer, share] = value;
            const Split* split = share == Share::gpu ? &splits_.at(layer) : nullptr;
            const bool sums = split != nullptr && split->axis == SplitAxis::channels;
            const Range channels = split != nullptr ? side_of(network_, *split, share).output_channels
                                                    : Range{0, network_.output(layer).channels};
            source.tensor =
                add_tensor(layer, sums ? TensorContent::partial_sums : TensorContent::map, channels);
            plan_.tensors[index(*source.tensor)].from = source.step;
            at(*source.step).outputs.push_back(*source.tensor);
        }
        return *source.tensor;
    }

    /// A GPU step reads a value that it made itself, or another GPU step.
    void need(StepId step, const Value& value) {
        Origin& source = sources_.at(value);
        if (source.step != step) {
            read(step, publish(value, source), source.step);
        }
    }

    void make(StepId step, const Value& value) { sources_[value] = {step, std::nullopt}; }

    void add_part(LayerId layer, StepId step, std::optional<SplitAxis> axis, const Range& range) {
        plan_.parts.push_back({layer, step, at(step).device, axis, range});
    }

    void add_whole_parts(StepId step, const std::vector<LayerId>& layers, std::size_t from = 0) {
        for (std::size_t i = from; i < layers.size(); ++i) {
            add_part(layers[i], step, std::nullopt, {0, network_.output(layers[i]).channels});
        }
    }

    /// One side of a split: the head, and what follows unless sums have to be complete first.
    void add_side_parts(StepId step, UnitId id, const Split& split, Share side) {
        const SplitSide part = side_of(network_, split, side);
        const Unit& unit = units_.unit(id);
        add_part(unit.head, step, split.axis, part.axis);
        for (std::size_t i = 1; split.axis != SplitAxis::channels && i < unit.layers.size(); ++i) {
            add_part(unit.layers[i], step, SplitAxis::filters, part.output_channels);
        }
    }

    void compute_on_gpu(StepId step, const std::vector<UnitId>& units) {
        for (const UnitId id : units) {
            const Unit& unit = units_.unit(id);
            for (const LayerId map : unit.reads) {
                need(step, {map, Share::whole});
            }
            at(step).pieces.push_back(ComputeUnit{id, Share::whole, std::nullopt});
            add_whole_parts(step, unit.layers);
            make(step, {unit.output, Share::whole});
        }
    }

    void add_gpu_stage(const ScoredStage& stage) {
        const StepId step = gpu_step(Join::allowed, now_);
        compute_on_gpu(step, stage.stage.gpu_units);
        extend(step, now_ + stage.gpu.time, stage.gpu.energy);
    }

    // A group of a stage while the stage's tasks are gone through.
    struct Group {
        const StageGroup* what = nullptr;
        std::optional<Split> split;
        std::vector<Charge> charges;
        std::vector<PlanTensorId> down;
        std::vector<PlanTensorId> up;
        StepId fpga{};

        [[nodiscard]] Picojoules energy(TaskKind kind) const {
            Picojoules sum;
            for (const Charge& charge : charges) {
                sum += charge.kind == kind ? charge.energy : Picojoules{};
            }
            return sum;
        }
    };

    void add_stage(const ScoredStage& stage) {
        std::vector<Group> groups;
        for (const StageGroup& what : stage.stage.groups) {
            Group group;
            group.what = &what;
            group.charges = costing_.charges(what);
            if (what.axis) {
                const Unit& unit = units_.unit(what.units.front());
                group.split = Split{unit.head, *what.axis, what.share,
                                    costing_.picked(unit.head, *what.axis, what.share)};
                splits_[unit.head] = splits_[unit.output] = *group.split;
            }
            groups.push_back(std::move(group));
        }
        for (const TaskTime& task : stage_schedule(stage.groups, stage.gpu.time)) {
            Group& group = groups[task.group];
            switch (task.kind) {
                case TaskKind::gpu_before: add_conversion_down(group, task); break;
                case TaskKind::to_fpga: add_transfers(group, task, Direction::to_fpga); break;
                case TaskKind::fpga: add_fpga(group, task); break;
                case TaskKind::gpu_work: add_work(stage, groups, task); break;
                case TaskKind::to_gpu: add_transfers(group, task, Direction::to_gpu); break;
                case TaskKind::gpu_after: add_conversion_up(group, task); break;
            }
        }
    }

    void add_conversion_down(Group& group, const TaskTime& task) {
        const StepId step = gpu_step(Join::allowed, now_ + task.start);
        for (const Charge& charge : group.charges) {
            if (charge.kind != TaskKind::to_fpga) {
                continue;
            }
            const Range channels = group.split ? side_of(network_, *group.split, Share::fpga).input_channels
                                               : Range{0, network_.output(charge.map).channels};
            need(step, {charge.map, Share::whole});
            const PlanTensorId tensor = add_tensor(charge.map, TensorContent::map, channels);
            leave(step, tensor);
            group.down.push_back(tensor);
        }
        extend(step, now_ + task.end, group.energy(task.kind), task.end - task.start);
        open_.reset();  // a transfer waits for its end
    }

    void leave(StepId step, PlanTensorId tensor) {
        plan_.tensors[index(tensor)].from = step;
        at(step).outputs.push_back(tensor);
        at(step).pieces.push_back(Send{tensor});
    }

    void add_transfers(Group& group, const TaskTime& task, Direction direction) {
        const std::vector<PlanTensorId>& tensors = direction == Direction::to_fpga ? group.down : group.up;
        auto tensor = tensors.begin();
        Nanoseconds start = now_ + task.start;
        for (const Charge& charge : group.charges) {
            if (charge.kind != task.kind) {
                continue;
            }
            const StepId step = add_step(StepDevice::link, start);
            PlanTensor& moved = plan_.tensors[index(*tensor)];
            moved.crossing =
                Crossing{step, direction, 8 * charge.bytes / moved.shape.elements(), charge.bytes};
            at(step).inputs = at(step).outputs = {*tensor};
            at(step).depends_on = {*moved.from};
            extend(step, start + charge.time, charge.energy);
            plan_.link_bytes += charge.bytes;
            start += charge.time;
            ++tensor;
        }
    }

    void arrive(StepId step, PlanTensorId tensor) {
        read(step, tensor, plan_.tensors[index(tensor)].crossing->step);
        at(step).pieces.push_back(Receive{tensor});
    }

    void add_fpga(Group& group, const TaskTime& task) {
        const StepId step = group.fpga = add_step(StepDevice::fpga, now_ + task.start);
        for (const PlanTensorId tensor : group.down) {
            arrive(step, tensor);
        }
        for (const UnitId unit : group.what->units) {
            if (group.split) {
                at(step).pieces.push_back(ComputeUnit{unit, Share::fpga, group.split});
                add_side_parts(step, unit, *group.split, Share::fpga);
            } else {
                at(step).pieces.push_back(ComputeUnit{unit, Share::whole, std::nullopt});
                add_whole_parts(step, units_.unit(unit).layers);
            }
        }
        for (const Charge& charge : group.charges) {
            if (charge.kind != TaskKind::to_gpu) {
                continue;
            }
            const bool sums = group.split && group.split->axis == SplitAxis::channels;
            const Range channels = group.split ? side_of(network_, *group.split, Share::fpga).output_channels
                                               : Range{0, network_.output(charge.map).channels};
            const PlanTensorId tensor =
                add_tensor(charge.map, sums ? TensorContent::partial_sums : TensorContent::map, channels);
            leave(step, tensor);
            group.up.push_back(tensor);
        }
        extend(step, now_ + task.end, group.energy(task.kind));
    }

    /// What the GPU computes meanwhile: units of its own and its sides of splits.
    void add_work(const ScoredStage& stage, const std::vector<Group>& groups, const TaskTime& task) {
        const bool any_split =
            std::any_of(groups.begin(), groups.end(), [](const Group& g) { return g.split.has_value(); });
        if (stage.stage.gpu_units.empty() && !any_split) {
            return;
        }
        const StepId step = gpu_step(Join::forbidden, now_ + task.start);
        compute_on_gpu(step, stage.stage.gpu_units);
        Picojoules energy = stage.gpu.energy;
        for (const Group& group : groups) {
            if (!group.split) {
                continue;
            }
            const UnitId id = group.what->units.front();
            const Unit& unit = units_.unit(id);
            need(step, {unit.reads.front(), Share::whole});
            at(step).pieces.push_back(ComputeUnit{id, Share::gpu, group.split});
            add_side_parts(step, id, *group.split, Share::gpu);
            make(step, {combined(id, *group.split), Share::gpu});
            energy += group.energy(TaskKind::gpu_work);
        }
        extend(step, now_ + task.end, energy);
        open_.reset();
    }

    /// The layer whose two sides are put together.
    [[nodiscard]] LayerId combined(UnitId id, const Split& split) const {
        return split.axis == SplitAxis::channels ? units_.unit(id).head : units_.unit(id).output;
    }

    void add_conversion_up(const Group& group, const TaskTime& task) {
        const StepId step = gpu_step(Join::forbidden, now_ + task.start);
        for (const PlanTensorId tensor : group.up) {
            arrive(step, tensor);
            if (!group.split) {
                make(step, {plan_.tensor(tensor).layer, Share::whole});
            }
        }
        if (group.split) {
            const UnitId id = group.what->units.front();
            const Unit& unit = units_.unit(id);
            need(step, {combined(id, *group.split), Share::gpu});
            at(step).pieces.push_back(Combine{id, *group.split});
            if (group.split->axis == SplitAxis::channels) {
                add_whole_parts(step, unit.layers, 1);
            }
            make(step, {unit.output, Share::whole});
        }
        extend(step, now_ + task.end, group.energy(task.kind), task.end - task.start);
    }

    void add_totals() {
        Nanoseconds end;
        Picojoules energy;
        for (const PlanStep& step : plan_.steps) {
            end = std::max(end, step.start + step.duration);
            energy += step.energy;
        }
        plan_.latency = score_.latency;
        plan_.energy = score_.energy;
        plan_.standing_power = score_.standing_power;
        plan_.standing_energy = plan_.standing_power * score_.latency;
        if (end != score_.latency || energy + plan_.standing_energy != score_.energy ||
            plan_.link_bytes != score_.link_bytes) {
            throw std::logic_error("the steps of a plan do not sum to its score");
        }
    }

    /// By start, but behind all that a step depends on: with streamed hand-over a run starts before the last
    /// of its maps is on its way.
    [[nodiscard]] std::vector<std::size_t> order_of_starts() const {
        const auto later = [&](std::size_t a, std::size_t b) {
            return std::pair(plan_.steps[a].start, a) > std::pair(plan_.steps[b].start, b);
        };
        std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
        std::vector<std::vector<std::size_t>> followers(plan_.steps.size());
        std::vector<std::size_t> waits;
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            waits.push_back(plan_.steps[i].depends_on.size());
            for (const StepId before : plan_.steps[i].depends_on) {
                followers[index(before)].push_back(i);
            }
            if (waits[i] == 0) {
                ready.push(i);
            }
        }
        std::vector<std::size_t> order;
        while (!ready.empty()) {
            order.push_back(ready.top());
            ready.pop();
            for (const std::size_t follower : followers[order.back()]) {
                if (--waits[follower] == 0) {
                    ready.push(follower);
                }
            }
        }
        return order;
    }

    void sort_by_start() {
        const std::vector<std::size_t> order = order_of_starts();
        std::vector<StepId> renamed(order.size());
        std::vector<PlanStep> sorted;
        for (std::size_t i = 0; i < order.size(); ++i) {
            renamed[order[i]] = step_id(i);
            sorted.push_back(std::move(plan_.steps[order[i]]));
        }
        plan_.steps = std::move(sorted);
        const auto rename = [&](StepId& id) { id = renamed[index(id)]; };
        for (PlanStep& step : plan_.steps) {
            std::for_each(step.depends_on.begin(), step.depends_on.end(), rename);
            std::sort(step.depends_on.begin(), step.depends_on.end());
        }
        for (PlanTensor& tensor : plan_.tensors) {
            if (tensor.from) {
                rename(*tensor.from);
            }
            std::for_each(tensor.to.begin(), tensor.to.end(), rename);
            std::sort(tensor.to.begin(), tensor.to.end());
            if (tensor.crossing) {
                rename(tensor.crossing->step);
            }
        }
        for (LayerPart& part : plan_.parts) {
            rename(part.step);
        }
        std::stable_sort(plan_.parts.begin(), plan_.parts.end(), [](const LayerPart& a, const LayerPart& b) {
            return std::pair(a.layer, a.device != StepDevice::fpga) <
                   std::pair(b.layer, b.device != StepDevice::fpga);
        });
    }

    const Costing& costing_;
    const UnitGraph& units_;
    const Network& network_;
    const Score& score_;
    Plan plan_;
    Nanoseconds now_;
    /// The GPU step that further GPU work joins.
    std::optional<StepId> open_;
    std::map<Value, Origin> sources_;
    /// Splits by the layers that they make sides of.
    std::map<LayerId, Split> splits_;
};

}  // namespace

Plan make_plan(const Costing& costing, const Score& score) { return Planner(costing, score).run(); }

}  // namespace cleave
