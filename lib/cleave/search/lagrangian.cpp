// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"

#include "cleave/search/dual_master.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// No path's weighted sums exceed this, and no arc's priced use of one resource does; together with the
/// number of arcs on a path (fewer than nodes) and of resources (4) that keeps every sum below kUnreachable.
double most_weighted(std::uint32_t nodes) {
    return std::min(1e15, static_cast<double>(kUnreachable) / 8 / static_cast<double>(nodes));
}

/// Rounds of column generation for one direction; any multipliers are valid, so stopping early only weakens
/// the bound.
constexpr int kMostRounds = 60;

PathPool::Entry follow(const ArcSet& set, const std::vector<std::uint32_t>& best_arc) {
    PathPool::Entry entry;
    for (std::uint32_t node = 0; node + 1 < set.nodes;) {
        const std::uint32_t i = best_arc[node];
        const SearchArc& arc = set.arcs[i];
        entry.sums.time += arc.time;
        entry.sums.energy += arc.energy;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            entry.sums.use[k] += arc.use[k];
        }
        for (std::size_t l = 0; l < kLoadKinds; ++l) {
            entry.sums.load[l] += arc.load[l];
        }
        entry.path.push_back(set.number[i]);
        node = arc.to;
    }
    return entry;
}

}  // namespace

ArcSet fitting_arcs(const SearchProblem& problem) {
    ArcSet set{problem.nodes, problem.capacity, problem.loads, {}, {}};
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        const SearchArc& arc = problem.arcs[i];
        bool fits = true;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            fits = fits && arc.use[k] <= problem.capacity[k];
        }
        if (fits) {
            set.arcs.push_back(arc);
            set.number.push_back(static_cast<std::uint32_t>(i));
        }
    }
    return set;
}

void complete(const ArcSet& set, LagrangianBound& bound, std::vector<std::uint32_t>* best_arc) {
    bound.completion.assign(set.nodes, kUnreachable);
    bound.completion.back() = 0;
    for (std::size_t i = set.arcs.size(); i-- > 0;) {
        const SearchArc& arc = set.arcs[i];
        const std::int64_t after = bound.completion[arc.to];
        if (after >= kUnreachable) {
            continue;
        }
        const std::int64_t value = after + bound.price(arc);
        if (value <= bound.completion[arc.from]) {
            bound.completion[arc.from] = value;
            if (best_arc != nullptr) {
                (*best_arc)[arc.from] = static_cast<std::uint32_t>(i);
            }
        }
    }
    bound.multiplier_capacity = 0;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        bound.multiplier_capacity += bound.multiplier[k] * set.capacity[k];
    }
}

std::vector<std::int64_t> forward_prices(const ArcSet& set, const LagrangianBound& bound) {
    std::vector<std::int64_t> price(set.nodes, kUnreachable);
    price.front() = 0;
    for (const SearchArc& arc : set.arcs) {
        if (price[arc.from] < kUnreachable) {
            price[arc.to] = std::min(price[arc.to], price[arc.from] + bound.price(arc));
        }
    }
    return price;
}

Objectives longest_paths(const SearchProblem& problem) {
    std::vector<Objectives> longest(problem.nodes, Objectives{});
    for (const SearchArc& arc : problem.arcs) {
        const Objectives& from = longest[arc.from];
        const std::int64_t load = *std::max_element(arc.load.begin(), arc.load.end());
        const Objectives sum{from[0] + arc.time, from[1] + arc.energy,
                             from[2] + (problem.loads == 0 ? 0 : load)};
        for (std::size_t j = 0; j < sum.size(); ++j) {
            longest[arc.to][j] = std::max(longest[arc.to][j], sum[j]);
        }
    }
    Objectives most{};
    for (const Objectives& o : longest) {
        for (std::size_t j = 0; j < o.size(); ++j) {
            most[j] = std::max(most[j], o[j]);
        }
    }
    return most;
}

bool PathPool::add(Entry entry) {
    const bool known =
        std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.path == entry.path; });
    if (!known) {
        entries_.push_back(std::move(entry));
    }
    return !known;
}

PathPool PathPool::only(const ArcSet& set, std::size_t arcs) const {
    std::vector<bool> there(arcs, false);
    for (const std::uint32_t i : set.number) {
        there[i] = true;
    }
    PathPool pool;
    for (const Entry& entry : entries_) {
        if (std::all_of(entry.path.begin(), entry.path.end(), [&](std::uint32_t i) { return there[i]; })) {
            pool.entries_.push_back(entry);
        }
    }
    return pool;
}

Weights integer_weights(const std::array<double, 3>& direction, const Objectives& most, std::uint32_t nodes,
                        std::size_t loads) {
    const double sum = direction[0] + direction[1] + direction[2];
    const double scale = sum > 0 ? most_weighted(nodes) / 2 / sum : 0;
    const auto weight = [&](std::size_t j) {
        return static_cast<std::int64_t>(
            std::floor(direction[j] * scale / static_cast<double>(std::max<std::int64_t>(1, most[j]))));
    };
    return {weight(0), weight(1), loads == 0 ? Loads{} : Loads{weight(2), 0, 0}};
}

LagrangianBound best_bound(const ArcSet& set, const std::array<double, 3>& direction, const Objectives& most,
                           PathPool& pool) {
    const Weights whole = integer_weights(direction, most, set.nodes, set.loads);
    DualMaster master(set, whole, most_weighted(set.nodes));
    for (const PathPool::Entry& entry : pool.entries()) {
        master.add(entry.sums);
    }
    LagrangianBound best;
    best.weights = whole;
    std::vector<std::uint32_t> best_arc(set.nodes, 0);
    complete(set, best, &best_arc);
    if (best.completion.front() >= kUnreachable) {
        return best;
    }
    const auto note = [&](PathPool::Entry entry) {
        master.add(entry.sums);
        return pool.add(std::move(entry));
    };
    note(follow(set, best_arc));
    for (int round = 0; round < kMostRounds; ++round) {
        LagrangianBound bound;
        master.solve(bound.weights, bound.multiplier);
        complete(set, bound, &best_arc);
        if (bound.root() > best.root()) {
            best = bound;
        }
        // A path that is known already cannot move the master: its prices are the best there are.
        if (!note(follow(set, best_arc))) {
            break;
        }
    }
    return best;
}

std::vector<std::array<double, 3>> spread_directions(std::size_t objectives) {
    if (objectives == 2) {
        constexpr int kSteps = 16;
        std::vector<std::array<double, 3>> all{{1, 0, 0}, {0, 1, 0}};
        for (int i = 1; i < kSteps; ++i) {
            const double angle = std::acos(0.0) * i / kSteps;
            all.push_back({std::cos(angle), std::sin(angle), 0});
        }
        return all;
    }
    constexpr int kSteps = 6;
    std::vector<std::array<double, 3>> all{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int i = 0; i <= kSteps; ++i) {
        for (int j = 0; i + j <= kSteps; ++j) {
            const int k = kSteps - i - j;
            if (i != kSteps && j != kSteps && k != kSteps) {
                all.push_back({static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)});
            }
        }
    }
    return all;
}

}  // namespace cleave
