// SPDX-License-Identifier: Apache-2.0
// What may go on beside each other in a stage: groups on the FPGA, and units on the GPU.
#include "cleave/partition/covering.hpp"
#include "cleave/partition/stage_generator.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// What groups are compared in: what adds to others first, then how long they take with any work beside.
using CompanyCovering = Covering<13>;

Busy with_work(Busy busy, const GpuCost& work) {
    busy.gpu += work.time;
    return busy;
}

}  // namespace

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
bool StageGenerator::is_serial(const Company& company, const GpuSet* beside, Nanoseconds time) const {
    const Nanoseconds work = beside == nullptr ? Nanoseconds{} : beside->cost.time;
    if (company.groups[1] != nullptr) {
        const GroupCost& a = company.groups[0]->costs()[company.choice[0]];
        const GroupCost& b = company.groups[1]->costs()[company.choice[1]];
        if (stage_time(&a, nullptr, work) + stage_time(&b, nullptr, {}) <= time ||
            stage_time(&b, nullptr, work) + stage_time(&a, nullptr, {}) <= time) {
            return true;
        }
    }
    return beside != nullptr &&
           std::any_of(beside->can_wait.begin(), beside->can_wait.end(),
                       [&](Nanoseconds own) { return company.time.at(work - own) + own <= time; });
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

/// A group with nothing beside it.
void StageGenerator::emit_alone(const Candidate& candidate) {
    Companies companies;
    add_company(companies, candidate, nullptr);
    emit(companies, candidate.group.units, nullptr, candidate.to);
}

/// All choices of one group, or of two beside each other, that fit; but for those that are no better than the
/// GPU alone whatever it has to do besides.
void StageGenerator::add_company(Companies& companies, const Candidate& a, const Candidate* b) const {
    const GpuCost instead =
        gpu_instead(b == nullptr ? a.group.units : joined(a.group.units, b->group.units), nullptr);
    for (std::size_t i = 0; i < a.costs().size(); ++i) {
        const GroupCost& first = a.costs()[i];
        for (std::size_t j = 0; j < (b == nullptr ? 1 : b->costs().size()); ++j) {
            const GroupCost* second = b == nullptr ? nullptr : &b->costs()[j];
            Company one;
            one.demand = first.demand;
            one.energy = first.energy;
            one.busy = busy_of(first);
            if (second != nullptr) {
                one.demand += second->demand;
                if (!costing_.fits(one.demand)) {
                    continue;
                }
                one.energy += second->energy;
                one.busy += busy_of(*second);
            }
            ++companies.count;
            one.time = stage_time_of(first, second);
            // Work beside adds to the GPU's time alone all that it takes, and here at most that.
            if (is_beaten(std::min(one.time.orders[0].added, one.time.orders[1].added), one.energy,
                          instead)) {
                continue;
            }
            one.groups = {&a, b};
            one.choice = {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)};
            companies.all.push_back(one);
        }
    }
}

/// Of what may be done with the same units, whatever is beside it, leaves out what something else is at least
/// as good as. That holds with any GPU work beside, since it holds for both orders of the groups, so the
/// stages of wide regions are those of what is left times the sets of units that the GPU may compute.
///
/// Of two that are equal in all that adds up, only one that is also first by its decisions may stand for the
/// other: with some work beside, they may take equally long, and of equal options the first one is kept.
void StageGenerator::keep_best(Companies& companies) const {
    const auto costs_of = [&](const Company& one) {
        const Resources& d = one.demand;
        const Busy busy = space_.third == ThirdObjective::interval ? one.busy : Busy{};
        const auto& [first, second] = one.time.orders;
        return CompanyCovering::Costs{one.energy.ticks(),
                                      d.alm,
                                      d.dsp,
                                      d.m20k,
                                      d.m20k_dear,
                                      d.m20k_dearest,
                                      busy.gpu.ticks(),
                                      busy.link.ticks(),
                                      busy.fpga.ticks(),
                                      first.least.ticks(),
                                      first.added.ticks(),
                                      second.least.ticks(),
                                      second.added.ticks()};
    };
    constexpr std::size_t kAdditive = 9;
    const auto decide = [](const Company& one) {
        StageTemplate stage;
        for (std::size_t g = 0; g < 2 && one.groups[g] != nullptr; ++g) {
            stage.groups.push_back(one.groups[g]->group);
            stage.choices[g] = one.groups[g]->variants->choices;
        }
        return decisions_of(stage, groups_of(stage, one.choice), {});
    };
    std::vector<std::pair<CompanyCovering::Costs, std::size_t>> order;
    for (std::size_t i = 0; i < companies.all.size(); ++i) {
        order.emplace_back(costs_of(companies.all[i]), i);
    }
    // Whatever may stand for one comes before it.
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        const auto end = a.first.begin() + kAdditive;
        const auto [at, other] = std::mismatch(a.first.begin(), end, b.first.begin());
        if (at != end) {
            return *at < *other;
        }
        if (a.second == b.second) {
            return false;
        }
        const auto first = decide(companies.all[a.second]);
        const auto second = decide(companies.all[b.second]);
        return first < second || (!(second < first) && a.second < b.second);
    });
    std::vector<Company> kept;
    CompanyCovering covering;
    for (const auto& [costs, i] : order) {
        if (!covering.any(costs)) {
            covering.add(costs);
            kept.push_back(companies.all[i]);
        }
    }
    companies.all = std::move(kept);
}

