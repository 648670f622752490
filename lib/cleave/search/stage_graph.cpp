// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/stage_graph.hpp"

#include <gmpxx.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// The weaker of two.
Completeness both(Completeness a, Completeness b) { return std::max(a, b); }

/// How many sums along a path the third objective is the largest of.
std::size_t loads_of(std::optional<ThirdObjective> third) {
    if (!third) {
        return 0;
    }
    switch (*third) {
        case ThirdObjective::interval: return 3;
        case ThirdObjective::alm: return 1;
    }
    throw std::logic_error("unknown third objective");
}

/// What an option adds to these sums.
Loads load_of(const StageOption& option, std::optional<ThirdObjective> third) {
    if (!third) {
        return {};
    }
    switch (*third) {
        case ThirdObjective::interval:
            return {option.busy.gpu.ticks(), option.busy.link.ticks(), option.busy.fpga.ticks()};
        case ThirdObjective::alm: return {option.demand.alm};
    }
    throw std::logic_error("unknown third objective");
}

void set_bounds(SearchProblem& problem, const StageGraph::Bounds& bounds) {
    if (bounds.time) {
        problem.most_time = bounds.time->ticks();
    }
    if (bounds.energy) {
        problem.most_energy = bounds.energy->ticks();
    }
}

}  // namespace

StageGraph::StageGraph(const Costing& costing, const StateSpace& states, const OptionSet& options,
                       std::optional<ThirdObjective> third)
    : costing_(costing), states_(states), options_(options), third_(third) {
    if (third && costing.platform().resource_scope == ResourceScope::module) {
        throw std::invalid_argument("a third objective needs the resources of the whole network");
    }
    if (third == ThirdObjective::alm && !costing.platform().fpga.adds_up()) {
        throw std::invalid_argument("the implementation's ALMs do not add up");
    }
    for (const CapacityLimit& limit : costing.platform().fpga.limits()) {
        if (std::any_of(options.options.begin(), options.options.end(),
                        [&](const StageOption& o) { return limit.use(o.demand) > 0; })) {
            limits_.push_back(limit);
        }
    }
    if (limits_.size() > kResourceKinds) {
        throw std::logic_error("the FPGA has more capacity limits than the search knows resources");
    }
}

StageGraph::Front StageGraph::solve(Capacity capacity, const Bounds& bounds,
                                    const SearchOptions& search) const {
    return costing_.platform().resource_scope == ResourceScope::module
               ? solve_modules(capacity, bounds, search)
               : solve_network(capacity, bounds, search);
}

