// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/costing.hpp"

#include "cleave/partition/run_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

bool contains(const std::vector<UnitId>& units, UnitId unit) {
    return std::find(units.begin(), units.end(), unit) != units.end();
}

}  // namespace

class Costing::Tally {
public:
    /// @param charges  gets every charge, if not null
    explicit Tally(std::vector<Charge>* charges) : charges_(charges) {}

    void add(const Charge& charge) {
        time(charge.kind) += charge.time;
        cost.energy += charge.energy;
        cost.link_bytes += charge.bytes;
        if (charges_ != nullptr) {
            charges_->push_back(charge);
        }
    }
    /// The FPGA's work stands before what comes up.
    void add_work(Nanoseconds time, Picojoules energy) {
        add({TaskKind::fpga, time, energy, LayerId{}, 0});
        if (charges_ != nullptr) {
            const auto up = std::find_if(charges_->begin(), charges_->end(),
                                         [](const Charge& c) { return c.kind == TaskKind::to_gpu; });
            std::rotate(up, charges_->end() - 1, charges_->end());
        }
    }
    void add(TaskKind kind, const GpuCost& gpu) { add({kind, gpu.time, gpu.energy, LayerId{}, 0}); }

    GroupCost cost;

private:
    [[nodiscard]] Nanoseconds& time(TaskKind kind) {
        switch (kind) {
            case TaskKind::gpu_before: return cost.gpu_before;
            case TaskKind::to_fpga: return cost.to_fpga;
            case TaskKind::fpga: return cost.fpga;
            case TaskKind::to_gpu: return cost.to_gpu;
            case TaskKind::gpu_work: return cost.gpu_beside;
            case TaskKind::gpu_after: return cost.gpu_after;
        }
        throw std::logic_error("task kind out of range");
    }

    std::vector<Charge>* charges_;
};

Costing::Costing(const UnitGraph& graph, const Platform& platform, const WeightLogic* weights)
    : graph_(graph), platform_(platform), weights_(weights), hardware_(graph, platform.fpga, weights) {
    if (platform.energy_scope == EnergyScope::system) {
        gpu_standing_power_ = round_exact(platform.gpu.idle_power());
        standing_power_ =
            round_exact(platform.gpu.idle_power() + platform.fpga.static_power() + platform.link.idle_power);
    }
    for (std::size_t i = 0; i < graph.size(); ++i) {
        on_gpu_.push_back(whole_on_gpu(unit_id(i)));
        has_choices_ = has_choices_ || hardware_.of(unit_id(i)).size() > 1;
    }
}

GpuCost Costing::gpu_cost(const DeviceCost& cost) const {
    const Nanoseconds time = round_exact(cost.time);
    Picojoules energy = round_exact(cost.energy);
    if (platform_.energy_scope == EnergyScope::active) {
        energy += round_exact(platform_.gpu.idle_power() * cost.time);
    }
    return {time, energy};
}

GpuCost Costing::gpu_layer(const LayerWork& work) const { return gpu_cost(platform_.gpu.layer(work)); }

GpuCost Costing::whole_on_gpu(UnitId id) const {
    GpuCost sum;
    for (const LayerId layer : graph_.unit(id).layers) {
        const GpuCost cost = gpu_layer(whole_layer(graph_.network(), layer));
        sum.time += cost.time;
        sum.energy += cost.energy;
    }
    return sum;
}

GpuCost Costing::on_gpu(const std::vector<UnitId>& units) const {
    GpuCost sum;
    for (const UnitId unit : units) {
        const GpuCost cost = on_gpu(unit);
        sum.time += cost.time;
        sum.energy += cost.energy;
    }
    return sum;
}

GpuCost Costing::followers_on_gpu(UnitId id, std::int64_t channels) const {
    GpuCost sum;
    const Unit& unit = graph_.unit(id);
    for (std::size_t i = 1; i < unit.layers.size(); ++i) {
        const GpuCost cost =
            gpu_layer(with_channels(whole_layer(graph_.network(), unit.layers[i]), channels));
        sum.time += cost.time;
        sum.energy += cost.energy;
    }
    return sum;
}

