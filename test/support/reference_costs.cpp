// SPDX-License-Identifier: Apache-2.0
#include "support/reference_costs.hpp"

#include "cleave/units/exact.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace cleave::testing {
namespace {

bool has(UnitMask mask, std::size_t i) { return (mask & bit(i)) != 0; }

bool gives_out(const Network& network, LayerId layer) {
    const std::vector<LayerId>& results = network.results();
    return std::find(results.begin(), results.end(), layer) != results.end();
}

bool is_input(const Network& network, LayerId layer) {
    return std::holds_alternative<Input>(network.layer(layer).op);
}

/// amount * numerator / denominator, rounded up.
std::int64_t share_of(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(amount) * static_cast<double>(numerator) /
                                               static_cast<double>(denominator)));
}

std::int64_t in_nanoseconds(std::int64_t cycles, Hertz clock) {
    return round_exact(Seconds(static_cast<double>(cycles) / clock.value())).ticks();
}

/// The most that take no longer than the pace.
std::int64_t cycles_within_pace(std::int64_t pace, Hertz clock) {
    auto cycles = static_cast<std::int64_t>(static_cast<double>(pace + 1) * 1e-9 * clock.value()) + 1;
    while (cycles > 1 && in_nanoseconds(cycles, clock) > pace) {
        --cycles;
    }
    return cycles;
}

bool as_good(const LayerHardware& a, const LayerHardware& b) {
    const Resources& x = a.resources;
    const Resources& y = b.resources;
    return a.choice.implementation == b.choice.implementation && a.interval <= b.interval &&
           a.fill_positions <= b.fill_positions && a.depth <= b.depth && x.alm <= y.alm && x.dsp <= y.dsp &&
           x.m20k <= y.m20k && x.m20k_dear <= y.m20k_dear && x.m20k_dearest <= y.m20k_dearest;
}

/// Of several that are as good as each other, the first.
std::vector<LayerHardware> without_beaten(const std::vector<LayerHardware>& all) {
    std::vector<LayerHardware> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool beaten = false;
        for (std::size_t j = 0; j < all.size(); ++j) {
            beaten = beaten || (i != j && as_good(all[j], all[i]) && (j < i || !as_good(all[i], all[j])));
        }
        if (!beaten) {
            kept.push_back(all[i]);
        }
    }
    return kept;
}

