// SPDX-License-Identifier: Apache-2.0
// What may be on the FPGA in a stage: splits and runs from one state, with their foldings.
#include "cleave/partition/lanes.hpp"
#include "cleave/partition/run_parts.hpp"
#include "cleave/partition/stage_generator.hpp"
#include "cleave/partition/strategy.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace cleave {
namespace {

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

std::vector<std::vector<LayerHardware>> one_each(const std::vector<LayerHardware>& variants) {
    std::vector<std::vector<LayerHardware>> foldings;
    for (const LayerHardware& hw : variants) {
        foldings.push_back({hw});
    }
    return foldings;
}

/// For bounds: what differs by little is made equal, downwards, so that little is left once it is thinned
/// out. At one pace energies do.
void level(std::vector<LaneVariant>& variants) {
    constexpr std::int64_t kAlms = 512;
    constexpr std::int64_t kBlocks = 4;
    Picojoules least = variants.empty() ? Picojoules{} : variants.front().energy;
    for (const LaneVariant& v : variants) {
        least = std::min(least, v.energy);
    }
    for (LaneVariant& v : variants) {
        v.energy = least;
        v.demand.alm -= v.demand.alm % kAlms;
        for (std::int64_t* blocks : {&v.demand.m20k, &v.demand.m20k_dear, &v.demand.m20k_dearest}) {
            *blocks -= *blocks % kBlocks;
        }
    }
    variants = thin_out(std::move(variants), Folding::exact);
}

std::optional<SmallestPiece> refused_piece(const Costing& costing, LayerId layer, const Resources& demand) {
    const auto refusal = costing.refusal(demand);
    return refusal ? std::optional(SmallestPiece{layer, *refusal}) : std::nullopt;
}

/// Collects choices of a group that fit, thinned out.
class VariantsMaker {
public:
    /// @param longest_pace  what goes at a longer one is left out
    VariantsMaker(const Costing& costing, Folding folding, std::optional<Nanoseconds> longest_pace,
                  UnitId first)
        : costing_(costing), folding_(folding), longest_pace_(longest_pace), first_(first) {}

    /// Without saying what it is: for bounds.
    void add(const GroupCost& cost) {
        choices_.emplace_back();
        variants_.costs.push_back(cost);
    }

    void add(std::int64_t share, const std::vector<std::vector<LayerHardware>>& foldings,
             const std::function<GroupCost(const std::vector<LayerHardware>&)>& cost_of) {
        std::vector<GroupCost> costs(foldings.size());
        std::vector<LaneVariant> all;
        for (std::size_t i = 0; i < foldings.size(); ++i) {
            // Most of what does not fit needs no costing to say so.
            if (!may_be(foldings[i])) {
                continue;
            }
            costs[i] = cost_of(foldings[i]);
            if (costing_.fits(costs[i].demand)) {
                all.push_back({i, costs[i].fpga, costs[i].energy, costs[i].demand});
            }
        }
        for (const LaneVariant& v : thin_out(std::move(all), folding_)) {
            GroupChoice& choice = choices_.emplace_back();
            choice.share = share;
            for (const LayerHardware& hw : foldings[v.number]) {
                if (costing_.has_choices()) {
                    choice.hardware.push_back(hw.choice);
                }
            }
            variants_.costs.push_back(costs[v.number]);
        }
    }

    [[nodiscard]] GroupVariants finish() {
        variants_.choices = std::make_shared<const GroupChoices>(std::move(choices_));
        return std::move(variants_);
    }

private:
    bool may_be(const std::vector<LayerHardware>& folding) {
        Resources least;
        for (const LayerHardware& hw : folding) {
            least += hw.resources;
        }
        if (!costing_.fits(least)) {
            if (folding.size() == 1) {
                keep_nearest(variants_.refused,
                             refused_piece(costing_, costing_.graph().unit(first_).head, least));
            }
            return false;
        }
        return std::none_of(folding.begin(), folding.end(), [&](const LayerHardware& hw) {
            const Hertz clock = costing_.platform().fpga.clock_of(hw.choice.implementation);
            return longest_pace_ && Costing::interval_time(hw, clock) > *longest_pace_;
        });
    }

    const Costing& costing_;
    Folding folding_;
    std::optional<Nanoseconds> longest_pace_;
    UnitId first_;
    GroupChoices choices_;
    GroupVariants variants_;
};

}  // namespace

void StageGenerator::add_candidate(StageGroup group, StateId to,
                                   std::shared_ptr<const GroupVariants> variants) {
    keep_nearest(out_.refused, variants->refused);
    if (!variants->costs.empty()) {
        candidates_.push_back({std::move(group), to, std::move(variants)});
    }
}

