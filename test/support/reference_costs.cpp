// SPDX-License-Identifier: Apache-2.0
#include "support/reference_costs.hpp"

#include "cleave/units/exact.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

namespace cleave::testing {
namespace {

constexpr UnitMask bit(std::size_t i) { return UnitMask{1} << i; }
bool has(UnitMask mask, std::size_t i) { return (mask & bit(i)) != 0; }

bool is_input(const Network& network, LayerId layer) {
    return std::holds_alternative<Input>(network.layer(layer).op);
}

std::int64_t ceil_of(std::int64_t numerator, std::int64_t denominator) {
    return (numerator + denominator - 1) / denominator;
}

/// The layer with all its inputs and its output cut or kept to `channels` channels.
std::optional<LayerHardware> only_variant(const Fpga& fpga, const LayerWork& work) {
    const std::vector<LayerHardware> variants = fpga.variants(work);
    if (variants.size() > 1) {
        throw std::logic_error("the reference knows one hardware a layer");
    }
    return variants.empty() ? std::nullopt : std::optional(variants.front());
}

LayerWork narrowed(const Network& network, LayerId layer, std::int64_t channels) {
    LayerWork work{network.layer(layer).op,
                   {network.output(network.layer(layer).inputs.front())},
                   network.output(layer)};
    work.inputs.front().channels = channels;
    work.output.channels = channels;
    return work;
}

LayerWork whole(const Network& network, LayerId layer) {
    LayerWork work{network.layer(layer).op, {}, network.output(layer)};
    for (const LayerId in : network.layer(layer).inputs) {
        work.inputs.push_back(network.output(in));
    }
    return work;
}

/// `part` of `extent` channels, filters or groups of a convolution.
LayerWork cut(LayerWork work, SplitAxis axis, std::int64_t part, std::int64_t extent) {
    auto& conv = std::get<Conv>(work.op);
    switch (axis) {
        case SplitAxis::channels:
            work.inputs.front().channels = part;
            conv.bias = false;
            break;
        case SplitAxis::filters:
            conv.filters = part;
            work.output.channels = part;
            break;
        case SplitAxis::groups:
            work.inputs.front().channels = work.inputs.front().channels * part / extent;
            work.output.channels = work.output.channels * part / extent;
            conv.filters = work.output.channels;
            conv.groups = part;
            break;
    }
    return work;
}

/// Tasks of one device, which it does in this order, one at a time.
enum class Device : std::size_t { gpu, link, fpga };

class Simulation {
public:
    void add(Device device, std::size_t chain, unsigned step, std::int64_t length) {
        if (length > 0) {
            Queue& queue = queues_[static_cast<std::size_t>(device)];
            queue.tasks[queue.count++] = {chain, step, length};
            waiting_[chain] |= 1U << step;
        }
    }

    /// Lets time pass from one end of a task to the next until nothing is left.
    std::int64_t run() {
        std::int64_t now = 0;
        for (;;) {
            std::int64_t next = kNever;
            for (Queue& queue : queues_) {
                if (queue.ends == kNever && queue.next < queue.count && may_start(queue.tasks[queue.next])) {
                    queue.ends = now + queue.tasks[queue.next].length;
                }
                next = std::min(next, queue.ends);
            }
            if (next == kNever) {
                return now;
            }
            now = next;
            for (Queue& queue : queues_) {
                if (queue.ends == now) {
                    const Task& done = queue.tasks[queue.next++];
                    waiting_[done.chain] &= ~(1U << done.step);
                    queue.ends = kNever;
                }
            }
        }
    }

private:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    struct Task {
        std::size_t chain = 0;
        unsigned step = 0;
        std::int64_t length = 0;
    };
    struct Queue {
        std::array<Task, 5> tasks{};
        std::size_t count = 0;
        std::size_t next = 0;
        /// When the task that runs is over.
        std::int64_t ends = kNever;
    };
    /// A task of a chain starts when all earlier steps of its chain are over.
    [[nodiscard]] bool may_start(const Task& task) const {
        return (waiting_[task.chain] & ((1U << task.step) - 1)) == 0;
    }

