// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/find_front.hpp"

#include "cleave/partition/lanes.hpp"
#include "cleave/partition/layers_on_fpga.hpp"
#include "cleave/search/fit_probability.hpp"
#include "cleave/search/ladder_loss.hpp"
#include "cleave/search/stage_graph.hpp"
#include "cleave/search/unit_bound.hpp"
#include "cleave/units/memory.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace cleave {
namespace {

/// Evaluates every point again from its mapping alone; a difference means that search and evaluation disagree
/// about what a partition costs, and no result can be trusted.
///
/// A search that was stopped may have a mapping under a schedule that is not its shortest, and on the ladder
/// a run at a pace that is slower than its own: then its score may be better.
std::vector<FrontPoint> score_again(const Costing& costing, const StateSpace& states,
                                    const StageGraph::Front& found, const DesignSpace& space) {
    const std::optional<ThirdObjective> third = space.third;
    const bool may_be_better = found.completeness != Completeness::exact || is_on_ladder(costing, space);
    std::vector<FrontPoint> front;
    for (const StageGraph::Point& point : found.points) {
        FrontPoint scored{point.mapping, evaluate(costing, states, point.mapping)};
        // The search charges standing power always; the one partition that may be free of it is handled after
        // it.
        const bool same = scored.score.latency == point.time &&
                          (scored.score.energy == point.energy || costing.is_fpga_off(point.mapping)) &&
                          third_of(scored.score, third) == point.third;
        const bool better = may_be_better && scored.score.latency <= point.time;
        if ((!same && !better) || scored.score.infeasible) {
            throw std::logic_error("a point of the front does not score as the search had it");
        }
        front.push_back(std::move(scored));
    }
    return front;
}

/// Points that no other dominates, in the order of fronts; of equal ones the first.
void keep_front(std::vector<FrontPoint>& front, std::optional<ThirdObjective> third) {
    const auto key = [&](const FrontPoint& p) {
        return std::tuple(p.score.latency, p.score.energy, third_of(p.score, third));
    };
    std::stable_sort(front.begin(), front.end(),
                     [&](const FrontPoint& a, const FrontPoint& b) { return key(a) < key(b); });
    // What is no worse in all objectives comes first.
    std::vector<FrontPoint> kept;
    for (FrontPoint& point : front) {
        if (std::none_of(kept.begin(), kept.end(), [&](const FrontPoint& k) {
                return k.score.energy <= point.score.energy &&
                       third_of(k.score, third) <= third_of(point.score, third);
            })) {
            kept.push_back(std::move(point));
        }
    }
    front = std::move(kept);
}

/// With the unused FPGA switched off, running on the GPU alone costs less than the sum of its stages; and a
/// search that was stopped may not have come to it.
void add_baseline(const FrontPoint& baseline, std::vector<FrontPoint>& front,
                  std::optional<ThirdObjective> third) {
    front.push_back(baseline);
    keep_front(front, third);
}

/// The nanoseconds and picojoules that a partition may take.
StageGraph::Bounds bounds_of(const Constraints& wanted) {
    StageGraph::Bounds bounds;
    if (wanted.max_latency) {
        bounds.time = round_exact(*wanted.max_latency);
    }
    if (wanted.max_energy) {
        bounds.energy = round_exact(*wanted.max_energy);
    }
    return bounds;
}

/// Options may fill half of the memory: the search copies them for its own graph, and needs tables and
/// labels besides.
std::optional<std::int64_t> limit_for_options(const SearchLimits& limits) {
    return limits.memory_limit ? std::optional(*limits.memory_limit / 2) : std::nullopt;
}

class FrontFinder {
public:
    FrontFinder(const ExploreRequest& request, const Costing& costing, const StateSpace& states,
                const StageGraph& graph, SearchOptions search)
        : request_(request), costing_(costing), states_(states), graph_(graph), search_(std::move(search)) {}

