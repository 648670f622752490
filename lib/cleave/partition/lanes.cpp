// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/lanes.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/partition/covering.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cleave {
namespace {

std::vector<Nanoseconds> paces_at(const Costing& costing, const HardwareLists& hardware, Hertz clock,
                                  std::vector<Nanoseconds> paces) {
    for (const auto& of_unit : hardware) {
        for (const LayerHardware& hw : of_unit) {
            if (costing.reaches(hw, clock)) {
                paces.push_back(Costing::interval_time(hw, clock));
            }
        }
    }
    std::sort(paces.begin(), paces.end());
    paces.erase(std::unique(paces.begin(), paces.end()), paces.end());
    return paces;
}

struct Stretch {
    Nanoseconds first;
    Nanoseconds last;
};

/// Stretches in which no value is a step or more above the first.
std::vector<Stretch> stretches(const std::vector<Nanoseconds>& paces, double step) {
    std::vector<Stretch> result;
    for (const Nanoseconds pace : paces) {
        if (!result.empty() &&
            static_cast<double>(pace.ticks()) < step * static_cast<double>(result.back().first.ticks())) {
            result.back().last = pace;
        } else {
            result.push_back({pace, pace});
        }
    }
    return result;
}

/// By everything that variants are compared in, time first.
using VariantCovering = Covering<7>;

VariantCovering::Costs costs_of(const LaneVariant& v) {
    const Resources& d = v.demand;
    return {v.time.ticks(), v.energy.ticks(), d.alm, d.dsp, d.m20k, d.m20k_dear, d.m20k_dearest};
}

/// Of a unit's hardware, what keeps the lane and fits the FPGA alone.
std::vector<LaneVariant> lane_variants(const Costing& costing, std::span<const LayerHardware> hardware,
                                       const Lane& lane, bool counts,
                                       const std::vector<RunTiming::Wait>& waits) {
    std::vector<LaneVariant> all;
    for (std::size_t i = 0; i < hardware.size(); ++i) {
        if (!costing.keeps(hardware[i], lane.pace, lane.clock)) {
            continue;
        }
        const Resources demand = costing.with_waits(hardware[i], waits, lane.quickest, lane.clock);
        if (!costing.fits(demand)) {
            continue;
        }
        const std::size_t implementation = hardware[i].choice.implementation;
        const Nanoseconds interval = Costing::interval_time(hardware[i], lane.clock);
        all.push_back({i,
                       counts ? Costing::own_time(hardware[i], lane.quickest, lane.clock) : Nanoseconds{},
                       costing.work_energy(implementation, demand, lane.quickest, lane.clock),
                       demand,
                       {std::max(interval, Nanoseconds(1)) >= lane.quickest,
                        costing.platform().fpga.clock_of(implementation) == lane.clock}});
    }
    return all;
}

}  // namespace

std::vector<Lane> find_lanes(const Costing& costing, const HardwareLists& hardware,
                             const std::vector<Nanoseconds>& crossings, Folding folding, bool relaxed) {
    const bool every = folding == Folding::exact && !relaxed;
    std::vector<Lane> lanes;
    for (const Hertz clock : costing.platform().fpga.clocks()) {
        const std::vector<Nanoseconds> paces = paces_at(costing, hardware, clock, crossings);
        for (const auto& [first, last] : stretches(paces, every ? 1 : kLadderStep)) {
            const Nanoseconds pace = std::max(last, Nanoseconds(1));
            lanes.push_back({clock, pace, relaxed ? std::max(first, Nanoseconds(1)) : pace, true});
        }
    }
    return lanes;
}

void note_which_pay(std::vector<Lane>& lanes, const Costing& costing) {
    std::vector<UnitId> all;
    for (std::size_t i = 0; i < costing.graph().size(); ++i) {
        all.push_back(unit_id(i));
    }
    for (Lane& lane : lanes) {
        const auto longest = costing.longest_paying(all, costing.run_power(lane.clock));
        lane.pays = !longest || lane.quickest <= *longest;
    }
}

