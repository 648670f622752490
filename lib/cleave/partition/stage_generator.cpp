// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/stage_generator.hpp"

#include "cleave/partition/option_filter.hpp"
#include "cleave/partition/strategy.hpp"

#include <algorithm>
#include <set>

namespace cleave {
namespace {

Busy with_work(Busy busy, const GpuCost& work, const Busy& other = {}) {
    busy.gpu += work.time;
    busy += other;
    return busy;
}

/// Options to one state are filtered when there are so many, so that they do not pile up.
constexpr std::size_t kFilterAt = 50'000;

}  // namespace

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

StageGenerator::StageGenerator(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                               GroupCache& groups, StateId from)
    : costing_(costing), states_(states), space_(space), groups_(groups), from_(from) {}

/// A stage inside the region that takes longer than the GPU for all of the region, and in which standing
/// power alone is more than the GPU's energy for that, is_beaten: the same units on the GPU are no more.
/// Where layers have one hardware each there are few of these, and all of them count as design points.
void StageGenerator::find_longest_pace() {
    const bool at_end = states_.region(from_) == states_.regions().size();
    if (at_end || !costing_.has_choices() || space_.third == ThirdObjective::interval) {
        return;
    }
    const Region& region = states_.regions()[states_.region(from_)];
    std::vector<UnitId> units;
    for (std::size_t i = 0; i < region.count; ++i) {
        units.push_back(unit_id(region.first + i));
    }
    longest_pace_ = costing_.longest_paying(units, {});
}

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
    finish();
    return std::move(out_);
}

