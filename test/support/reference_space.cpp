// SPDX-License-Identifier: Apache-2.0
#include "support/reference_space.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <map>

namespace cleave::testing {
namespace {

std::size_t first_of(UnitMask mask) { return static_cast<std::size_t>(std::countr_zero(mask)); }

bool is_wiring(const Op& op) {
    return std::holds_alternative<Concat>(op) || std::holds_alternative<Slice>(op) ||
           std::holds_alternative<Shuffle>(op) || std::holds_alternative<Flatten>(op) ||
           std::holds_alternative<Dropout>(op);
}

bool is_depthwise_head(const ReferenceCosts& costs, std::size_t unit) {
    const LayerId head = costs.units()[unit].head;
    const auto* conv = std::get_if<Conv>(&costs.network().layer(head).op);
    return conv != nullptr && conv->groups > 1 && conv->groups == costs.network().input(head).channels;
}

bool is_pointwise_head(const ReferenceCosts& costs, std::size_t unit) {
    const auto* conv = std::get_if<Conv>(&costs.network().layer(costs.units()[unit].head).op);
    return conv != nullptr && conv->groups == 1 && conv->window.kernel_h == 1 && conv->window.kernel_w == 1;
}

/// Calls `body` for every subset of `set`, the empty one included.
template <class Body>
void for_subsets(UnitMask set, const Body& body) {
    for (UnitMask subset = set;; subset = (subset - 1) & set) {
        body(subset);
        if (subset == 0) {
            return;
        }
    }
}

}  // namespace

TimesAndEnergies times_and_energies(const std::vector<RefPartition>& front) {
    TimesAndEnergies result;
    for (const RefPartition& p : front) {
        result.emplace_back(p.time, p.energy);
    }
    return result;
}

TimesAndEnergies times_and_energies(const std::vector<FrontPoint>& front) {
    TimesAndEnergies result;
    for (const FrontPoint& p : front) {
        result.emplace_back(p.score.latency.ticks(), p.score.energy.ticks());
    }
    return result;
}

double times_as_much(const TimesAndEnergies& front, const TimesAndEnergies& points) {
    const auto times = [](std::int64_t a, std::int64_t b) {
        return static_cast<double>(a) / static_cast<double>(b);
    };
    double most = 1;
    for (const auto& [time, energy] : points) {
        double nearest = std::numeric_limits<double>::infinity();
        for (const auto& other : front) {
            nearest = std::min(nearest, std::max(times(other.first, time), times(other.second, energy)));
        }
        most = std::max(most, nearest);
    }
    return most;
}

ReferenceSpace::ReferenceSpace(const ReferenceCosts& costs, const DesignSpace& space, Tried tried)
    : costs_(costs), space_(space), all_groups_(costs.units().size()), groups_(costs.units().size()) {
    const std::size_t count = costs.units().size();
    for (UnitMask set = 0; set <= costs.all(); ++set) {
        bool closed = true;
        std::int64_t time = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if ((set & bit(i)) != 0) {
                closed = closed && (costs.units()[i].producers & ~set) == 0;
                time += costs.on_gpu(i).time;
            }
        }
        closed_.push_back(closed);
        gpu_time_.push_back(time);
        if (set != 0 && is_allowed_run(set)) {
            add(costs.runs(set, tried == Tried::useful));
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        choices_ = choices_ || costs.variants(i).size() > 1;
    }
    for (std::size_t i = 0; i < count && space.strategies.contains(Strategy::gconv); ++i) {
        for (const SplitAxis axis : space.axes) {
            for (std::int64_t share = 1; share < costs.extent(i, axis); ++share) {
                if (share % space.share_step != 0) {
                    continue;
                }
                add(costs.split(i, axis, share));
            }
        }
    }
}

void ReferenceSpace::add(const std::vector<RefGroup>& same_but_hardware) {
    if (same_but_hardware.empty()) {
        return;
    }
    const std::size_t first = first_of(same_but_hardware.front().units);
    std::vector<RefGroup>& all = all_groups_[first];
    all.insert(all.end(), same_but_hardware.begin(), same_but_hardware.end());
    const auto key = [](const RefGroup& g) {
        const Resources& d = g.demand;
        return std::tuple(g.fpga, g.energy, d.alm, d.dsp, d.m20k, d.m20k_dear, d.m20k_dearest);
    };
    std::vector<const RefGroup*> order;
    for (const RefGroup& group : same_but_hardware) {
        order.push_back(&group);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](const RefGroup* a, const RefGroup* b) { return key(*a) < key(*b); });
    const std::size_t before = groups_[first].size();
    for (const RefGroup* one : order) {
        const RefGroup& group = *one;
        const auto as_good = [&](const RefGroup& other) {
            return other.energy <= group.energy && other.demand.within(group.demand);
        };
        if (std::none_of(groups_[first].begin() + static_cast<std::ptrdiff_t>(before), groups_[first].end(),
                         as_good)) {
            groups_[first].push_back(group);
        }
    }
}