void Costing::transfer(Tally& tally, Direction direction, LayerId map, std::int64_t bytes) const {
    const LinkModel& link = platform_.link;
    const Bytes size(static_cast<double>(bytes));
    const Seconds time = link.time(direction, size);
    Joules energy = link.energy * size;
    if (platform_.energy_scope == EnergyScope::active) {
        energy += link.idle_power * time;
    }
    const TaskKind kind = direction == Direction::to_fpga ? TaskKind::to_fpga : TaskKind::to_gpu;
    tally.add({kind, round_exact(time), round_exact(energy), map, bytes});
}

/// What the host does for a group's transfers in one direction, while the GPU has nothing queued: a run on
/// the FPGA is an operation of the framework, too. The host's energy is outside of all scopes.
void Costing::hand_over(Tally& tally, Direction direction) const {
    const bool down = direction == Direction::to_fpga;
    const LinkModel& link = platform_.link;
    const Seconds time = down ? link.to_fpga.sync + platform_.gpu.host_operation() : link.to_gpu.sync;
    if (time > Seconds()) {
        tally.add(down ? TaskKind::gpu_before : TaskKind::gpu_after, GpuCost{round_exact(time), {}});
    }
}

void Costing::send(Tally& tally, LayerId map, std::int64_t elements) const {
    const std::int64_t bytes = elements * platform_.fpga.map_bytes();
    if (platform_.conversion == Conversion::charged) {
        tally.add(TaskKind::gpu_before,
                  gpu_cost(platform_.gpu.extra_kernel(platform_.gpu.bytes(elements),
                                                      Bytes(static_cast<double>(bytes)))));
    }
    transfer(tally, Direction::to_fpga, map, bytes);
}

/// `added_to` elements of a GPU partial result are read and added in the same kernel that converts.
void Costing::receive(Tally& tally, LayerId map, std::int64_t elements, std::int64_t bytes_each,
                      std::int64_t added_to) const {
    const std::int64_t bytes = elements * bytes_each;
    transfer(tally, Direction::to_gpu, map, bytes);
    if (platform_.conversion == Conversion::charged || added_to > 0) {
        const Bytes read = Bytes(static_cast<double>(bytes)) + platform_.gpu.bytes(added_to);
        tally.add(TaskKind::gpu_after,
                  gpu_cost(platform_.gpu.extra_kernel(read, platform_.gpu.bytes(elements))));
    }
}

/// The FPGA's work as one pipeline at one clock, with what crosses already in the tally. The base power lasts
/// as long as the run; each unit works for one pace, and waits while the others fill and drain.
void Costing::compute(Tally& tally, const std::vector<UnitId>& units,
                      const std::vector<LayerHardware>& hardware) const {
    const Fpga& fpga = platform_.fpga;
    GroupCost& cost = tally.cost;
    cost.clock = fpga.clock_of(hardware.front().choice.implementation);
    for (const LayerHardware& hw : hardware) {
        cost.clock = std::min(cost.clock, fpga.clock_of(hw.choice.implementation));
    }
    cost.pace = Nanoseconds(1);
    for (const LayerHardware& hw : hardware) {
        cost.pace = std::max(cost.pace, interval_time(hw, cost.clock));
    }
    cost.streamed = platform_.hand_over == HandOver::streamed;
    if (cost.streamed) {
        cost.pace = std::max({cost.pace, cost.to_fpga, cost.to_gpu});
    }
    const RunTiming timing = timing_of(units, hardware, cost.pace, cost.clock);
    Nanoseconds time = cost.pace + timing.fixed;
    Picojoules energy;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (timing.counts[i]) {
            time += own_time(hardware[i], cost.pace, cost.clock);
        }
        const Resources demand = with_waits(hardware[i], timing.waits[i], cost.pace, cost.clock);
        cost.demand += demand;
        if (fpga.adds_up()) {
            energy += work_energy(hardware[i].choice.implementation, demand, cost.pace, cost.clock);
        }
    }
    if (!fpga.adds_up()) {
        energy = work_energy(hardware.front().choice.implementation, cost.demand, cost.pace, cost.clock);
    }
    tally.add_work(time, energy + run_power(cost.clock) * time);
}

