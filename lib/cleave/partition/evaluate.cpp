// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/evaluate.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

struct Step {
    Stage stage;
    StateId from{};
};

struct Reached {
    bool yes = false;
    Nanoseconds time;
    Step step;
};

/// Shortest schedule of a fixed mapping, over the states of its units.
class Scheduler {
public:
    Scheduler(const Costing& costing, const StateSpace& states, const Mapping& mapping)
        : costing_(costing), states_(states), placement_(costing.graph(), mapping), reached_(states.size()) {
        const UnitGraph& graph = costing.graph();
        groups_ = groups_of(graph, mapping);
        for (const StageGroup& group : groups_) {
            costs_.push_back(costing.group(group));
        }
    }

    void run() {
        reached_[index(states_.start())].yes = true;
        for (std::size_t i = 0; i + 1 < states_.size(); ++i) {
            if (reached_[i].yes) {
                expand(state_id(i));
            }
        }
    }

    [[nodiscard]] std::vector<Stage> steps() const {
        std::vector<Stage> result;
        for (StateId at = states_.end(); at != states_.start(); at = reached_[index(at)].step.from) {
            result.push_back(reached_[index(at)].step.stage);
        }
        std::reverse(result.begin(), result.end());
        return result;
    }

private:
    using UnitSets = std::vector<std::vector<UnitId>>;

    void expand(StateId from) {
        std::vector<std::size_t> possible;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            if (states_.after_all(from, groups_[g].units)) {
                possible.push_back(g);
            }
        }
        for (const UnitId unit : states_.ready(from)) {
            if (placement_.kind(unit) == Decision::Kind::gpu) {
                offer(from, {}, {unit});
            }
        }
        const UnitSets beside = gpu_sets(from);
        for (std::size_t i = 0; i < possible.size(); ++i) {
            for (const auto& units : beside) {
                offer(from, {possible[i]}, units);
                for (std::size_t j = i + 1; j < possible.size() && costing_.may_pair(); ++j) {
                    offer(from, {possible[i], possible[j]}, units);
                }
            }
        }
    }

    /// All sets of GPU units that can come next in the region, the empty one first.
    [[nodiscard]] UnitSets gpu_sets(StateId from) const {
        UnitSets sets{{}};
        std::set<StateId> seen{from};
        for (std::size_t next = 0; next < sets.size(); ++next) {
            const StateId at = *states_.after_all(from, sets[next]);
            if (states_.region(at) != states_.region(from)) {
                continue;
            }
            for (const UnitId unit : states_.ready(at)) {
                if (placement_.kind(unit) == Decision::Kind::gpu &&
                    seen.insert(states_.after(at, unit)).second) {
                    std::vector<UnitId> units = sets[next];
                    units.push_back(unit);
                    std::sort(units.begin(), units.end());
                    sets.push_back(std::move(units));
                }
            }
        }
        return sets;
    }

    void offer(StateId from, const std::vector<std::size_t>& groups, const std::vector<UnitId>& gpu_units) {
        std::vector<UnitId> all = gpu_units;
        bool alone_inside = true;
        const std::size_t pieces = groups.size() + (gpu_units.empty() ? 0 : 1);
        for (const std::size_t g : groups) {
            all.insert(all.end(), groups_[g].units.begin(), groups_[g].units.end());
            const Region& region = states_.regions()[states_.region(from)];
            alone_inside = alone_inside && index(groups_[g].units.back()) < region.first + region.count;
        }
        // What runs beside something else must not reach beyond the region.
        if (pieces > 1 && !alone_inside) {
            return;
        }
        const auto to = states_.after_all(from, all);
        if (!to) {
            return;
        }
        const GroupCost* first = groups.empty() ? nullptr : &costs_[groups[0]];
        const GroupCost* second = groups.size() < 2 ? nullptr : &costs_[groups[1]];
        const Nanoseconds time =
            reached_[index(from)].time + stage_time(first, second, costing_.on_gpu(gpu_units).time);
        Reached& target = reached_[index(*to)];
        if (!target.yes || time < target.time) {
            Stage stage;
            for (const std::size_t g : groups) {
                stage.groups.push_back(groups_[g]);
            }
            stage.gpu_units = gpu_units;
            target = {true, time, {std::move(stage), from}};
        }
    }

    const Costing& costing_;
    const StateSpace& states_;
    Placement placement_;
    std::vector<StageGroup> groups_;
    std::vector<GroupCost> costs_;
    std::vector<Reached> reached_;
};