void StageGenerator::find_splits() {
    if (!space_.strategies.contains(Strategy::gconv)) {
        return;
    }
    for (const UnitId unit : states_.ready(from_)) {
        for (const SplitAxis axis : space_.axes) {
            add_candidate({{unit}, axis}, states_.after(from_, unit),
                          groups_.get({{unit}, axis}, [&] { return splits_of(unit, axis); }));
        }
    }
}

GroupVariants StageGenerator::splits_of(UnitId unit, SplitAxis axis) const {
    VariantsMaker maker(costing_, thinning(space_), longest_pace_, unit);
    const std::int64_t extent = costing_.split_extent(unit, axis);
    const std::int64_t step = share_step(costing_, space_, extent);
    for (std::int64_t share = step; share < extent; share += step) {
        const auto variants = keep_useful(costing_.hardware().of_split(unit, axis, share));
        if (variants.empty()) {
            break;
        }
        maker.add(share, one_each(variants),
                  [&](const auto& hardware) { return costing_.split(unit, axis, share, hardware.front()); });
    }
    return maker.finish();
}

GroupVariants StageGenerator::folded_run(const std::vector<UnitId>& units,
                                         const std::vector<std::vector<LayerHardware>>& foldings) const {
    VariantsMaker maker(costing_, thinning(space_), longest_pace_, units.front());
    maker.add(0, foldings, [&](const auto& hardware) { return costing_.run(units, hardware); });
    return maker.finish();
}

void StageGenerator::find_single_runs() {
    for (const UnitId unit : states_.ready(from_)) {
        if (run_allowed({unit})) {
            add_candidate({{unit}, {}}, states_.after(from_, unit), groups_.get({{unit}, {}}, [&] {
                return folded_run({unit}, one_each(costing_.hardware().useful(unit)));
            }));
        }
    }
}

/// What the units of a run may be at a lane; and the lane's timing of it.
void StageGenerator::at_each_lane(
    const std::vector<UnitId>& units, const HardwareLists& hardware,
    const std::function<void(const Lane&, const RunTiming&, std::vector<Partial>)>& take) const {
    const std::vector<Nanoseconds> crossings = crossings_of(costing_, units);
    for (const Lane& lane : find_lanes(costing_, hardware, crossings, space_.folding, space_.relaxed)) {
        const auto too_long = [&](Nanoseconds t) { return t > lane.pace; };
        if ((longest_pace_ && lane.quickest > *longest_pace_) ||
            std::any_of(crossings.begin(), crossings.end(), too_long)) {
            continue;
        }
        auto run = run_at(costing_, units, hardware, lane);
        if (!run) {
            continue;
        }
        if (space_.relaxed) {
            std::for_each(run->variants.begin(), run->variants.end(), level);
        }
        std::vector<Partial> partials(1);
        partials.front().sums.sets.pace = std::any_of(crossings.begin(), crossings.end(),
                                                      [&](Nanoseconds t) { return t >= lane.quickest; });
        for (const std::vector<LaneVariant>& variants : run->variants) {
            std::vector<Partial> longer;
            std::map<SetBy, std::vector<LaneVariant>> sums;
            for (const Partial& partial : partials) {
                for (const LaneVariant& v : variants) {
                    const Resources demand = partial.sums.demand + v.demand;
                    if (!costing_.fits(demand)) {
                        continue;
                    }
                    const LaneVariant sum{longer.size(), partial.sums.time + v.time,
                                          partial.sums.energy + v.energy, demand, partial.sums.sets | v.sets};
                    sums[sum.sets].push_back(sum);
                    longer.push_back({sum, partial.numbers});
                    longer.back().numbers.push_back(v.number);
                }
            }
            partials.clear();
            for (auto& [set, same] : sums) {
                for (const LaneVariant& kept : thin_out(std::move(same), thinning(space_))) {
                    partials.push_back(longer[kept.number]);
                }
            }
        }
        take(lane, run->timing, std::move(partials));
    }
}

/// Foldings of a run, at each lane that one of its units or its transfers set.
std::vector<std::vector<LayerHardware>> StageGenerator::foldings(const std::vector<UnitId>& units,
                                                                 const HardwareLists& hardware) const {
    std::set<std::vector<std::size_t>> found;
    at_each_lane(units, hardware, [&](const Lane&, const RunTiming&, std::vector<Partial> partials) {
        for (Partial& partial : partials) {
            found.insert(std::move(partial.numbers));
        }
    });
    std::vector<std::vector<LayerHardware>> result;
    for (const std::vector<std::size_t>& numbers : found) {
        std::vector<LayerHardware>& chosen = result.emplace_back();
        for (std::size_t u = 0; u < units.size(); ++u) {
            chosen.push_back(hardware[u][numbers[u]]);
        }
    }
    return result;
}