bool ReferenceSpace::is_allowed_run(UnitMask units) const {
    if (!costs_.connected(units)) {
        return false;
    }
    bool all_wiring = true;
    for (std::size_t i = 0; i < costs_.units().size(); ++i) {
        const RefUnit& unit = costs_.units()[i];
        if ((units & bit(i)) != 0) {
            all_wiring = all_wiring && is_wiring(costs_.network().layer(unit.head).op);
            if (costs_.platform().resource_scope == ResourceScope::module &&
                unit.module != costs_.units()[first_of(units)].module) {
                return false;
            }
        }
    }
    const int size = std::popcount(units);
    if (all_wiring || (space_.longest_run && size > *space_.longest_run)) {
        return false;
    }
    if (space_.strategies.contains(Strategy::fused) ||
        (space_.strategies.contains(Strategy::fpga) && units == costs_.all())) {
        return true;
    }
    if (!space_.strategies.contains(Strategy::dwconv) || size != 1) {
        return false;
    }
    const std::size_t only = first_of(units);
    if (is_depthwise_head(costs_, only)) {
        return true;
    }
    const UnitMask around = costs_.units()[only].producers | costs_.units()[only].readers;
    bool beside_depthwise = false;
    for (std::size_t i = 0; i < costs_.units().size(); ++i) {
        beside_depthwise = beside_depthwise || ((around & bit(i)) != 0 && is_depthwise_head(costs_, i));
    }
    return beside_depthwise && is_pointwise_head(costs_, only);
}

std::optional<std::int64_t> ReferenceSpace::shortest(const std::vector<const RefGroup*>& groups) const {
    constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    UnitMask on_gpu = costs_.all();
    for (const RefGroup* group : groups) {
        on_gpu &= ~group->units;
    }
    std::vector<std::int64_t> least(costs_.all() + 1, kNever);
    least[0] = 0;
    const auto offer = [&](UnitMask from, UnitMask added, std::int64_t time) {
        least[from | added] = std::min(least[from | added], least[from] + time);
    };
    // Sets grow from stage to stage, and a superset is the larger number.
    for (UnitMask done = 0; done < costs_.all(); ++done) {
        if (least[done] == kNever) {
            continue;
        }
        std::vector<const RefGroup*> next;
        std::copy_if(groups.begin(), groups.end(), std::back_inserter(next),
                     [&](const RefGroup* g) { return (g->units & done) == 0 && closed(done | g->units); });
        for_subsets(on_gpu & ~done, [&](UnitMask beside) {
            if (!closed(done | beside)) {
                return;
            }
            const std::int64_t work = gpu_time_[beside];
            if (beside != 0) {
                offer(done, beside, work);
            }
            for (std::size_t i = 0; i < next.size(); ++i) {
                offer(done, beside | next[i]->units, simulate_stage({next[i]}, work));
                // Where foldings are to choose from, one group at a time.
                for (std::size_t j = i + 1; j < next.size() && !choices_; ++j) {
                    offer(done, beside | next[i]->units | next[j]->units,
                          simulate_stage({next[i], next[j]}, work));
                }
            }
        });
    }
    return least.back() == kNever ? std::nullopt : std::optional(least.back());
}

bool ReferenceSpace::is_feasible(const std::vector<const RefGroup*>& groups) const {
    std::map<ModuleId, Resources> demand;
    for (const RefGroup* group : groups) {
        const bool by_module = costs_.platform().resource_scope == ResourceScope::module;
        demand[by_module ? costs_.units()[first_of(group->units)].module : ModuleId{}] += group->demand;
    }
    return std::all_of(demand.begin(), demand.end(), [&](const auto& d) { return costs_.fits(d.second); });
}

RefPartition ReferenceSpace::finish(const std::vector<const RefGroup*>& groups, std::int64_t time) const {
    RefPartition result;
    result.time = time;
    result.decisions.resize(costs_.units().size());
    UnitMask on_gpu = costs_.all();
    for (const RefGroup* group : groups) {
        on_gpu &= ~group->units;
        result.energy += group->energy;
        result.demand += group->demand;
        result.bytes += group->bytes;
        std::size_t number = 0;
        for (std::size_t i = 0; i < costs_.units().size() && choices_; ++i) {
            if ((group->units & bit(i)) != 0) {
                result.mapping.hardware.push_back({costs_.units()[i].head, group->hardware[number++]});
            }
        }
        if (group->split) {
            result.mapping.splits.push_back(*group->split);
            result.decisions[first_of(group->units)] = {1, static_cast<std::int64_t>(group->split->axis),
                                                        group->split->fpga_share};
            continue;
        }
        FpgaRun run;
        for (std::size_t i = 0; i < costs_.units().size(); ++i) {
            if ((group->units & bit(i)) != 0) {
                run.push_back(costs_.units()[i].head);
                result.decisions[i] = {2, static_cast<std::int64_t>(first_of(group->units)), 0};
            }
        }
        result.mapping.runs.push_back(run);
    }
    std::sort(result.mapping.runs.begin(), result.mapping.runs.end());
    std::sort(result.mapping.splits.begin(), result.mapping.splits.end());
    std::sort(result.mapping.hardware.begin(), result.mapping.hardware.end());
    for (std::size_t i = 0; i < costs_.units().size(); ++i) {
        result.energy += (on_gpu & bit(i)) != 0 ? costs_.on_gpu(i).energy : 0;
    }
    const bool off = groups.empty() && costs_.platform().unused_fpga == UnusedFpga::off;
    result.energy += (off ? costs_.standing_with_fpga_off() : costs_.standing()) * time;
    result.feasible = is_feasible(groups);
    return result;
}