std::int64_t macs_of(const UnitGraph& graph, UnitId unit) {
    std::int64_t macs = 0;
    for (const LayerId layer : graph.unit(unit).layers) {
        macs += graph.network().totals(layer).macs;
    }
    return macs;
}

/// Shares a stage out to the modules it belongs to. Only a run can span modules: what goes down belongs to
/// its first one, what comes up to its last, FPGA time is divided by multiply-accumulates, and energy in
/// proportion to time.
void share_out(const UnitGraph& graph, const ScoredStage& scored, std::vector<ModuleScore>& modules) {
    std::vector<UnitId> units = scored.stage.gpu_units;
    for (const StageGroup& group : scored.stage.groups) {
        units.insert(units.end(), group.units.begin(), group.units.end());
    }
    std::sort(units.begin(), units.end());
    const std::size_t first = index(graph.unit(units.front()).module);
    const std::size_t last = index(graph.unit(units.back()).module);
    if (first == last) {
        modules[first].time += scored.time;
        modules[first].energy += scored.energy;
        return;
    }
    const GroupCost& run = scored.groups.front();
    std::vector<std::int64_t> weight(modules.size(), 0);
    std::int64_t whole = 0;
    for (const UnitId unit : units) {
        // One more than the work, so that modules of wires and pools alone get a share too.
        const std::int64_t macs = macs_of(graph, unit) + 1;
        weight[index(graph.unit(unit).module)] += macs;
        whole += macs;
    }
    const auto part = [](std::int64_t amount, std::int64_t of, std::int64_t total) {
        return static_cast<std::int64_t>(static_cast<long double>(amount) * static_cast<long double>(of) /
                                         static_cast<long double>(std::max<std::int64_t>(total, 1)));
    };
    Nanoseconds time_left = scored.time;
    Picojoules energy_left = scored.energy;
    for (std::size_t m = first; m <= last; ++m) {
        Nanoseconds time(part(run.fpga.ticks(), weight[m], whole));
        if (m == first) {
            time += run.gpu_before + run.to_fpga;
        }
        // The last module takes what rounding leaves, so that sums are exact.
        time = m == last ? time_left : std::min(time, time_left);
        const Picojoules energy =
            m == last ? energy_left
                      : Picojoules(part(scored.energy.ticks(), time.ticks(), scored.time.ticks()));
        modules[m].time += time;
        modules[m].energy += energy;
        time_left = time_left - time;
        energy_left = energy_left - energy;
    }
}

std::size_t index_in(const std::vector<UnitId>& units, UnitId unit) {
    return static_cast<std::size_t>(std::find(units.begin(), units.end(), unit) - units.begin());
}

/// The layer with the largest demand for a resource, by its use of the limit of that name.
LayerId largest_layer(const Costing& costing, const Score& score, const FpgaRefusal& refusal,
                      std::optional<ModuleId> module) {
    const UnitGraph& graph = costing.graph();
    LayerId worst{};
    std::int64_t most = -1;
    for (const ScoredStage& scored : score.stages) {
        for (std::size_t g = 0; g < scored.groups.size(); ++g) {
            for (const UnitId unit : scored.stage.groups[g].units) {
                if (module && graph.unit(unit).module != *module) {
                    continue;
                }
                const StageGroup& group = scored.stage.groups[g];
                const Resources demand =
                    group.axis ? scored.groups[g].demand
                               : costing.hardware_of(group).value()[index_in(group.units, unit)].resources;
                for (const CapacityLimit& limit : costing.platform().fpga.limits()) {
                    if (limit.resource == refusal.resource && limit.limit == refusal.available &&
                        limit.use(demand) > most) {
                        most = limit.use(demand);
                        worst = graph.unit(unit).head;
                    }
                }
            }
        }
    }
    return worst;
}