GroupVariants StageGenerator::inner_run(const std::vector<UnitId>& units) const {
    HardwareLists hardware;
    for (const UnitId unit : units) {
        hardware.emplace_back(costing_.hardware().useful(unit));
    }
    if (!space_.relaxed) {
        return folded_run(units, foldings(units, hardware));
    }
    GroupCost ends = costing_.sends(units);
    const GroupCost up = costing_.receives(units);
    ends.to_gpu = up.to_gpu;
    ends.gpu_after = up.gpu_after;
    ends.energy += up.energy;
    ends.link_bytes += up.link_bytes;
    ends.streamed = costing_.platform().hand_over == HandOver::streamed;
    VariantsMaker maker(costing_, Folding::exact, longest_pace_, units.front());
    at_each_lane(units, hardware,
                 [&](const Lane& lane, const RunTiming& timing, const std::vector<Partial>& partials) {
                     for (const Partial& partial : partials) {
                         GroupCost cost = ends;
                         cost.clock = lane.clock;
                         cost.pace = lane.quickest;
                         cost.fpga = lane.quickest + timing.fixed + partial.sums.time;
                         cost.energy += partial.sums.energy + costing_.run_power(lane.clock) * cost.fpga;
                         cost.demand = partial.sums.demand;
                         maker.add(cost);
                     }
                 });
    return maker.finish();
}

/// Runs of several units inside a region with something that may be beside them. In a large region all of
/// them, but only chains of few units, each reading what the one before makes.
void StageGenerator::find_folded_runs() {
    const std::size_t region = states_.region(from_);
    const bool chains_only = states_in(states_, region) > kMostRunStates;
    const UnitGraph& graph = costing_.graph();
    const std::vector<UnitId> ready = states_.ready(from_);
    std::vector<std::pair<StateId, std::vector<UnitId>>> open{{from_, {}}};
    std::set<StateId> seen{from_};
    for (std::size_t next = 0; next < open.size(); ++next) {
        if (states_.region(open[next].first) != region) {
            continue;
        }
        for (const UnitId unit : states_.ready(open[next].first)) {
            const StateId to = states_.after(open[next].first, unit);
            const std::vector<UnitId> units = joined(open[next].second, {unit});
            const auto& producers = graph.unit(unit).producers;
            const bool goes_on =
                units.size() == 1 || (units.size() <= kMostInnerUnits && producers.size() == 1 &&
                                      producers.front() == open[next].second.back());
            if ((chains_only && !goes_on) || costing_.hardware().useful(unit).empty() ||
                !may_extend(units, {}) || !seen.insert(to).second) {
                continue;
            }
            if (stop_()) {
                return;
            }
            open.emplace_back(to, units);
            const bool may_have_company = std::any_of(ready.begin(), ready.end(), [&](UnitId other) {
                return std::find(units.begin(), units.end(), other) == units.end();
            });
            if (units.size() == 1 || !(chains_only || may_have_company) || !run_allowed(units) ||
                !costing_.is_connected(units)) {
                continue;
            }
            add_candidate({units, {}}, to, groups_.get({units, {}}, [&] { return inner_run(units); }));
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
    if (costing_.has_choices()) {
        find_single_runs();
        find_folded_runs();
        return;
    }
    struct Open {
        StateId at;
        std::vector<UnitId> units;
        Resources least;
    };
    const auto only_choice = std::make_shared<const GroupChoices>(1);
    std::vector<Open> open{{from_, {}, {}}};
    std::set<StateId> seen{from_};
    for (std::size_t next = 0; next < open.size(); ++next) {
        for (const UnitId unit : states_.ready(open[next].at)) {
            const StateId to = states_.after(open[next].at, unit);
            const std::vector<LayerHardware>& hardware = costing_.hardware().of(unit);
            if (hardware.empty() || seen.count(to) != 0) {
                continue;
            }
            const std::vector<UnitId> units = joined(open[next].units, {unit});
            const Resources least = open[next].least + hardware.front().resources;
            if (!may_extend(units, least)) {
                if (units.size() == 1) {
                    keep_nearest(out_.refused,
                                 refused_piece(costing_, costing_.graph().unit(unit).head, least));
                }
                continue;
            }
            seen.insert(to);
            open.push_back({to, units, least});
            if (!run_allowed(units) || !costing_.is_connected(units)) {
                continue;
            }
            std::vector<LayerHardware> all;
            for (const UnitId one : units) {
                all.push_back(costing_.hardware().of(one).front());
            }
            const GroupCost cost = costing_.run(units, all);
            if (costing_.fits(cost.demand)) {
                add_candidate({units, {}}, to,
                              std::make_shared<const GroupVariants>(GroupVariants{only_choice, {cost}, {}}));
            }
        }
    }
}

}  // namespace cleave