    std::array<Queue, 3> queues_;
    /// For each chain, the steps that are not over.
    std::array<unsigned, 3> waiting_{};
};

}  // namespace

std::int64_t simulate_stage(const std::vector<const RefGroup*>& groups, std::int64_t gpu_work) {
    std::int64_t best = std::numeric_limits<std::int64_t>::max();
    std::vector<const RefGroup*> order(groups);
    for (int turn = 0; turn < 2; ++turn) {
        Simulation simulation;
        std::int64_t work = gpu_work;
        for (std::size_t i = 0; i < order.size(); ++i) {
            simulation.add(Device::gpu, i, 0, order[i]->before);
            simulation.add(Device::link, i, 1, order[i]->down);
            simulation.add(Device::fpga, i, 2, order[i]->fpga);
            work += order[i]->beside;
        }
        simulation.add(Device::gpu, order.size(), 0, work);
        for (std::size_t i = 0; i < order.size(); ++i) {
            simulation.add(Device::link, i, 3, order[i]->up);
            simulation.add(Device::gpu, i, 4, order[i]->after);
        }
        best = std::min(best, simulation.run());
        std::reverse(order.begin(), order.end());
    }
    return best;
}

ReferenceCosts::ReferenceCosts(const Network& network, const Platform& platform)
    : network_(network), platform_(platform) {
    std::map<LayerId, std::size_t> unit_of;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const LayerId id = layer_id(i);
        const Layer& layer = network.layer(id);
        if (is_input(network, id)) {
            continue;
        }
        const LayerId from = layer.inputs.front();
        const bool light = std::holds_alternative<BatchNorm>(layer.op) ||
                           std::holds_alternative<Activation>(layer.op) ||
                           std::holds_alternative<Dropout>(layer.op);
        if (light && !is_input(network, from) && network.readers(from).size() == 1 &&
            network.layer(from).module == layer.module) {
            unit_of[id] = unit_of.at(from);
            units_[unit_of[id]].layers.push_back(id);
            units_[unit_of[id]].output = id;
            continue;
        }
        RefUnit unit;
        unit.head = unit.output = id;
        unit.layers = {id};
        unit.module = layer.module;
        unit.reads = layer.inputs;
        for (const LayerId in : layer.inputs) {
            unit.sources.push_back(is_input(network, in) ? -1 : static_cast<int>(unit_of.at(in)));
            if (!is_input(network, in)) {
                unit.producers |= bit(unit_of.at(in));
                units_[unit_of.at(in)].readers |= bit(units_.size());
            }
        }
        unit_of[id] = units_.size();
        units_.push_back(unit);
    }
    for (const RefUnit& unit : units_) {
        RefCost sum;
        for (const LayerId layer : unit.layers) {
            const RefCost cost = gpu(platform.gpu.layer(whole(network, layer)));
            sum.time += cost.time;
            sum.energy += cost.energy;
        }
        on_gpu_.push_back(sum);
    }
}

RefCost ReferenceCosts::gpu(const DeviceCost& cost) const {
    RefCost result{round_exact(cost.time).ticks(), round_exact(cost.energy).ticks()};
    if (platform_.energy_scope == EnergyScope::active) {
        result.energy += round_exact(platform_.gpu.idle_power() * cost.time).ticks();
    }
    return result;
}

RefCost ReferenceCosts::gpu_followers(const RefUnit& unit, std::int64_t channels) const {
    RefCost sum;
    for (std::size_t i = 1; i < unit.layers.size(); ++i) {
        const RefCost cost = gpu(platform_.gpu.layer(narrowed(network_, unit.layers[i], channels)));
        sum.time += cost.time;
        sum.energy += cost.energy;
    }
    return sum;
}

/// Batch norms right behind a convolution fold into its weights, and its output stage clamps once; dropout is
/// nothing; the rest is hardware of its own.
std::optional<Resources> ReferenceCosts::fpga_followers(const RefUnit& unit, std::int64_t channels) const {
    const Op& head = network_.layer(unit.head).op;
    const bool multiplies =
        std::holds_alternative<Conv>(head) || std::holds_alternative<FullyConnected>(head);
    Resources sum;
    bool only_batch_norms_so_far = true;
    bool clamped = false;
    for (std::size_t i = 1; i < unit.layers.size(); ++i) {
        const Op& op = network_.layer(unit.layers[i]).op;
        bool free = std::holds_alternative<Dropout>(op);
        if (std::holds_alternative<BatchNorm>(op)) {
            free = multiplies && only_batch_norms_so_far;
        } else {
            only_batch_norms_so_far = false;
        }
        if (const auto* activation = std::get_if<Activation>(&op)) {
            const bool clamp =
                activation->kind == ActivationKind::relu || activation->kind == ActivationKind::relu6;
            free = clamp && multiplies && !clamped;
            clamped = clamped || clamp;
        }
        if (!free) {
            const auto own = only_variant(platform_.fpga, narrowed(network_, unit.layers[i], channels));
            if (!own) {
                return std::nullopt;
            }
            sum += own->resources;
        }
    }
    return sum;
}

std::optional<LayerHardware> ReferenceCosts::hardware(std::size_t i) const {
    auto head = only_variant(platform_.fpga, whole(network_, units_[i].head));
    const auto rest = fpga_followers(units_[i], network_.output(units_[i].head).channels);
    if (!head || !rest) {
        return std::nullopt;
    }
    head->resources += *rest;
    return head;
}