    /// The front within constraints, and why it is empty if it is.
    void find(ExploreResult& result, bool all_options) const {
        const StageGraph::Bounds bounds = bounds_of(request_.constraints);
        const StageGraph::Front found = graph_.solve(StageGraph::Capacity::limited, bounds, search_);
        result.front = within(bounds, points_of(found, result.baseline));
        result.completeness = all_options ? found.completeness : Completeness::stopped;
        result.gap = all_options ? found.gap : without_stages(result.front);
        result.stats.search = found.counts;
        if (!result.front.empty() || !(bounds.time || bounds.energy)) {
            return;
        }
        // A search that was stopped proves nothing about what it has not found.
        if (result.completeness == Completeness::stopped) {
            result.gap = SearchGap::unknown();
        } else {
            result.unmet = unmet(result.baseline, bounds);
        }
    }

private:
    /// Where options are missing, what their units alone say.
    [[nodiscard]] SearchGap without_stages(const std::vector<FrontPoint>& front) const {
        return request_.space.third ? SearchGap::unknown()
                                    : UnitBound(costing_, request_.space, search_.threads).gap(front);
    }

    /// The points of a front and the GPU alone.
    [[nodiscard]] std::vector<FrontPoint> points_of(const StageGraph::Front& found,
                                                    const FrontPoint& baseline) const {
        std::vector<FrontPoint> front = score_again(costing_, states_, found, request_.space);
        if (costing_.has_choices()) {
            keep_front(front, request_.space.third);
        }
        if (costing_.is_fpga_off({}) || found.completeness != Completeness::exact) {
            add_baseline(baseline, front, request_.space.third);
        }
        return front;
    }

    static std::vector<FrontPoint> within(const StageGraph::Bounds& bounds, std::vector<FrontPoint> front) {
        std::erase_if(front, [&](const FrontPoint& p) {
            return (bounds.time && p.score.latency > *bounds.time) ||
                   (bounds.energy && p.score.energy > *bounds.energy);
        });
        return front;
    }

    [[nodiscard]] std::vector<UnmetConstraint> unmet(const FrontPoint& baseline,
                                                     const StageGraph::Bounds& bounds) const {
        const StageGraph::Front found = graph_.solve(StageGraph::Capacity::limited, {}, search_);
        const std::vector<FrontPoint> all = points_of(found, baseline);
        const bool proved = found.completeness == Completeness::exact;
        const std::optional<Infeasibility> binding = find_binding(bounds);
        std::vector<UnmetConstraint> unmet;
        if (const auto& wanted = request_.constraints.max_latency) {
            unmet.push_back(
                {"latency", wanted->value(), to_si(all.front().score.latency).value(), proved, binding});
        }
        if (const auto& wanted = request_.constraints.max_energy) {
            unmet.push_back({"energy", wanted->value(), to_si(all[least_energy(all)].score.energy).value(),
                             proved, binding});
        }
        return unmet;
    }

    /// Of the points that would meet the constraints on a larger FPGA, what the one nearest to fitting lacks.
    [[nodiscard]] std::optional<Infeasibility> find_binding(const StageGraph::Bounds& bounds) const {
        std::optional<Infeasibility> nearest;
        for (const StageGraph::Point& point :
             graph_.solve(StageGraph::Capacity::unlimited, bounds, search_).points) {
            const auto lacking = evaluate(costing_, states_, point.mapping).infeasible;
            if (lacking && (!nearest || lacking->refusal.ratio() < nearest->refusal.ratio())) {
                nearest = lacking;
            }
        }
        return nearest;
    }