void sum_resources(const Costing& costing, Score& score) {
    for (const ScoredStage& scored : score.stages) {
        for (std::size_t g = 0; g < scored.groups.size(); ++g) {
            const ModuleId module = costing.graph().unit(scored.stage.groups[g].units.front()).module;
            score.modules[index(module)].demand += scored.groups[g].demand;
            score.demand += scored.groups[g].demand;
        }
    }
    const auto note = [&](const Resources& demand, std::optional<ModuleId> module) {
        const auto refusal = costing.refusal(demand);
        if (refusal && !score.infeasible) {
            score.infeasible =
                Infeasibility{*refusal, largest_layer(costing, score, *refusal, module), module};
        }
    };
    if (costing.platform().resource_scope == ResourceScope::network) {
        note(score.demand, std::nullopt);
        return;
    }
    score.demand = {};
    for (std::size_t m = 0; m < score.modules.size(); ++m) {
        const Resources& demand = score.modules[m].demand;
        note(demand, module_id(m));
        if (costing.platform().fpga.occupied(demand).alm >
            costing.platform().fpga.occupied(score.demand).alm) {
            score.demand = demand;
        }
    }
}

}  // namespace

std::vector<std::string> strategies_used(const Score& score) {
    std::set<Strategy> used;
    for (const ModuleScore& module : score.modules) {
        used.insert(module.strategy);
    }
    std::vector<std::string> names;
    for (const Strategy strategy : used) {
        names.push_back(name_of(strategy));
    }
    return names;
}

Score evaluate(const Costing& costing, const StateSpace& states, const Mapping& mapping) {
    const std::vector<MappingFault> faults = check_mapping(costing, states, mapping);
    if (!faults.empty()) {
        throw std::invalid_argument(faults.front().message);
    }
    Scheduler scheduler(costing, states, mapping);
    scheduler.run();
    Busy busy;
    Score score;
    score.standing_power =
        costing.standing_power() -
        (costing.is_fpga_off(mapping) ? costing.standing_power_beside_gpu() : Milliwatts{});
    score.modules.resize(costing.graph().network().modules().size());
    for (Stage& stage : scheduler.steps()) {
        ScoredStage scored;
        scored.gpu = costing.on_gpu(stage.gpu_units);
        scored.energy = scored.gpu.energy;
        busy += {scored.gpu.time, {}, {}};
        for (const StageGroup& group : stage.groups) {
            scored.groups.push_back(costing.group(group));
            scored.energy += scored.groups.back().energy;
            score.link_bytes += scored.groups.back().link_bytes;
            busy += busy_of(scored.groups.back());
        }
        const GroupCost* first = scored.groups.empty() ? nullptr : &scored.groups[0];
        const GroupCost* second = scored.groups.size() < 2 ? nullptr : &scored.groups[1];
        scored.time = stage_time(first, second, scored.gpu.time);
        scored.energy += score.standing_power * scored.time;
        scored.stage = std::move(stage);
        score.latency += scored.time;
        score.energy += scored.energy;
        share_out(costing.graph(), scored, score.modules);
        score.stages.push_back(std::move(scored));
    }
    const std::vector<Strategy> strategies = module_strategies(costing.graph(), mapping);
    for (std::size_t m = 0; m < strategies.size(); ++m) {
        score.modules[m].strategy = strategies[m];
    }
    score.interval = busy.longest();
    sum_resources(costing, score);
    return score;
}

}  // namespace cleave
