// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/stage_generator.hpp"

#include "cleave/partition/strategy.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace cleave {
namespace {

bool disjoint(const std::vector<UnitId>& a, const std::vector<UnitId>& b) {
    return std::none_of(a.begin(), a.end(),
                        [&](UnitId unit) { return std::find(b.begin(), b.end(), unit) != b.end(); });
}

std::vector<UnitId> joined(const std::vector<UnitId>& a, const std::vector<UnitId>& b) {
    std::vector<UnitId> all(a);
    all.insert(all.end(), b.begin(), b.end());
    std::sort(all.begin(), all.end());
    return all;
}

/// A depthwise convolution, or a pointwise one right before or after a depthwise one.
bool is_separable_part(const UnitGraph& graph, UnitId id) {
    if (is_depthwise_unit(graph, id)) {
        return true;
    }
    if (!is_pointwise_unit(graph, id)) {
        return false;
    }
    const Unit& unit = graph.unit(id);
    const auto depthwise = [&](UnitId other) { return is_depthwise_unit(graph, other); };
    return std::any_of(unit.producers.begin(), unit.producers.end(), depthwise) ||
           std::any_of(unit.readers.begin(), unit.readers.end(), depthwise);
}

auto cost_key(const StageOption& o) {
    const Resources& d = o.demand;
    return std::tie(o.time, o.energy, d.alm, d.dsp, d.m20k, d.m20k_dear, d.m20k_dearest, o.busy.gpu,
                    o.busy.link, o.busy.fpga);
}

Busy with_work(Busy busy, const GpuCost& work, const Busy& other = {}) {
    busy.gpu += work.time;
    busy += other;
    return busy;
}

bool covers(const StageOption& a, const StageOption& b) {
    return a.time <= b.time && a.energy <= b.energy && a.demand.within(b.demand) &&
           a.busy.gpu <= b.busy.gpu && a.busy.link <= b.busy.link && a.busy.fpga <= b.busy.fpga;
}

}  // namespace

StageGenerator::StageGenerator(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                               StateId from)
    : costing_(costing), states_(states), space_(space), from_(from) {}

void StageGenerator::add_gpu_steps() {
    for (const UnitId unit : states_.ready(from_)) {
        const GpuSet alone{{unit}, costing_.on_gpu(unit), {}};
        const StateId to = states_.after(from_, unit);
        ++counts_[to];
        add_option(to, add_template(to, {}, &alone), {}, alone.cost.time, alone.cost.energy, {},
                   {alone.cost.time, {}, {}});
    }
}

GeneratedStages StageGenerator::generate_on_gpu() {
    add_gpu_steps();
    keep_nondominated();
    return std::move(out_);
}

GeneratedStages StageGenerator::generate() {
    add_gpu_steps();
    find_splits();
    find_runs();
    out_.any_group_fits = !candidates_.empty();
    for (const Candidate& candidate : candidates_) {
        emit_single(candidate, nullptr, candidate.to);
    }
    combine();
    keep_nondominated();
    return std::move(out_);
}

void StageGenerator::note_refusal(LayerId layer, const Resources& demand) {
    const auto refusal = costing_.refusal(demand);
    if (refusal && (!out_.refused || refusal->ratio() < out_.refused->refusal.ratio())) {
        out_.refused = SmallestPiece{layer, *refusal};
    }
}

void StageGenerator::find_splits() {
    if (space_.strategies.count(Strategy::gconv) == 0) {
        return;
    }
    for (const UnitId unit : states_.ready(from_)) {
        for (const SplitAxis axis : space_.axes) {
            Candidate candidate;
            candidate.group.units.push_back(unit);
            candidate.group.axis = axis;
            candidate.to = states_.after(from_, unit);
            const std::int64_t extent = costing_.split_extent(unit, axis);
            for (std::int64_t share = space_.share_step; share < extent; share += space_.share_step) {
                const auto cost = costing_.split(unit, axis, share);
                if (!cost) {
                    break;
                }
                if (!costing_.fits(cost->demand)) {
                    note_refusal(costing_.graph().unit(unit).head, cost->demand);
                    continue;
                }
                candidate.shares.push_back(share);
                candidate.costs.push_back(*cost);
            }
            if (!candidate.shares.empty()) {
                candidates_.push_back(std::move(candidate));
            }
        }
    }
}

bool StageGenerator::run_allowed(const std::vector<UnitId>& units) const {
    const UnitGraph& graph = costing_.graph();
    if (std::all_of(units.begin(), units.end(), [&](UnitId u) { return graph.is_wiring(u); })) {
        return false;
    }
    if (space_.strategies.count(Strategy::fused) != 0) {
        return true;
    }
    if (space_.strategies.count(Strategy::fpga) != 0 && units.size() == graph.size()) {
        return true;
    }
    return space_.strategies.count(Strategy::dwconv) != 0 && units.size() == 1 &&
           is_separable_part(graph, units.front());
}