std::int64_t Costing::split_extent(UnitId id, SplitAxis axis) const {
    const LayerWork work = whole_layer(graph_.network(), graph_.unit(id).head);
    const auto* conv = std::get_if<Conv>(&work.op);
    if (conv == nullptr) {
        return 0;
    }
    switch (axis) {
        case SplitAxis::channels: return conv->groups == 1 ? work.inputs.front().channels : 0;
        case SplitAxis::filters: return conv->groups == 1 ? conv->filters : 0;
        case SplitAxis::groups: return conv->groups > 1 ? conv->groups : 0;
    }
    throw std::logic_error("split axis out of range");
}

GroupCost Costing::split(UnitId id, SplitAxis axis, std::int64_t share, const LayerHardware& hardware) const {
    Tally tally(nullptr);
    add_split(tally, id, axis, share, hardware);
    return tally.cost;
}

void Costing::add_split(Tally& tally, UnitId id, SplitAxis axis, std::int64_t share,
                        const LayerHardware& hardware) const {
    const std::int64_t extent = split_extent(id, axis);
    if (share < 1 || share >= extent) {
        throw std::invalid_argument(
            fmt::format("a split must give the FPGA 1 to {} {}, not {}", extent - 1, name_of(axis), share));
    }
    const Unit& unit = graph_.unit(id);
    const LayerWork whole = whole_layer(graph_.network(), unit.head);
    const LayerWork below = slice_layer(whole, axis, share);
    tally.add(TaskKind::gpu_work, gpu_layer(slice_layer(whole, axis, extent - share)));
    hand_over(tally, Direction::to_fpga);
    send(tally, unit.reads.front(), below.input_elements());
    hand_over(tally, Direction::to_gpu);
    if (axis == SplitAxis::channels) {
        // Partial sums are added before batch norm and activation, which therefore stay on the GPU.
        const std::int64_t taps = below.inputs.front().channels * std::get<Conv>(below.op).window.taps();
        receive(tally, unit.head, below.output.elements(), platform_.fpga.partial_sum_bytes(taps),
                below.output.elements());
        tally.add(TaskKind::gpu_after, followers_on_gpu(id, whole.output.channels));
    } else {
        receive(tally, unit.output, below.output.elements(), platform_.fpga.map_bytes(), 0);
        tally.add(TaskKind::gpu_work, followers_on_gpu(id, whole.output.channels - below.output.channels));
    }
    compute(tally, {id}, {hardware});
}

std::optional<std::vector<LayerHardware>> Costing::hardware_of(const StageGroup& g) const {
    std::vector<LayerHardware> result;
    for (std::size_t i = 0; i < g.units.size(); ++i) {
        const std::vector<LayerHardware> all = hardware_.of(g.units[i], g.axis, g.share);
        const auto found = g.hardware.empty()
                               ? all.begin()
                               : std::find_if(all.begin(), all.end(), [&](const LayerHardware& hw) {
                                     return hw.choice == g.hardware[i];
                                 });
        if (found == all.end() || (g.hardware.empty() && all.size() > 1)) {
            return std::nullopt;
        }
        result.push_back(*found);
    }
    return result;
}

GroupCost Costing::run(const std::vector<UnitId>& units, std::vector<LayerHardware> hardware) const {
    Tally tally(nullptr);
    add_run(tally, units, std::move(hardware));
    return tally.cost;
}

