// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/find_front.hpp"

#include "cleave/search/stage_graph.hpp"

#include <algorithm>
#include <iterator>
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
    const bool may_be_better = found.completeness != Completeness::exact ||
                               (costing.has_choices() && space.folding == Folding::ladder);
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

class Constrainer {
public:
    Constrainer(const Costing& costing, const StateSpace& states, const StageGraph& graph,
                const Constraints& wanted)
        : costing_(costing), states_(states), graph_(graph), wanted_(wanted) {}

    void apply(ExploreResult& result, const SearchOptions& search) const {
        const std::vector<FrontPoint> all = std::move(result.front);
        result.front.clear();
        std::copy_if(all.begin(), all.end(), std::back_inserter(result.front),
                     [&](const FrontPoint& p) { return keeps(p.score.latency, p.score.energy); });
        // A search that was stopped proves nothing about what it has not found.
        if (!result.exact() && result.front.empty()) {
            result.gap = SearchGap::unknown();
        }
        if (!result.front.empty() || all.empty() || !result.exact()) {
            return;
        }
        const std::optional<Infeasibility> binding = find_binding(search);
        if (wanted_.max_latency) {
            result.unmet.push_back(
                {"latency", wanted_.max_latency->value(), to_si(all.front().score.latency).value(), binding});
        }
        if (wanted_.max_energy) {
            result.unmet.push_back({"energy", wanted_.max_energy->value(),
                                    to_si(all[least_energy(all)].score.energy).value(), binding});
        }
    }

private:
    [[nodiscard]] bool keeps(Nanoseconds latency, Picojoules energy) const {
        return (!wanted_.max_latency || latency <= round_exact(*wanted_.max_latency)) &&
               (!wanted_.max_energy || energy <= round_exact(*wanted_.max_energy));
    }
    /// Of the points that would meet the constraints on a larger FPGA, what the one nearest to fitting lacks.
    [[nodiscard]] std::optional<Infeasibility> find_binding(const SearchOptions& search) const {
        std::optional<Infeasibility> nearest;
        for (const StageGraph::Point& point : graph_.solve(StageGraph::Capacity::unlimited, search).points) {
            if (!keeps(point.time, point.energy)) {
                continue;
            }
            const auto lacking = evaluate(costing_, states_, point.mapping).infeasible;
            if (lacking && (!nearest || lacking->refusal.ratio() < nearest->refusal.ratio())) {
                nearest = lacking;
            }
        }
        return nearest;
    }

    const Costing& costing_;
    const StateSpace& states_;
    const StageGraph& graph_;
    const Constraints& wanted_;
};

}  // namespace

ExploreResult find_front(const ExploreRequest& request, const std::function<bool()>& should_stop,
                         Progress* progress) {
    const UnitGraph units(request.network);
    const StateSpace states(units);
    const Costing costing(units, request.platform);
    const OptionSet options =
        generate_options(costing, states, request.space, request.limits.threads, should_stop, progress);
    const StageGraph graph(costing, states, options, request.space.third);

    SearchOptions search;
    search.should_stop = should_stop;
    search.threads = request.limits.threads;
    search.progress = progress;
    // A set that is near the front may have no point within the constraints although the front has one.
    const bool constrained = request.constraints.max_latency || request.constraints.max_energy;
    search.epsilon = constrained ? 0 : request.limits.epsilon;
    if (request.limits.memory_limit) {
        search.most_bytes = static_cast<std::uint64_t>(*request.limits.memory_limit);
    }
    const StageGraph::Front front = graph.solve(StageGraph::Capacity::limited, search);

    ExploreResult result;
    result.baseline = {{}, evaluate(costing, states, {})};
    result.front = score_again(costing, states, front, request.space);
    if (costing.has_choices()) {
        keep_front(result.front, request.space.third);
    }
    if (costing.is_fpga_off({}) || front.completeness != Completeness::exact) {
        add_baseline(result.baseline, result.front, request.space.third);
    }
    result.completeness = options.complete ? front.completeness : Completeness::stopped;
    result.gap = options.complete ? front.gap : SearchGap::unknown();
    result.design_points = graph.count();
    result.stats = {options.evaluated, options.options.size(), states.size(), front.counts};
    result.nothing_fits = options.nothing_fits;
    Constrainer(costing, states, graph, request.constraints).apply(result, search);
    return result;
}

}  // namespace cleave