/// The layer with all its inputs and its output cut or kept to `channels` channels.
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
            // All groups of a platform are streamed or none is: the link is busy when the FPGA is.
            simulation.add(Device::link, i, 1, order[i]->streamed ? 0 : order[i]->down);
            simulation.add(Device::fpga, i, 2, order[i]->fpga);
            work += order[i]->beside;
        }
        simulation.add(Device::gpu, order.size(), 0, work);
        for (std::size_t i = 0; i < order.size(); ++i) {
            simulation.add(Device::link, i, 3, order[i]->streamed ? 0 : order[i]->up);
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
            !gives_out(network, from) && network.layer(from).module == layer.module) {
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
    for (RefUnit& unit : units_) {
        unit.is_result = gives_out(network, unit.output);
        RefCost sum;
        for (const LayerId layer : unit.layers) {
            const RefCost cost = gpu(platform.gpu.layer(whole(network, layer)));
            sum.time += cost.time;
            sum.energy += cost.energy;
        }
        on_gpu_.push_back(sum);
        variants_.push_back(with_followers(platform.fpga.variants(whole(network, unit.head)), unit,
                                           network.output(unit.head).channels));
        useful_.push_back(without_beaten(variants_.back()));
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
/// nothing; the rest is hardware of its own: what keeps the head's pace, or comes closest, with least logic.
std::vector<LayerHardware> ReferenceCosts::with_followers(const std::vector<LayerHardware>& heads,
                                                          const RefUnit& unit, std::int64_t channels) const {
    const Op& head = network_.layer(unit.head).op;
    const bool multiplies =
        std::holds_alternative<Conv>(head) || std::holds_alternative<FullyConnected>(head);
    std::vector<LayerHardware> all = heads;
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
        if (free) {
            continue;
        }
        std::vector<LayerHardware> longer;
        for (const LayerHardware& one : all) {
            std::vector<LayerHardware> fitting =
                platform_.fpga.variants(narrowed(network_, unit.layers[i], channels));
            std::erase_if(fitting, [&](const LayerHardware& f) {
                return f.choice.implementation != one.choice.implementation;
            });
            const auto key = [&](const LayerHardware& f) {
                return std::tuple(std::max(f.interval, one.interval), f.resources.alm, f.resources.m20k,
                                  f.resources.dsp, f.resources.m20k_dear, f.resources.m20k_dearest);
            };
            const auto best = std::min_element(fitting.begin(), fitting.end(),
                                               [&](const auto& a, const auto& b) { return key(a) < key(b); });
            if (best != fitting.end()) {
                longer.push_back(one);
                longer.back().resources += best->resources;
                longer.back().interval = std::max(one.interval, best->interval);
                longer.back().depth = one.depth + best->depth;
                longer.back().fill_positions +=
                    (best->fill_positions * one.positions + best->positions - 1) / best->positions;
            }
        }
        all = std::move(longer);
    }
    return all;
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

/// What a unit adds at a pace and clock: `chosen`, and the range of what else it could be and still keep
/// both.
ReferenceCosts::Start ReferenceCosts::own_start(std::size_t unit, const LayerHardware& chosen,
                                                std::int64_t pace, Hertz clock) const {
    const auto own = [&](const LayerHardware& hw) {
        return share_of(hw.fill_positions, pace, hw.positions) + in_nanoseconds(hw.depth, clock);
    };
    Start start{own(chosen), own(chosen), own(chosen)};
    for (const LayerHardware& hw : useful_[unit]) {
        if (platform_.fpga.clock_of(hw.choice.implementation) >= clock &&
            in_nanoseconds(hw.interval, clock) <= pace) {
            start.least = std::min(start.least, own(hw));
            start.most = std::max(start.most, own(hw));
        }
    }
    return start;
}

namespace {

/// Which of several starts is certain to be the last, if one is.
template <class Start>
std::optional<std::size_t> certain_last(const std::vector<Start>& starts) {
    for (std::size_t i = 0; i < starts.size(); ++i) {
        bool last = true;
        for (std::size_t j = 0; j < starts.size(); ++j) {
            last = last && (i == j || starts[i].least >= starts[j].most);
        }
        if (last) {
            return i;
        }
    }
    return std::nullopt;
}

/// When all have started: with the one that is certain to be the last, or else as late as any could.
template <class Start>
Start join(const std::vector<Start>& starts) {
    if (const auto last = certain_last(starts)) {
        return starts[*last];
    }
    Start latest;
    for (const Start& start : starts) {
        latest.most = std::max(latest.most, start.most);
    }
    return {latest.most, latest.most, latest.most};
}

}  // namespace

void ReferenceCosts::use_fpga(RefGroup& group, const Shape& shape,
                              const std::vector<const LayerHardware*>& chosen) const {
    const Fpga& fpga = platform_.fpga;
    Hertz clock = fpga.clock_of(chosen.front()->choice.implementation);
    for (const LayerHardware* hw : chosen) {
        clock = std::min(clock, fpga.clock_of(hw->choice.implementation));
        group.hardware.push_back(hw->choice);
    }
    std::int64_t pace = 1;
    for (const LayerHardware* hw : chosen) {
        pace = std::max(pace, in_nanoseconds(hw->interval, clock));
    }
    group.streamed = platform_.hand_over == HandOver::streamed;
    if (group.streamed) {
        pace = std::max({pace, group.down, group.up});
    }

    const std::size_t count = shape.units.size();
    std::vector<Resources> demands;
    std::vector<Start> starts;
    std::vector<Start> ends;
    std::int64_t until_cut = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const RefUnit& unit = units_[shape.units[i]];
        std::vector<Start> arrivals;
        std::vector<LayerId> maps;
        for (std::size_t r = 0; r < unit.reads.size(); ++r) {
            const auto made =
                std::find(shape.units.begin(), shape.units.end(), static_cast<std::size_t>(unit.sources[r]));
            const auto from_outside = shape.outside.find(unit.reads[r]);
            if (from_outside == shape.outside.end()) {
                arrivals.push_back(starts[static_cast<std::size_t>(made - shape.units.begin())]);
                maps.push_back(unit.reads[r]);
            } else if (from_outside->second.size() > 1) {
                arrivals.push_back({});
                maps.push_back(unit.reads[r]);
            }
            // A map from outside that only this unit reads is sent when it is needed.
        }
        const Start arrival = join(arrivals);
        const auto last = certain_last(arrivals);
        Resources demand = chosen[i]->resources;
        for (std::size_t m = 0; m < maps.size(); ++m) {
            const std::int64_t wait = arrival.most - arrivals[m].least;
            if (wait > 0 && !(last && maps[m] == maps[*last])) {
                const cleave::Shape& map = network_.output(maps[m]);
                demand += fpga.delay_buffer(chosen[i]->choice.implementation,
                                            {.channels = map.channels,
                                             .positions = share_of(wait, chosen[i]->positions, pace),
                                             .frame_positions = map.positions(),
                                             .clocks = cycles_within_pace(pace, clock)});
            }
        }
        demands.push_back(demand);
        group.demand += demand;
        const Start own = own_start(shape.units[i], *chosen[i], pace, clock);
        starts.push_back({arrival.least + own.least, arrival.most + own.most, arrival.actual + own.actual});
        if ((unit.readers & group.units) == 0) {
            ends.push_back(starts.back());
        }
        if (shape.cut[i]) {
            until_cut += starts.back().actual;
            starts.back() = {};
        }
    }
    group.fpga = pace + until_cut + join(ends).actual;
    // The host waits and starts transfers, for which it runs an operation of the framework, and waits again.
    const Gpu& gpu = platform_.gpu;
    const double slower =
        gpu.model().power_modes[gpu.model().reference_mode].cpu_clock / gpu.mode().cpu_clock;
    group.before += round_exact(platform_.link.to_fpga.sync + gpu.profile().host_overhead * slower).ticks();
    group.after += round_exact(platform_.link.to_gpu.sync).ticks();

    Watts while_it_works = fpga.base_power(clock);
    if (platform_.energy_scope == EnergyScope::active) {
        while_it_works += fpga.static_power();
    }
    group.energy += round_exact(while_it_works).ticks() * group.fpga;
    const auto over_the_pace = [&](std::size_t implementation, const Resources& demand) {
        return round_exact(fpga.work_power(implementation, demand, clock) * to_si(Nanoseconds(pace))).ticks();
    };
    if (!fpga.adds_up()) {
        group.energy += over_the_pace(chosen.front()->choice.implementation, group.demand);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        group.energy += over_the_pace(chosen[i]->choice.implementation, demands[i]);
    }
}

bool ReferenceCosts::leaves(std::size_t unit, UnitMask units) const {
    return units_[unit].is_result || (units_[unit].readers & ~units) != 0;
}

ReferenceCosts::Shape ReferenceCosts::shape_of(UnitMask units) const {
    Shape shape;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        if (!has(units, i)) {
            continue;
        }
        shape.units.push_back(i);
        for (std::size_t r = 0; r < units_[i].reads.size(); ++r) {
            const int source = units_[i].sources[r];
            if (source < 0 || !has(units, static_cast<std::size_t>(source))) {
                shape.outside[units_[i].reads[r]].insert(i);
            }
        }
    }
    // A cut: all that comes later reads nothing older than this unit's output, and so does the end.
    for (const std::size_t i : shape.units) {
        bool cut = true;
        for (const std::size_t other : shape.units) {
            if (other <= i) {
                cut = cut && (units_[other].readers & units) != 0;
                continue;
            }
            bool made_here = false;
            for (std::size_t r = 0; r < units_[other].reads.size(); ++r) {
                const auto from_outside = shape.outside.find(units_[other].reads[r]);
                made_here = made_here || from_outside == shape.outside.end();
                cut = cut &&
                      (from_outside == shape.outside.end() ? units_[other].sources[r] >= static_cast<int>(i)
                                                           : from_outside->second.size() == 1);
            }
            // What reads nothing of the run starts beside this unit, not behind it.
            cut = cut && made_here;
        }
        shape.cut.push_back(cut);
    }
    return shape;
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

std::vector<RefGroup> ReferenceCosts::split(std::size_t i, SplitAxis axis, std::int64_t share) const {
    const RefUnit& unit = units_[i];
    const std::int64_t all = extent(i, axis);
    const LayerWork layer = whole(network_, unit.head);
    const LayerWork down = cut(layer, axis, share, all);
    const LayerWork kept = cut(layer, axis, all - share, all);
    const bool adds = axis == SplitAxis::channels;
    std::vector<LayerHardware> mapped = platform_.fpga.variants(down);
    if (!adds) {
        mapped = with_followers(mapped, unit, down.output.channels);
    }
    RefGroup group;
    group.units = bit(i);
    group.split = Split{unit.head, axis, share};
    const RefCost own = gpu(platform_.gpu.layer(kept));
    const RefCost behind =
        gpu_followers(unit, adds ? layer.output.channels : layer.output.channels - down.output.channels);
    group.beside = own.time;
    group.energy = own.energy + behind.energy;
    (adds ? group.after : group.beside) += behind.time;
    move_down(group, down.inputs.front().elements());
    const std::int64_t up = down.output.elements();
    if (adds) {
        const std::int64_t products = down.inputs.front().channels * std::get<Conv>(down.op).window.taps();
        move_up(group, up, platform_.fpga.partial_sum_bytes(products), up);
    } else {
        move_up(group, up, platform_.fpga.map_bytes(), 0);
    }
    std::vector<RefGroup> groups;
    for (const LayerHardware& hw : mapped) {
        groups.push_back(group);
        use_fpga(groups.back(), shape_of(group.units), {&hw});
    }
    return groups;
}

std::vector<RefGroup> ReferenceCosts::runs(UnitMask units, bool useful_only) const {
    RefGroup group;
    group.units = units;
    const Shape shape = shape_of(units);
    for (const auto& [map, readers] : shape.outside) {
        move_down(group, network_.output(map).elements());
    }
    for (const std::size_t i : shape.units) {
        if (leaves(i, units)) {
            move_up(group, network_.output(units_[i].output).elements(), platform_.fpga.map_bytes(), 0);
        }
    }
    // All combinations, one unit after the other.
    std::vector<std::vector<const LayerHardware*>> combinations{{}};
    for (const std::size_t i : shape.units) {
        std::vector<std::vector<const LayerHardware*>> longer;
        for (const auto& combination : combinations) {
            for (const LayerHardware& hw : useful_only ? useful_[i] : variants_[i]) {
                longer.push_back(combination);
                longer.back().push_back(&hw);
            }
        }
        combinations = std::move(longer);
    }
    std::vector<RefGroup> groups;
    for (const auto& combination : combinations) {
        groups.push_back(group);
        use_fpga(groups.back(), shape, combination);
    }
    return groups;
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
    double share = 1;
    for (const ClockedImplementation& one : fpga.implementations()) {
        share = std::min(share, fpga.implementation(one.number).usable_alm_share);
    }
    const double usable = share * static_cast<double>(capacity.alm);
    const Implementation& first = fpga.implementation(fpga.implementations().front().number);
    std::int64_t alm = demand.alm;
    if (const auto* fitted = std::get_if<DhmFitted>(&first.form)) {
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