GroupCost Costing::sends(const std::vector<UnitId>& units) const {
    Tally tally(nullptr);
    add_sends(tally, units);
    return tally.cost;
}

GroupCost Costing::receives(const std::vector<UnitId>& units) const {
    Tally tally(nullptr);
    add_receives(tally, units);
    return tally.cost;
}

void Costing::add_sends(Tally& tally, const std::vector<UnitId>& units) const {
    const RunInputs inputs(graph_, units);
    hand_over(tally, Direction::to_fpga);
    for (const LayerId map : inputs.outside()) {
        send(tally, map, graph_.network().output(map).elements());
    }
}

void Costing::add_receives(Tally& tally, const std::vector<UnitId>& units) const {
    hand_over(tally, Direction::to_gpu);
    for (const UnitId id : units) {
        const Unit& unit = graph_.unit(id);
        const bool leaves =
            graph_.is_result(id) || std::any_of(unit.readers.begin(), unit.readers.end(),
                                                [&](UnitId r) { return !contains(units, r); });
        if (leaves) {
            receive(tally, unit.output, graph_.network().output(unit.output).elements(),
                    platform_.fpga.map_bytes(), 0);
        }
    }
}

void Costing::add_run(Tally& tally, const std::vector<UnitId>& units,
                      std::vector<LayerHardware> hardware) const {
    add_sends(tally, units);
    add_receives(tally, units);
    compute(tally, units, hardware);
}

bool Costing::is_connected(const std::vector<UnitId>& units) const {
    if (units.empty()) {
        return false;
    }
    std::vector<bool> reached(units.size(), false);
    std::vector<std::size_t> open{0};
    reached[0] = true;
    while (!open.empty()) {
        const Unit& a = graph_.unit(units[open.back()]);
        const UnitId a_id = units[open.back()];
        open.pop_back();
        for (std::size_t i = 0; i < units.size(); ++i) {
            const Unit& b = graph_.unit(units[i]);
            const bool joined = contains(b.producers, a_id) || contains(a.producers, units[i]) ||
                                std::any_of(a.reads.begin(), a.reads.end(), [&](LayerId map) {
                                    return std::find(b.reads.begin(), b.reads.end(), map) != b.reads.end();
                                });
            if (!reached[i] && joined) {
                reached[i] = true;
                open.push_back(i);
            }
        }
    }
    return std::all_of(reached.begin(), reached.end(), [](bool r) { return r; });
}

void Costing::add_group(Tally& tally, const StageGroup& g) const {
    const auto hardware = hardware_of(g);
    if (!hardware) {
        throw std::logic_error("a stage places a layer on the FPGA in a way that is no hardware");
    }
    if (g.axis) {
        add_split(tally, g.units.front(), *g.axis, g.share, hardware->front());
    } else {
        add_run(tally, g.units, *hardware);
    }
}

GroupCost Costing::group(const StageGroup& g) const {
    Tally tally(nullptr);
    add_group(tally, g);
    return tally.cost;
}

std::vector<Charge> Costing::charges(const StageGroup& g) const {
    std::vector<Charge> list;
    Tally tally(&list);
    add_group(tally, g);
    return list;
}

std::optional<FpgaRefusal> Costing::refusal(const Resources& demand) const {
    const Fpga& fpga = platform_.fpga;
    std::optional<FpgaRefusal> worst;
    for (const CapacityLimit& limit : fpga.limits()) {
        if (limit.use(demand) <= limit.limit) {
            continue;
        }
        FpgaRefusal refusal{limit.resource, limit.use(demand), limit.limit};
        if (limit.resource == "alm") {
            // Several limits together say that logic must hold what finds no memory block: name the logic.
            refusal = {"alm", fpga.occupied(demand).alm, fpga.limits().front().limit};
        }
        if (!worst || refusal.ratio() > worst->ratio()) {
            worst = refusal;
        }
    }
    return worst;
}

}  // namespace cleave