void ReferenceCosts::use_link(RefGroup& group, Direction direction, std::int64_t bytes) const {
    const Bytes size(static_cast<double>(bytes));
    const Seconds time = platform_.link.time(direction, size);
    Joules energy = platform_.link.energy * size;
    if (platform_.energy_scope == EnergyScope::active) {
        energy += platform_.link.idle_power * time;
    }
    std::int64_t& slot = direction == Direction::to_fpga ? group.down : group.up;
    slot += round_exact(time).ticks();
    group.energy += round_exact(energy).ticks();
    group.bytes += bytes;
}

void ReferenceCosts::move_down(RefGroup& group, std::int64_t elements) const {
    const std::int64_t bytes = elements * platform_.fpga.map_bytes();
    use_link(group, Direction::to_fpga, bytes);
    if (platform_.conversion == Conversion::charged) {
        const RefCost cost =
            gpu(platform_.gpu.extra_kernel(platform_.gpu.bytes(elements), Bytes(static_cast<double>(bytes))));
        group.before += cost.time;
        group.energy += cost.energy;
    }
}

void ReferenceCosts::move_up(RefGroup& group, std::int64_t elements, std::int64_t bytes_each,
                             std::int64_t added) const {
    const std::int64_t bytes = elements * bytes_each;
    use_link(group, Direction::to_gpu, bytes);
    if (platform_.conversion == Conversion::charged || added > 0) {
        const RefCost cost = gpu(platform_.gpu.extra_kernel(
            Bytes(static_cast<double>(bytes)) + platform_.gpu.bytes(added), platform_.gpu.bytes(elements)));
        group.after += cost.time;
        group.energy += cost.energy;
    }
}

void ReferenceCosts::use_fpga(RefGroup& group, std::int64_t cycles) const {
    const Seconds time(static_cast<double>(cycles) / platform_.fpga.clock().value());
    Watts power = platform_.fpga.dynamic_power(group.demand);
    if (platform_.energy_scope == EnergyScope::active) {
        power += platform_.fpga.static_power();
    }
    group.fpga = round_exact(time).ticks();
    group.energy += round_exact(power * time).ticks();
}

std::int64_t ReferenceCosts::extent(std::size_t unit, SplitAxis axis) const {
    const auto* conv = std::get_if<Conv>(&network_.layer(units_[unit].head).op);
    if (conv == nullptr || (conv->groups > 1) != (axis == SplitAxis::groups)) {
        return 0;
    }
    if (axis == SplitAxis::groups) {
        return conv->groups;
    }
    return axis == SplitAxis::filters ? conv->filters : network_.input(units_[unit].head).channels;
}

std::optional<RefGroup> ReferenceCosts::split(std::size_t i, SplitAxis axis, std::int64_t share) const {
    const RefUnit& unit = units_[i];
    const std::int64_t all = extent(i, axis);
    const LayerWork layer = whole(network_, unit.head);
    const LayerWork down = cut(layer, axis, share, all);
    const LayerWork kept = cut(layer, axis, all - share, all);
    const auto mapped = only_variant(platform_.fpga, down);
    if (!mapped) {
        return std::nullopt;
    }
    RefGroup group;
    group.units = bit(i);
    group.split = Split{unit.head, axis, share};
    group.demand = mapped->resources;
    const bool adds = axis == SplitAxis::channels;
    if (!adds) {
        const auto followers = fpga_followers(unit, down.output.channels);
        if (!followers) {
            return std::nullopt;
        }
        group.demand += *followers;
    }
    const RefCost own = gpu(platform_.gpu.layer(kept));
    const RefCost behind =
        gpu_followers(unit, adds ? layer.output.channels : layer.output.channels - down.output.channels);
    group.beside = own.time;
    group.energy = own.energy + behind.energy;
    (adds ? group.after : group.beside) += behind.time;
    move_down(group, down.inputs.front().elements());
    use_fpga(group, mapped->interval + mapped->fill_positions + mapped->depth);
    const std::int64_t up = down.output.elements();
    if (adds) {
        const std::int64_t products = down.inputs.front().channels * std::get<Conv>(down.op).window.taps();
        move_up(group, up, platform_.fpga.partial_sum_bytes(products), up);
    } else {
        move_up(group, up, platform_.fpga.map_bytes(), 0);
    }
    return group;
}