std::vector<LaneVariant> thin_out(std::vector<LaneVariant> all, Folding folding) {
    const auto key = [](const LaneVariant& v) { return std::pair(costs_of(v), v.number); };
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    // Whatever beats one comes before it.
    std::vector<LaneVariant> best;
    VariantCovering before;
    for (const LaneVariant& one : all) {
        const auto costs = costs_of(one);
        if (!before.any(costs)) {
            before.add(costs);
            best.push_back(one);
        }
    }
    if (folding == Folding::exact) {
        return best;
    }
    // Slow ones first, so that one which is kept is within a step of what it stands for.
    std::vector<LaneVariant> kept;
    VariantCovering slower;
    for (auto one = best.rbegin(); one != best.rend(); ++one) {
        auto costs = costs_of(*one);
        const std::int64_t time = std::exchange(
            costs.front(), static_cast<std::int64_t>(kLadderStep * static_cast<double>(costs.front())));
        if (!slower.any(costs)) {
            costs.front() = time;
            slower.add(costs);
            kept.push_back(*one);
        }
    }
    std::reverse(kept.begin(), kept.end());
    return kept;
}

std::vector<Nanoseconds> crossings_of(const Costing& costing, const std::vector<UnitId>& units) {
    if (costing.platform().hand_over != HandOver::streamed) {
        return {};
    }
    return {costing.sends(units).to_fpga, costing.receives(units).to_gpu};
}

namespace {

/// How long the units of a run take to fill at least, at the quickest of a lane's paces: own times only grow
/// with the pace, and whatever joins wait for, an output is no sooner than along the slowest way to it.
std::optional<RunTiming> least_timing(const Costing& costing, const std::vector<UnitId>& units,
                                      const HardwareLists& hardware, const Lane& lane) {
    std::vector<PacedUnit> paced;
    for (const auto& of_unit : hardware) {
        std::optional<Nanoseconds> least;
        for (const LayerHardware& hw : of_unit) {
            if (costing.keeps(hw, lane.pace, lane.clock)) {
                const Nanoseconds own = Costing::own_time(hw, lane.quickest, lane.clock);
                least = std::min(least.value_or(own), own);
            }
        }
        if (!least) {
            return std::nullopt;
        }
        paced.push_back({*least, *least, 1});
    }
    // A unit alone counts with its own time.
    RunTiming timing = time_run(costing.graph(), units, paced, lane.quickest);
    timing.waits.assign(units.size(), {});
    if (units.size() > 1) {
        for (std::size_t i = 0; i < units.size(); ++i) {
            timing.fixed += timing.counts[i] ? paced[i].least : Nanoseconds{};
        }
        timing.counts.assign(units.size(), false);
    }
    return timing;
}

std::optional<RunTiming> timing_at(const Costing& costing, const std::vector<UnitId>& units,
                                   const HardwareLists& hardware, const Lane& lane) {
    std::vector<PacedUnit> paced;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::span<const LayerHardware> all = hardware[i];
        if (std::none_of(all.begin(), all.end(),
                         [&](const LayerHardware& hw) { return costing.keeps(hw, lane.pace, lane.clock); })) {
            return std::nullopt;
        }
        const LayerHardware* fixed = all.size() == 1 ? &all.front() : nullptr;
        paced.push_back(costing.paced(units[i], lane.pace, lane.clock, fixed));
    }
    return time_run(costing.graph(), units, paced, lane.pace);
}

}  // namespace

std::optional<LaneRun> run_at(const Costing& costing, const std::vector<UnitId>& units,
                              const HardwareLists& hardware, const Lane& lane) {
    auto timing = lane.quickest < lane.pace ? least_timing(costing, units, hardware, lane)
                                            : timing_at(costing, units, hardware, lane);
    if (!timing) {
        return std::nullopt;
    }
    LaneRun run{std::move(*timing), {}};
    for (std::size_t i = 0; i < units.size(); ++i) {
        run.variants.push_back(
            lane_variants(costing, hardware[i], lane, run.timing.counts[i], run.timing.waits[i]));
    }
    return run;
}

std::int64_t share_step(const Costing& costing, const DesignSpace& space, std::int64_t extent) {
    const std::int64_t own = space.share_step;
    return is_on_ladder(costing, space) ? ceil_div(ceil_div(extent, kLadderShares), own) * own : own;
}

}  // namespace cleave