std::optional<std::vector<RefPartition>> ReferenceSpace::partitions(std::size_t most) const {
    std::vector<std::vector<const RefGroup*>> mappings;
    std::vector<const RefGroup*> chosen;
    const std::function<bool(UnitMask)> place = [&](UnitMask placed) {
        if (placed == costs_.all()) {
            mappings.push_back(chosen);
            return mappings.size() <= most;
        }
        const std::size_t unit = first_of(~placed);
        if (!place(placed | bit(unit))) {
            return false;
        }
        for (const RefGroup& group : groups_[unit]) {
            if ((group.units & placed) != 0) {
                continue;
            }
            chosen.push_back(&group);
            const bool go_on = place(placed | group.units);
            chosen.pop_back();
            if (!go_on) {
                return false;
            }
        }
        return true;
    };
    if (!place(0)) {
        return std::nullopt;
    }
    std::vector<RefPartition> result;
    for (const auto& groups : mappings) {
        if (const auto time = shortest(groups)) {
            result.push_back(finish(groups, *time));
        }
    }
    return result;
}

std::optional<RefPartition> ReferenceSpace::any_partition(Random& random) const {
    std::vector<const RefGroup*> chosen;
    for (UnitMask placed = 0; placed != costs_.all();) {
        const std::size_t unit = first_of(~placed);
        const std::vector<RefGroup>& groups = all_groups_[unit];
        placed |= bit(unit);
        if (groups.empty() || random.chance(25)) {
            continue;
        }
        const auto number = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(groups.size())));
        if ((groups[number].units & placed) == bit(unit)) {
            chosen.push_back(&groups[number]);
            placed |= groups[number].units;
        }
    }
    const auto time = shortest(chosen);
    return time ? std::optional(finish(chosen, *time)) : std::nullopt;
}

std::uint64_t ReferenceSpace::count_schedules() const {
    std::vector<std::uint64_t> ways(costs_.all() + 1, 0);
    ways[0] = 1;
    for (UnitMask done = 0; done < costs_.all(); ++done) {
        if (ways[done] == 0) {
            continue;
        }
        std::vector<const RefGroup*> next;
        for (const auto& groups : groups_) {
            for (const RefGroup& group : groups) {
                if ((group.units & done) == 0 && closed(done | group.units) && costs_.fits(group.demand)) {
                    next.push_back(&group);
                }
            }
        }
        for_subsets(costs_.all() & ~done, [&](UnitMask beside) {
            if (!closed(done | beside)) {
                return;
            }
            if (std::popcount(beside) == 1) {
                ways[done | beside] += ways[done];
            }
            for (std::size_t i = 0; i < next.size(); ++i) {
                const UnitMask first = next[i]->units | beside;
                if ((next[i]->units & beside) != 0) {
                    continue;
                }
                ways[done | first] += ways[done];
                for (std::size_t j = i + 1; j < next.size(); ++j) {
                    if ((next[j]->units & first) == 0 && costs_.fits(next[i]->demand + next[j]->demand)) {
                        ways[done | first | next[j]->units] += ways[done];
                    }
                }
            }
        });
    }
    return ways.back();
}

std::vector<RefPartition> reference_front(const std::vector<RefPartition>& partitions,
                                          const std::vector<CapacityLimit>& limits) {
    std::vector<std::pair<std::vector<std::int64_t>, const RefPartition*>> order;
    for (const RefPartition& p : partitions) {
        if (p.feasible) {
            std::vector<std::int64_t> key{p.time, p.energy};
            for (const CapacityLimit& limit : limits) {
                key.push_back(limit.use(p.demand));
            }
            order.emplace_back(std::move(key), &p);
        }
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second->decisions) < std::tie(b.first, b.second->decisions);
    });
    std::vector<RefPartition> front;
    for (const auto& [key, partition] : order) {
        if (front.empty() || partition->energy < front.back().energy) {
            front.push_back(*partition);
        }
    }
    return front;
}

}  // namespace cleave::testing