bool StageGenerator::may_extend(const std::vector<UnitId>& units, const Resources& least) const {
    // `least` leaves out delay buffers, so demand only grows from here: nothing longer fits either.
    if (!costing_.fits(least)) {
        return false;
    }
    if (space_.longest_run && static_cast<std::int64_t>(units.size()) > *space_.longest_run) {
        return false;
    }
    const UnitGraph& graph = costing_.graph();
    return costing_.platform().resource_scope == ResourceScope::network ||
           graph.unit(units.front()).module == graph.unit(units.back()).module;
}

void StageGenerator::find_runs() {
    const bool any = space_.strategies.count(Strategy::fused) != 0 ||
                     space_.strategies.count(Strategy::dwconv) != 0 ||
                     space_.strategies.count(Strategy::fpga) != 0;
    if (!any) {
        return;
    }
    struct Open {
        StateId at;
        std::vector<UnitId> units;
        Resources least;
    };
    std::vector<Open> open{{from_, {}, {}}};
    std::set<StateId> seen{from_};
    for (std::size_t next = 0; next < open.size(); ++next) {
        for (const UnitId unit : states_.ready(open[next].at)) {
            const StateId to = states_.after(open[next].at, unit);
            const auto hardware = costing_.chosen(costing_.variants(unit));
            if (!hardware || seen.count(to) != 0) {
                continue;
            }
            const std::vector<UnitId> units = joined(open[next].units, {unit});
            const Resources least = open[next].least + hardware->resources;
            if (!may_extend(units, least)) {
                if (units.size() == 1) {
                    note_refusal(costing_.graph().unit(unit).head, least);
                }
                continue;
            }
            seen.insert(to);
            open.push_back({to, units, least});
            if (!run_allowed(units) || !costing_.is_connected(units)) {
                continue;
            }
            const auto cost = costing_.run(units);
            if (cost && costing_.fits(cost->demand)) {
                Candidate& candidate = candidates_.emplace_back();
                candidate.group.units = units;
                candidate.to = to;
                candidate.shares.push_back(0);
                candidate.costs.push_back(*cost);
            }
        }
    }
}

/// Every set of units that the GPU can compute next without leaving the region.
void StageGenerator::find_gpu_sets() {
    std::vector<std::pair<StateId, std::vector<UnitId>>> open{{from_, {}}};
    std::set<StateId> seen{from_};
    for (std::size_t next = 0; next < open.size(); ++next) {
        if (states_.region(open[next].first) != states_.region(from_)) {
            continue;
        }
        for (const UnitId unit : states_.ready(open[next].first)) {
            const StateId to = states_.after(open[next].first, unit);
            if (seen.insert(to).second) {
                std::vector<UnitId> units = joined(open[next].second, {unit});
                gpu_sets_.push_back({units, costing_.on_gpu(units), {}});
                for (const UnitId last : units) {
                    if (disjoint(costing_.graph().unit(last).readers, units)) {
                        gpu_sets_.back().can_wait.push_back(costing_.on_gpu(last).time);
                    }
                }
                open.emplace_back(to, std::move(units));
            }
        }
    }
}

/// True if the same partition, with the same time, also comes as two stages one after the other: this one is
/// redundant. Energy and demand do not depend on how a partition is staged.
bool StageGenerator::is_serial(const GroupCost* a, const GroupCost* b, const GpuSet* beside,
                               Nanoseconds time) const {
    const Nanoseconds work = beside == nullptr ? Nanoseconds{} : beside->cost.time;
    if (b != nullptr && (stage_time(a, nullptr, work) + stage_time(b, nullptr, {}) <= time ||
                         stage_time(b, nullptr, work) + stage_time(a, nullptr, {}) <= time)) {
        return true;
    }
    if (beside == nullptr) {
        return false;
    }
    return std::any_of(beside->can_wait.begin(), beside->can_wait.end(),
                       [&](Nanoseconds own) { return stage_time(a, b, work - own) + own <= time; });
}

std::uint32_t StageGenerator::add_template(StateId to, std::vector<StageGroup> groups, const GpuSet* beside) {
    out_.templates.push_back(
        {from_, to, std::move(groups), beside == nullptr ? std::vector<UnitId>{} : beside->units});
    return static_cast<std::uint32_t>(out_.templates.size() - 1);
}