    const ExploreRequest& request_;
    const Costing& costing_;
    const StateSpace& states_;
    const StageGraph& graph_;
    SearchOptions search_;
};

/// The front on the whole FPGA, without a probability to fit.
ExploreResult search_front(const ExploreRequest& request, const std::function<bool()>& should_stop,
                           Progress* progress) {
    const UnitGraph units(request.network);
    const StateSpace states(units);
    const Costing costing(units, request.platform, request.known_weights());
    SearchOptions search;
    search.should_stop = should_stop;
    search.threads = request.limits.threads;
    search.progress = progress;
    search.epsilon = request.limits.epsilon;
    search.most_rounds = request.limits.most_rounds;
    if (request.limits.memory_limit) {
        search.most_bytes = static_cast<std::uint64_t>(*request.limits.memory_limit);
    }
    DesignSpace space = request.space;
    // Runs of which none may be too long need not be told apart by their length.
    if (space.longest_run && *space.longest_run >= static_cast<std::int64_t>(units.size())) {
        space.longest_run.reset();
    }
    ExploreResult result;
    result.baseline = {{}, evaluate(costing, states, {})};
    result.on_ladder = is_on_ladder(costing, space);
    result.cuts = states.cuts();
    {
        const MemoryLimit memory(limit_for_options(request.limits));
        const auto stop = [&] { return (should_stop && should_stop()) || memory.passed(); };
        const OptionSet options =
            generate_options(costing, states, space, request.limits.threads, stop, progress);
        const StageGraph graph(costing, states, options, request.space.third);
        result.design_points = graph.count();
        result.stats = {options.evaluated, options.options.size(), states.size(), {}};
        result.nothing_fits = options.nothing_fits;
        FrontFinder(request, costing, states, graph, search).find(result, options.complete);
    }
    if (result.on_ladder && request.limits.bound_ladder && !result.front.empty()) {
        result.ladder_loss =
            ladder_loss(costing, states, space, bounds_of(request.constraints), result.front, search);
    }
    return result;
}

/// Adds what a search on a part of the implementations found, its points as they are on all of them.
void add_front(const ExploreRequest& request, const Fpga& part, ExploreResult&& more, ExploreResult& result) {
    const UnitGraph units(request.network);
    const StateSpace states(units);
    const Costing costing(units, request.platform, request.known_weights());
    for (FrontPoint& point : more.front) {
        // Where the part left no choice, mappings name no hardware.
        if (point.mapping.hardware.empty()) {
            const HardwareChoice only{part.implementations().front().number, std::nullopt};
            for (const LayerId layer : layers_on_fpga(point.mapping)) {
                point.mapping.hardware.push_back({layer, only});
            }
            normalize(point.mapping);
        }
        point.score = evaluate(costing, states, point.mapping);
        result.front.push_back(std::move(point));
    }
    keep_front(result.front, request.space.third);
    result.completeness = std::max(result.completeness, more.completeness);
    result.gap = {std::max(result.gap.all, more.gap.all), std::max(result.gap.time, more.gap.time),
                  std::max(result.gap.energy, more.gap.energy)};
    result.ladder_loss = result.ladder_loss && more.ladder_loss
                             ? std::optional(std::max(*result.ladder_loss, *more.ladder_loss))
                             : std::nullopt;
    result.stats.evaluated_options += more.stats.evaluated_options;
    result.stats.options += more.stats.options;
    result.stats.search += more.stats.search;
    if (!result.front.empty()) {
        result.unmet.clear();
    }
}

}  // namespace

SearchLimits rough_limits(const SearchLimits& limits) {
    constexpr double kEpsilon = 0.05;
    constexpr std::uint64_t kRounds = 40;
    SearchLimits rough = limits;
    rough.bound_ladder = false;
    if (limits.epsilon > 0) {
        rough.epsilon = std::max(limits.epsilon, kEpsilon);
        rough.most_rounds = kRounds;
    }
    return rough;
}

ExploreResult find_front(const ExploreRequest& request, const std::function<bool()>& should_stop,
                         Progress* progress) {
    if (!request.constraints.fit_probability) {
        return search_front(request, should_stop, progress);
    }
    std::optional<ExploreResult> result;
    for (const Fpga& fpga : dependable_fpgas(request.platform.fpga, *request.constraints.fit_probability,
                                             knows_weights(request))) {
        ExploreRequest part = request;
        part.platform.fpga = fpga;
        ExploreResult found = search_front(part, should_stop, progress);
        if (result) {
            add_front(request, fpga, std::move(found), *result);
        } else {
            result = std::move(found);
        }
    }
    return std::move(*result);
}

}  // namespace cleave