GeneratedStages StageGenerator::generate() {
    add_gpu_steps();
    find_longest_pace();
    find_splits();
    find_runs();
    out_.any_group_fits = !candidates_.empty();
    for (const Candidate& candidate : candidates_) {
        emit_single(candidate, nullptr, candidate.to);
    }
    combine();
    finish();
    return std::move(out_);
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

std::uint32_t StageGenerator::add_template(StateId to, const std::vector<const Candidate*>& groups,
                                           const GpuSet* beside) {
    StageTemplate& stage = out_.templates.emplace_back();
    stage.from = node_id(index(from_));
    stage.to = node_id(index(to));
    for (std::size_t g = 0; g < groups.size(); ++g) {
        stage.groups.push_back(groups[g]->group);
        stage.choices[g] = groups[g]->variants->choices;
    }
    if (beside != nullptr) {
        stage.gpu_units = beside->units;
    }
    return static_cast<std::uint32_t>(out_.templates.size() - 1);
}

void StageGenerator::add_option(StateId to, std::uint32_t stage, std::array<std::uint32_t, 2> choice,
                                Nanoseconds time, Picojoules tasks, const Resources& demand, Busy busy) {
    ++out_.evaluated;
    if (space_.third != ThirdObjective::interval) {
        busy = {};
    }
    std::vector<StageOption>& options = by_target_[to];
    options.push_back({stage, choice, time, tasks + costing_.standing_power() * time, demand, busy});
    std::size_t& limit = filter_at_[to];
    if (options.size() >= std::max(limit, kFilterAt)) {
        filter(options);
        limit = 2 * options.size();
    }
}

/// What the same units take on the GPU alone, one after the other.
GpuCost StageGenerator::gpu_instead(const std::vector<UnitId>& taken, const GpuSet* beside) const {
    GpuCost sum = costing_.on_gpu(taken);
    if (beside != nullptr) {
        sum.time += beside->cost.time;
        sum.energy += beside->cost.energy;
    }
    return sum;
}

/// True if the GPU alone is as good in time and energy, and so in everything: it needs nothing of the FPGA.
bool StageGenerator::is_beaten(Nanoseconds time, Picojoules tasks, const GpuCost& instead) const {
    return space_.third != ThirdObjective::interval && instead.time <= time &&
           instead.energy + costing_.standing_power() * instead.time <=
               tasks + costing_.standing_power() * time;
}

void StageGenerator::emit_single(const Candidate& candidate, const GpuSet* beside, StateId to) {
    counts_[to] += candidate.costs().size();
    const std::uint32_t stage = add_template(to, {&candidate}, beside);
    const GpuCost work = beside == nullptr ? GpuCost{} : beside->cost;
    const GpuCost instead = gpu_instead(candidate.group.units, beside);
    for (std::size_t i = 0; i < candidate.costs().size(); ++i) {
        const GroupCost& cost = candidate.costs()[i];
        const Nanoseconds time = stage_time(&cost, nullptr, work.time);
        if (!is_beaten(time, cost.energy + work.energy, instead) &&
            !is_serial(&cost, nullptr, beside, time)) {
            add_option(to, stage, {static_cast<std::uint32_t>(i), 0}, time, cost.energy + work.energy,
                       cost.demand, with_work(busy_of(cost), work));
        }
    }
}

/// Choices of one of two groups that may be worth it beside the best of the other: a pair takes at least as
/// long as either, and the energy of both.
std::vector<bool> StageGenerator::worth_pairing(const Candidate& one, const Candidate& other,
                                                const GpuCost& work, const GpuCost& instead) const {
    const auto least =
        std::min_element(other.costs().begin(), other.costs().end(),
                         [](const GroupCost& a, const GroupCost& b) { return a.energy < b.energy; });
    std::vector<bool> worth;
    for (const GroupCost& cost : one.costs()) {
        worth.push_back(!is_beaten(stage_time(&cost, nullptr, work.time),
                                   cost.energy + least->energy + work.energy, instead));
    }
    return worth;
}

void StageGenerator::emit_pair(const Candidate& a, const Candidate& b, const GpuSet* beside, StateId to) {
    const std::uint32_t stage = add_template(to, {&a, &b}, beside);
    const GpuCost work = beside == nullptr ? GpuCost{} : beside->cost;
    const GpuCost instead = gpu_instead(joined(a.group.units, b.group.units), beside);
    const std::vector<bool> worth_a = worth_pairing(a, b, work, instead);
    const std::vector<bool> worth_b = worth_pairing(b, a, work, instead);
    for (std::size_t i = 0; i < a.costs().size(); ++i) {
        for (std::size_t j = 0; j < b.costs().size(); ++j) {
            const Resources demand = a.costs()[i].demand + b.costs()[j].demand;
            if (!costing_.fits(demand)) {
                continue;
            }
            ++counts_[to];
            if (!worth_a[i] || !worth_b[j]) {
                continue;
            }
            const Picojoules energy = a.costs()[i].energy + b.costs()[j].energy + work.energy;
            const Nanoseconds time = stage_time(&a.costs()[i], &b.costs()[j], work.time);
            if (!is_beaten(time, energy, instead) && !is_serial(&a.costs()[i], &b.costs()[j], beside, time)) {
                add_option(to, stage, {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)}, time,
                           energy, demand, with_work(busy_of(a.costs()[i]), work, busy_of(b.costs()[j])));
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
        for (std::size_t j = i + 1; j < candidates_.size() && costing_.may_pair(); ++j) {
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

void StageGenerator::filter(std::vector<StageOption>& options) const {
    const auto decide = [&](const StageOption& o) {
        const StageTemplate& t = out_.templates[o.stage];
        return decisions_of(t, groups_of(t, o.choice), {});
    };
    keep_nondominated(options,
                      [&](const StageOption& a, const StageOption& b) { return decide(a) < decide(b); });
}

void StageGenerator::finish() {
    for (auto& [to, options] : by_target_) {
        filter(options);
        if (is_on_ladder(costing_, space_) && !space_.relaxed) {
            thin_out(options);
        }
        out_.options.insert(out_.options.end(), options.begin(), options.end());
    }
    for (const auto& [to, count] : counts_) {
        out_.pair_counts.push_back({node_id(index(from_)), node_id(index(to)), count});
    }
}

}  // namespace cleave