std::vector<Decision> StageGraph::decisions(std::span<const std::uint32_t> path,
                                            std::size_t first_option) const {
    std::vector<Decision> all;
    UnitId run_start{};
    for (const std::uint32_t arc : path) {
        const StageOption& option = options_.options[first_option + arc];
        const StageTemplate& stage = options_.templates[option.stage];
        if (stage.to_run && !stage.from_run) {
            run_start = stage.groups.front().units.front();
        }
        const auto some = decisions_of(stage, groups_of(stage, option.choice), run_start);
        all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    return all;
}

bool StageGraph::has_lanes() const {
    return std::any_of(options_.lanes.begin(), options_.lanes.end(),
                       [](std::uint32_t lane) { return lane != 0; });
}

StageGraph::Part StageGraph::part(StateId begin, StateId end, Capacity capacity) const {
    Part part;
    const std::size_t lowest = index(options_.state_nodes[index(begin)]);
    const std::size_t highest = index(options_.state_nodes[index(end)]);
    part.problem.nodes = static_cast<std::uint32_t>(highest - lowest + 1);
    const auto from_of = [&](const StageOption& o) { return index(options_.templates[o.stage].from); };
    const auto first = std::partition_point(options_.options.begin(), options_.options.end(),
                                            [&](const StageOption& o) { return from_of(o) < lowest; });
    part.first_option = static_cast<std::size_t>(first - options_.options.begin());
    if (has_lanes()) {
        part.problem.lanes.assign(options_.lanes.begin() + static_cast<std::ptrdiff_t>(lowest),
                                  options_.lanes.begin() + static_cast<std::ptrdiff_t>(highest) + 1);
    }
    part.problem.capacity.fill(0);
    part.problem.loads = loads_of(third_);
    for (std::size_t k = 0; k < limits_.size(); ++k) {
        part.problem.capacity[k] = capacity == Capacity::limited ? limits_[k].limit : 0;
    }
    const auto last = std::partition_point(first, options_.options.end(),
                                           [&](const StageOption& o) { return from_of(o) < highest; });
    part.problem.arcs.reserve(static_cast<std::size_t>(last - first));
    for (auto option = first; option != last; ++option) {
        SearchArc arc;
        arc.from = static_cast<std::uint32_t>(from_of(*option) - lowest);
        arc.to = static_cast<std::uint32_t>(index(options_.templates[option->stage].to) - lowest);
        arc.time = option->time.ticks();
        arc.energy = option->energy.ticks();
        arc.load = load_of(*option, third_);
        for (std::size_t k = 0; k < limits_.size() && capacity == Capacity::limited; ++k) {
            arc.use[k] = limits_[k].use(option->demand);
        }
        part.problem.arcs.push_back(arc);
    }
    part.problem.prefer = [this, offset = part.first_option](auto a, auto b) {
        return decisions(a, offset) < decisions(b, offset);
    };
    return part;
}

Mapping StageGraph::mapping(std::span<const std::size_t> options) const {
    const UnitGraph& graph = costing_.graph();
    Mapping mapping;
    FpgaRun run;
    for (const std::size_t i : options) {
        const StageOption& option = options_.options[i];
        const StageTemplate& stage = options_.templates[option.stage];
        for (const StageGroup& group : groups_of(stage, option.choice)) {
            for (std::size_t u = 0; u < group.units.size(); ++u) {
                const LayerId head = graph.unit(group.units[u]).head;
                if (group.axis) {
                    mapping.splits.push_back(
                        {head, *group.axis, group.share, costing_.picked(head, *group.axis, group.share)});
                } else {
                    run.push_back(head);
                }
                if (!group.hardware.empty()) {
                    mapping.hardware.push_back({head, group.hardware[u]});
                }
            }
            if (!group.axis && !stage.to_run) {
                mapping.runs.push_back(std::exchange(run, {}));
            }
        }
        // A run that ends with no unit more.
        if (stage.from_run && !stage.to_run && !run.empty()) {
            mapping.runs.push_back(std::exchange(run, {}));
        }
    }
    normalize(mapping);
    return mapping;
}

SearchProblem StageGraph::problem(Capacity capacity) const {
    return part(states_.start(), states_.end(), capacity).problem;
}

StageGraph::Front StageGraph::solve_network(Capacity capacity, const Bounds& bounds,
                                            const SearchOptions& search) const {
    Part whole = part(states_.start(), states_.end(), capacity);
    set_bounds(whole.problem, bounds);
    const SearchResult result = cleave::solve(whole.problem, search);
    Front front{{}, result.completeness, result.gap, result.counts};
    for (const SearchPoint& point : result.front) {
        std::vector<std::size_t> options(point.path.begin(), point.path.end());
        front.points.push_back(
            {Nanoseconds(point.time), Picojoules(point.energy), point.third(), mapping(options)});
    }
    return front;
}

/// Every module has the FPGA to itself: the front of each under the limits, then the front of their sums.
///
/// With an epsilon, modules with lanes and the sum get equal parts of it: their errors multiply. A sum within
/// bounds may have parts next to it whose sum is not, so with bounds the parts are exact.
StageGraph::Front StageGraph::solve_modules(Capacity capacity, const Bounds& bounds,
                                            const SearchOptions& search) const {
    const UnitGraph& graph = costing_.graph();
    std::vector<StateId> borders{states_.start()};
    for (std::size_t r = 1; r < states_.regions().size(); ++r) {
        const std::size_t first = states_.regions()[r].first;
        if (graph.unit(unit_id(first)).module != graph.unit(unit_id(first - 1)).module) {
            std::size_t i = index(borders.back());
            while (states_.region(state_id(i)) != r) {
                ++i;
            }
            borders.push_back(state_id(i));
        }
    }
    borders.push_back(states_.end());

    Front front;
    SearchProblem chain;
    chain.nodes = static_cast<std::uint32_t>(borders.size());
    std::vector<std::vector<std::size_t>> choices;
    double parts = 0;
    SearchOptions within = search;
    const bool share_epsilon = has_lanes() && !bounds.time && !bounds.energy;
    within.epsilon = share_epsilon ? std::sqrt(1 + search.epsilon) - 1 : 0;
    for (std::size_t m = 0; m + 1 < borders.size(); ++m) {
        const Part module = part(borders[m], borders[m + 1], capacity);
        const SearchResult result = cleave::solve(module.problem, within);
        front.completeness = both(front.completeness, result.completeness);
        parts = std::max(parts, result.gap.all);
        front.counts += result.counts;
        for (const SearchPoint& point : result.front) {
            chain.arcs.push_back({static_cast<std::uint32_t>(m),
                                  static_cast<std::uint32_t>(m + 1),
                                  point.time,
                                  point.energy,
                                  {},
                                  {}});
            std::vector<std::size_t> options;
            for (const std::uint32_t arc : point.path) {
                options.push_back(module.first_option + arc);
            }
            choices.push_back(std::move(options));
        }
    }
    const auto options_on = [&](std::span<const std::uint32_t> path) {
        std::vector<std::size_t> options;
        for (const std::uint32_t arc : path) {
            options.insert(options.end(), choices[arc].begin(), choices[arc].end());
        }
        return options;
    };
    chain.prefer = [&](std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
        const auto decide = [&](std::span<const std::uint32_t> path) {
            const std::vector<std::size_t> options = options_on(path);
            const std::vector<std::uint32_t> narrow(options.begin(), options.end());
            return decisions(narrow, 0);
        };
        return decide(a) < decide(b);
    };
    set_bounds(chain, bounds);
    SearchOptions rest = search;
    rest.epsilon = share_epsilon ? within.epsilon : search.epsilon;
    const SearchResult result = cleave::solve(chain, rest);
    front.completeness = both(front.completeness, result.completeness);
    // Errors of the parts and of the sum multiply. What is missing in a part may change which point of the
    // sum is next to a missing one: gaps in one objective alone do not add up.
    front.gap = parts > 0 ? SearchGap::unknown() : result.gap;
    front.gap.all = (1 + parts) * (1 + result.gap.all) - 1;
    front.counts += result.counts;
    for (const SearchPoint& point : result.front) {
        front.points.push_back(
            {Nanoseconds(point.time), Picojoules(point.energy), 0, mapping(options_on(point.path))});
    }
    return front;
}

std::string StageGraph::count() const {
    std::vector<mpz_class> paths(options_.nodes());
    paths[0] = 1;
    for (const OptionSet::PairCount& pair : options_.pair_counts) {
        const mpz_class choices(std::to_string(pair.count));
        paths[index(pair.to)] += paths[index(pair.from)] * choices;
    }
    return paths.back().get_str();
}

}  // namespace cleave