std::optional<RefGroup> ReferenceCosts::run(UnitMask units) const {
    RefGroup group;
    group.units = units;
    std::map<std::size_t, LayerHardware> hw;
    std::int64_t interval = 1;
    // For each feature map from outside: the units that read it.
    std::map<LayerId, std::set<std::size_t>> outside;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        if (!has(units, i)) {
            continue;
        }
        const auto own = hardware(i);
        if (!own) {
            return std::nullopt;
        }
        hw[i] = *own;
        interval = std::max(interval, own->interval);
        group.demand += own->resources;
        for (std::size_t r = 0; r < units_[i].reads.size(); ++r) {
            const int source = units_[i].sources[r];
            if (source < 0 || !has(units, static_cast<std::size_t>(source))) {
                outside[units_[i].reads[r]].insert(i);
            }
        }
    }
    for (const auto& [map, readers] : outside) {
        move_down(group, network_.output(map).elements());
    }
    // When each unit's first output leaves, counted from where its frame would begin. Units come in order.
    std::map<std::size_t, std::int64_t> leaves;
    std::int64_t latest = 0;
    for (const auto& [i, own] : hw) {
        // Nothing: a map from outside that only this unit reads is sent when it is needed.
        std::vector<std::optional<std::int64_t>> arrivals;
        for (std::size_t r = 0; r < units_[i].reads.size(); ++r) {
            const int source = units_[i].sources[r];
            if (source >= 0 && has(units, static_cast<std::size_t>(source))) {
                arrivals.emplace_back(leaves.at(static_cast<std::size_t>(source)));
            } else if (outside.at(units_[i].reads[r]).size() > 1) {
                arrivals.emplace_back(0);
            } else {
                arrivals.emplace_back(std::nullopt);
            }
        }
        std::int64_t begin = 0;
        for (const auto& arrival : arrivals) {
            begin = std::max(begin, arrival.value_or(0));
        }
        for (std::size_t r = 0; r < arrivals.size(); ++r) {
            if (arrivals[r] && *arrivals[r] < begin) {
                group.demand +=
                    platform_.fpga.delay_buffer(network_.output(units_[i].reads[r]).channels,
                                                ceil_of((begin - *arrivals[r]) * own.positions, interval));
            }
        }
        leaves[i] = begin + ceil_of(own.fill_positions * interval, own.positions) + own.depth;
        latest = std::max(latest, leaves[i]);
    }
    use_fpga(group, interval + latest);
    for (const auto& [i, own] : hw) {
        if (units_[i].readers == 0 || (units_[i].readers & ~units) != 0) {
            move_up(group, network_.output(units_[i].output).elements(), platform_.fpga.map_bytes(), 0);
        }
    }
    return group;
}

bool ReferenceCosts::connected(UnitMask units) const {
    UnitMask reached = units & (~units + 1);
    for (bool grew = reached != 0; grew;) {
        grew = false;
        for (std::size_t i = 0; i < units_.size(); ++i) {
            if (!has(units, i) || has(reached, i)) {
                continue;
            }
            bool joined = ((units_[i].producers | units_[i].readers) & reached) != 0;
            for (std::size_t j = 0; j < units_.size(); ++j) {
                for (const LayerId map : units_[j].reads) {
                    const auto& mine = units_[i].reads;
                    joined =
                        joined || (has(reached, j) && std::find(mine.begin(), mine.end(), map) != mine.end());
                }
            }
            if (joined) {
                reached |= bit(i);
                grew = true;
            }
        }
    }
    return units != 0 && reached == units;
}

bool ReferenceCosts::fits(const Resources& demand) const {
    const Fpga& fpga = platform_.fpga;
    const Resources& capacity = fpga.capacity();
    const double usable = fpga.implementation().usable_alm_share * static_cast<double>(capacity.alm);
    std::int64_t alm = demand.alm;
    if (const auto* fitted = std::get_if<DhmFitted>(&fpga.implementation().form)) {
        // One line after another leaves its block until the rest have one, those that need least logic first.
        std::int64_t in_short = demand.m20k - demand.m20k_dear;
        std::int64_t in_middle = demand.m20k_dear - demand.m20k_dearest;
        for (std::int64_t over = demand.m20k - capacity.m20k; over > 0; --over) {
            if (in_short > 0) {
                --in_short;
                alm += fitted->short_lines.alm;
            } else if (in_middle > 0) {
                --in_middle;
                alm += fitted->middle_lines.alm;
            } else {
                alm += fitted->long_line_alm;
            }
        }
    } else if (demand.m20k > capacity.m20k) {
        return false;
    }
    return static_cast<double>(alm) <= usable && demand.dsp <= capacity.dsp;
}

std::int64_t ReferenceCosts::standing() const {
    if (platform_.energy_scope == EnergyScope::active) {
        return 0;
    }
    return round_exact(platform_.gpu.idle_power() + platform_.fpga.static_power() + platform_.link.idle_power)
        .ticks();
}

std::int64_t ReferenceCosts::standing_with_fpga_off() const {
    return platform_.energy_scope == EnergyScope::active ? 0
                                                         : round_exact(platform_.gpu.idle_power()).ticks();
}

}  // namespace cleave::testing
