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

std::int64_t scale_up(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
    const auto exact =
        static_cast<double>(amount) * static_cast<double>(numerator) / static_cast<double>(denominator);
    return static_cast<std::int64_t>(exact) +
           (exact > static_cast<double>(static_cast<std::int64_t>(exact)) ? 1 : 0);
}

LayerWork with_channels(LayerWork work, std::int64_t channels) {
    work.inputs.front().channels = channels;
    work.output.channels = channels;
    return work;
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

LayerWork slice_layer(const LayerWork& whole, SplitAxis axis, std::int64_t part) {
    switch (axis) {
        case SplitAxis::channels: return slice_channels(whole, part);
        case SplitAxis::filters: return slice_filters(whole, part);
        case SplitAxis::groups: return slice_groups(whole, part);
    }
    throw std::logic_error("split axis out of range");
}

Costing::Costing(const UnitGraph& graph, const Platform& platform) : graph_(graph), platform_(platform) {
    if (platform.energy_scope == EnergyScope::system) {
        gpu_standing_power_ = round_exact(platform.gpu.idle_power());
        standing_power_ =
            round_exact(platform.gpu.idle_power() + platform.fpga.static_power() + platform.link.idle_power);
    }
    for (std::size_t i = 0; i < graph.size(); ++i) {
        on_gpu_.push_back(whole_on_gpu(unit_id(i)));
        variants_.push_back(whole_variants(unit_id(i)));
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

std::optional<Resources> Costing::followers_on_fpga(UnitId id, std::int64_t channels) const {
    const Unit& unit = graph_.unit(id);
    const std::vector<FollowerRole> roles = follower_roles(graph_.network(), unit);
    Resources sum;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] != FollowerRole::hardware) {
            continue;
        }
        const LayerWork work = with_channels(whole_layer(graph_.network(), unit.layers[i + 1]), channels);
        const auto hardware = chosen(platform_.fpga.variants(work));
        if (!hardware) {
            return std::nullopt;
        }
        sum += hardware->resources;
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

void Costing::compute(Tally& tally, std::int64_t cycles) const {
    const Fpga& fpga = platform_.fpga;
    const Seconds time = Seconds(static_cast<double>(cycles) / fpga.clock().value());
    Watts power = fpga.dynamic_power(tally.cost.demand);
    if (platform_.energy_scope == EnergyScope::active) {
        power += fpga.static_power();
    }
    tally.add({TaskKind::fpga, round_exact(time), round_exact(power * time), LayerId{}, 0});
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

std::optional<GroupCost> Costing::split(UnitId id, SplitAxis axis, std::int64_t share) const {
    Tally tally(nullptr);
    return add_split(tally, id, axis, share) ? std::optional(tally.cost) : std::nullopt;
}

/// False if there is no hardware; the tally is then of no use.
bool Costing::add_split(Tally& tally, UnitId id, SplitAxis axis, std::int64_t share) const {
    const std::int64_t extent = split_extent(id, axis);
    if (share < 1 || share >= extent) {
        throw std::invalid_argument(
            fmt::format("a split must give the FPGA 1 to {} {}, not {}", extent - 1, name_of(axis), share));
    }
    const Unit& unit = graph_.unit(id);
    const LayerWork whole = whole_layer(graph_.network(), unit.head);
    const auto slice = [&](std::int64_t part) { return slice_layer(whole, axis, part); };
    const LayerWork below = slice(share);
    const auto hardware = chosen(platform_.fpga.variants(below));
    if (!hardware) {
        return false;
    }
    tally.cost.demand = hardware->resources;
    const auto cycles = hardware->interval + hardware->fill_positions + hardware->depth;

    tally.add(TaskKind::gpu_work, gpu_layer(slice(extent - share)));
    send(tally, unit.reads.front(), below.input_elements());
    if (axis == SplitAxis::channels) {
        // Partial sums are added before batch norm and activation, which therefore stay on the GPU.
        const std::int64_t taps = below.inputs.front().channels * std::get<Conv>(below.op).window.taps();
        compute(tally, cycles);
        receive(tally, unit.head, below.output.elements(), platform_.fpga.partial_sum_bytes(taps),
                below.output.elements());
        tally.add(TaskKind::gpu_after, followers_on_gpu(id, whole.output.channels));
        return true;
    }
    const auto followers = followers_on_fpga(id, below.output.channels);
    if (!followers) {
        return false;
    }
    tally.cost.demand += *followers;
    compute(tally, cycles);
    receive(tally, unit.output, below.output.elements(), platform_.fpga.map_bytes(), 0);
    tally.add(TaskKind::gpu_work, followers_on_gpu(id, whole.output.channels - below.output.channels));
    return true;
}

std::vector<LayerHardware> Costing::whole_variants(UnitId id) const {
    const LayerId head = graph_.unit(id).head;
    const auto followers = followers_on_fpga(id, graph_.network().output(head).channels);
    if (!followers) {
        return {};
    }
    std::vector<LayerHardware> variants = platform_.fpga.variants(whole_layer(graph_.network(), head));
    for (LayerHardware& variant : variants) {
        variant.resources += *followers;
    }
    return variants;
}

std::optional<LayerHardware> Costing::chosen(const std::vector<LayerHardware>& variants) const {
    const auto key = [&](const LayerHardware& variant) {
        const auto lacking = refusal(variant.resources);
        return std::pair(lacking ? lacking->ratio() : 0.0, variant.interval);
    };
    const auto best =
        std::min_element(variants.begin(), variants.end(),
                         [&](const LayerHardware& a, const LayerHardware& b) { return key(a) < key(b); });
    return best == variants.end() ? std::nullopt : std::optional(*best);
}

std::optional<GroupCost> Costing::run(const std::vector<UnitId>& units) const {
    Tally tally(nullptr);
    return add_run(tally, units) ? std::optional(tally.cost) : std::nullopt;
}

/// Clock at which the last output stream of a run starts, beyond one frame's interval; adds the buffers of
/// maps that wait for others to the demand. Positions of a smaller map (behind a stride) arrive more slowly:
/// one every interval / positions clocks.
std::int64_t Costing::fill(const RunInputs& inputs, const std::vector<UnitId>& units,
                           const std::vector<LayerHardware>& hw, std::int64_t interval,
                           Resources& demand) const {
    std::vector<std::int64_t> start(units.size());
    std::int64_t latest = 0;
    const auto arrival_of = [&](LayerId map) -> std::optional<std::int64_t> {
        if (const auto producer = inputs.producer(map)) {
            return start[*producer];
        }
        // A map that only one unit reads can be streamed in when it is needed; a shared one cannot wait.
        return inputs.is_shared(map) ? std::optional<std::int64_t>(0) : std::nullopt;
    };
    for (std::size_t i = 0; i < units.size(); ++i) {
        const auto& reads = graph_.unit(units[i]).reads;
        std::int64_t arrival = 0;
        for (const LayerId map : reads) {
            arrival = std::max(arrival, arrival_of(map).value_or(0));
        }
        for (const LayerId map : reads) {
            const std::int64_t wait = arrival - arrival_of(map).value_or(arrival);
            if (wait > 0) {
                const std::int64_t positions = scale_up(wait, hw[i].positions, interval);
                demand += platform_.fpga.delay_buffer(graph_.network().output(map).channels, positions);
            }
        }
        start[i] = arrival + scale_up(hw[i].fill_positions, interval, hw[i].positions) + hw[i].depth;
        latest = std::max(latest, start[i]);
    }
    return latest;
}

/// False if there is no hardware; the tally is then of no use.
bool Costing::add_run(Tally& tally, const std::vector<UnitId>& units) const {
    const Network& network = graph_.network();
    std::vector<LayerHardware> hw;
    Resources& demand = tally.cost.demand;
    std::int64_t interval = 1;
    for (const UnitId id : units) {
        const auto one = chosen(variants(id));
        if (!one) {
            return false;
        }
        demand += one->resources;
        interval = std::max(interval, one->interval);
        hw.push_back(*one);
    }
    const RunInputs inputs(graph_, units);
    for (const LayerId map : inputs.outside()) {
        send(tally, map, network.output(map).elements());
    }
    compute(tally, interval + fill(inputs, units, hw, interval, demand));
    for (const UnitId id : units) {
        const Unit& unit = graph_.unit(id);
        const bool leaves =
            graph_.is_result(id) || std::any_of(unit.readers.begin(), unit.readers.end(),
                                                [&](UnitId r) { return !contains(units, r); });
        if (leaves) {
            receive(tally, unit.output, network.output(unit.output).elements(), platform_.fpga.map_bytes(),
                    0);
        }
    }
    return true;
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

bool Costing::add_group(Tally& tally, const StageGroup& g) const {
    return g.axis ? add_split(tally, g.units.front(), *g.axis, g.share) : add_run(tally, g.units);
}

GroupCost Costing::group(const StageGroup& g) const {
    Tally tally(nullptr);
    if (!add_group(tally, g)) {
        throw std::logic_error("a stage places a layer on the FPGA that has no hardware");
    }
    return tally.cost;
}

std::vector<Charge> Costing::charges(const StageGroup& g) const {
    std::vector<Charge> list;
    Tally tally(&list);
    if (!add_group(tally, g)) {
        throw std::logic_error("a stage places a layer on the FPGA that has no hardware");
    }
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
