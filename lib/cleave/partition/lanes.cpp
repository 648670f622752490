// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/lanes.hpp"

#include <algorithm>
#include <tuple>
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

/// The last of each stretch in which no value is a step or more above the first.
std::vector<Nanoseconds> rungs(const std::vector<Nanoseconds>& paces) {
    std::vector<Nanoseconds> result;
    double first = 0;
    for (const Nanoseconds pace : paces) {
        const auto value = static_cast<double>(pace.ticks());
        if (!result.empty() && value < first * kLadderStep) {
            result.back() = pace;
        } else {
            result.push_back(pace);
            first = value;
        }
    }
    return result;
}

auto key(const LaneVariant& v) {
    const Resources& d = v.demand;
    return std::tie(v.time, v.energy, d.alm, d.dsp, d.m20k, d.m20k_dear, d.m20k_dearest, v.number);
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
        const Resources demand = costing.with_waits(hardware[i], waits, lane.pace, lane.clock);
        if (!costing.fits(demand)) {
            continue;
        }
        const std::size_t implementation = hardware[i].choice.implementation;
        const Nanoseconds interval = Costing::interval_time(hardware[i], lane.clock);
        all.push_back({i,
                       counts ? Costing::own_time(hardware[i], lane.pace, lane.clock) : Nanoseconds{},
                       costing.work_energy(implementation, demand, lane.pace, lane.clock),
                       demand,
                       {std::max(interval, Nanoseconds(1)) == lane.pace,
                        costing.platform().fpga.clock_of(implementation) == lane.clock}});
    }
    return all;
}

}  // namespace

std::vector<Lane> find_lanes(const Costing& costing, const HardwareLists& hardware,
                             const std::vector<Nanoseconds>& crossings, Folding folding) {
    std::vector<Lane> lanes;
    for (const Hertz clock : costing.platform().fpga.clocks()) {
        const std::vector<Nanoseconds> paces = paces_at(costing, hardware, clock, crossings);
        for (const Nanoseconds pace : folding == Folding::ladder ? rungs(paces) : paces) {
            lanes.push_back({clock, std::max(pace, Nanoseconds(1)), true});
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
        lane.pays = !longest || lane.pace <= *longest;
    }
}

std::vector<LaneVariant> thin_out(std::vector<LaneVariant> all, Folding folding) {
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return key(a) < key(b); });
    const auto covers = [](const LaneVariant& a, const LaneVariant& b, double step) {
        return static_cast<double>(a.time.ticks()) <= step * static_cast<double>(b.time.ticks()) &&
               a.energy <= b.energy && a.demand.within(b.demand);
    };
    // Whatever beats one comes before it.
    std::vector<LaneVariant> best;
    for (const LaneVariant& one : all) {
        if (std::none_of(best.begin(), best.end(), [&](const auto& b) { return covers(b, one, 1); })) {
            best.push_back(one);
        }
    }
    if (folding == Folding::exact) {
        return best;
    }
    // Slow ones first, so that one which is kept is within a step of what it stands for.
    std::vector<LaneVariant> kept;
    for (auto one = best.rbegin(); one != best.rend(); ++one) {
        if (std::none_of(kept.begin(), kept.end(),
                         [&](const auto& k) { return covers(k, *one, kLadderStep); })) {
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

std::optional<LaneRun> run_at(const Costing& costing, const std::vector<UnitId>& units,
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
    LaneRun run{time_run(costing.graph(), units, paced, lane.pace), {}};
    for (std::size_t i = 0; i < units.size(); ++i) {
        run.variants.push_back(
            lane_variants(costing, hardware[i], lane, run.timing.counts[i], run.timing.waits[i]));
    }
    return run;
}

}  // namespace cleave