void StageGenerator::add_option(StateId to, std::uint32_t stage, std::array<std::int64_t, 2> share,
                                Nanoseconds time, Picojoules tasks, const Resources& demand, Busy busy) {
    ++out_.evaluated;
    if (space_.third != ThirdObjective::interval) {
        busy = {};
    }
    by_target_[to].push_back({stage, share, time, tasks + costing_.standing_power() * time, demand, busy});
}

void StageGenerator::emit_single(const Candidate& candidate, const GpuSet* beside, StateId to) {
    counts_[to] += candidate.costs.size();
    const std::uint32_t stage = add_template(to, {candidate.group}, beside);
    const GpuCost work = beside == nullptr ? GpuCost{} : beside->cost;
    for (std::size_t i = 0; i < candidate.costs.size(); ++i) {
        const GroupCost& cost = candidate.costs[i];
        const Nanoseconds time = stage_time(&cost, nullptr, work.time);
        if (!is_serial(&cost, nullptr, beside, time)) {
            add_option(to, stage, {candidate.shares[i], 0}, time, cost.energy + work.energy, cost.demand,
                       with_work(busy_of(cost), work));
        }
    }
}

void StageGenerator::emit_pair(const Candidate& a, const Candidate& b, const GpuSet* beside, StateId to) {
    const std::uint32_t stage = add_template(to, {a.group, b.group}, beside);
    const GpuCost work = beside == nullptr ? GpuCost{} : beside->cost;
    for (std::size_t i = 0; i < a.costs.size(); ++i) {
        for (std::size_t j = 0; j < b.costs.size(); ++j) {
            const Resources demand = a.costs[i].demand + b.costs[j].demand;
            if (!costing_.fits(demand)) {
                continue;
            }
            ++counts_[to];
            const Nanoseconds time = stage_time(&a.costs[i], &b.costs[j], work.time);
            if (!is_serial(&a.costs[i], &b.costs[j], beside, time)) {
                add_option(to, stage, {a.shares[i], b.shares[j]}, time,
                           a.costs[i].energy + b.costs[j].energy + work.energy, demand,
                           with_work(busy_of(a.costs[i]), work, busy_of(b.costs[j])));
            }
        }
    }
}

/// Groups beside each other and beside GPU work. Nothing here depends on anything else here: each piece alone
/// is a step from the same state.
void StageGenerator::combine() {
    if (states_.ready(from_).size() < 2) {
        return;
    }
    find_gpu_sets();
    const auto inside = [&](const Candidate& c) {
        const Region& region = states_.regions()[states_.region(from_)];
        return index(c.group.units.back()) < region.first + region.count;
    };
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const Candidate& a = candidates_[i];
        if (!inside(a)) {
            continue;
        }
        const auto with_gpu = [&](const std::vector<UnitId>& taken, const auto& emit) {
            for (const GpuSet& beside : gpu_sets_) {
                if (!disjoint(beside.units, taken)) {
                    continue;
                }
                if (const auto to = states_.after_all(from_, joined(taken, beside.units))) {
                    emit(beside, *to);
                }
            }
        };
        with_gpu(a.group.units, [&](const GpuSet& beside, StateId to) { emit_single(a, &beside, to); });
        for (std::size_t j = i + 1; j < candidates_.size(); ++j) {
            const Candidate& b = candidates_[j];
            if (!inside(b) || !disjoint(a.group.units, b.group.units)) {
                continue;
            }
            const std::vector<UnitId> taken = joined(a.group.units, b.group.units);
            if (const auto to = states_.after_all(from_, taken)) {
                emit_pair(a, b, nullptr, *to);
                with_gpu(taken, [&](const GpuSet& beside, StateId end) { emit_pair(a, b, &beside, end); });
            }
        }
    }
}

void StageGenerator::keep_nondominated() {
    const auto decide = [&](const StageOption& o) { return decisions_of(out_.templates[o.stage], o.share); };
    for (auto& [to, options] : by_target_) {
        std::stable_sort(options.begin(), options.end(), [&](const StageOption& a, const StageOption& b) {
            return cost_key(a) < cost_key(b) || (cost_key(a) == cost_key(b) && decide(a) < decide(b));
        });
        std::vector<StageOption> kept;
        for (const StageOption& option : options) {
            if (std::none_of(kept.begin(), kept.end(),
                             [&](const StageOption& k) { return covers(k, option); })) {
                kept.push_back(option);
            }
        }
        out_.options.insert(out_.options.end(), kept.begin(), kept.end());
    }
    for (const auto& [to, count] : counts_) {
        out_.pair_counts.push_back({from_, to, count});
    }
}

}  // namespace cleave