void StageGenerator::emit(const Companies& companies, const std::vector<UnitId>& taken, const GpuSet* beside,
                          StateId to) {
    counts_[to] += companies.count;
    const GpuCost work = beside == nullptr ? GpuCost{} : beside->cost;
    const GpuCost instead = gpu_instead(taken, beside);
    std::map<std::array<const Candidate*, 2>, std::uint32_t> templates;
    for (const Company& one : companies.all) {
        const Nanoseconds time = one.time.at(work.time);
        const Picojoules energy = one.energy + work.energy;
        if (is_beaten(time, energy, instead) || is_serial(one, beside, time)) {
            continue;
        }
        auto stage = templates.find(one.groups);
        if (stage == templates.end()) {
            std::vector<const Candidate*> groups{one.groups[0]};
            if (one.groups[1] != nullptr) {
                groups.push_back(one.groups[1]);
            }
            stage = templates.emplace(one.groups, add_template(to, groups, beside)).first;
        }
        add_option(to, stage->second, one.choice, time, energy, one.demand, with_work(one.busy, work));
    }
}

/// Groups beside units of the GPU, and pairs of groups also with nothing beside.
void StageGenerator::emit_company(const Companies& companies, const std::vector<UnitId>& taken) {
    Nanoseconds full;
    for (const Company& one : companies.all) {
        full = std::max(full, one.time.full_from());
    }
    for (const GpuSet& beside : gpu_sets_) {
        if (!disjoint(beside.units, taken)) {
            continue;
        }
        const auto to = states_.after_all(from_, joined(taken, beside.units));
        if (!to) {
            continue;
        }
        // More than fills the time that the groups leave: the last unit may as well come afterwards.
        const Nanoseconds own = *std::min_element(beside.can_wait.begin(), beside.can_wait.end());
        if (beside.cost.time - own >= full) {
            counts_[*to] += companies.count;
        } else {
            emit(companies, taken, &beside, *to);
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
    const Region& region = states_.regions()[states_.region(from_)];
    const auto inside = [&](const Candidate& c) {
        return index(c.group.units.back()) < region.first + region.count;
    };
    std::map<std::vector<UnitId>, Companies> companies;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const Candidate& a = candidates_[i];
        if (!inside(a)) {
            continue;
        }
        if (stop_()) {
            return;
        }
        add_company(companies[a.group.units], a, nullptr);
        for (std::size_t j = i + 1; j < candidates_.size() && costing_.may_pair(); ++j) {
            const Candidate& b = candidates_[j];
            if (!inside(b) || !disjoint(a.group.units, b.group.units)) {
                continue;
            }
            const std::vector<UnitId> taken = joined(a.group.units, b.group.units);
            if (const auto to = states_.after_all(from_, taken)) {
                Companies pair;
                add_company(pair, a, &b);
                emit(pair, taken, nullptr, *to);
                Companies& all = companies[taken];
                all.count += pair.count;
                all.all.insert(all.all.end(), pair.all.begin(), pair.all.end());
            }
        }
    }
    for (auto& [taken, all] : companies) {
        if (stop_()) {
            return;
        }
        keep_best(all);
        emit_company(all, taken);
        all = {};
    }
}

}  // namespace cleave
