// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"

#include "cleave/search/dual_master.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace cleave {
namespace {

/// No path's weighted sums exceed this, and no arc's priced use of one resource does; together with the
/// number of arcs on a path and of resources (4) that keeps every sum below kUnreachable.
double most_weighted(std::uint32_t longest) {
    return std::min(1e15, static_cast<double>(kUnreachable) / 8 / static_cast<double>(longest + 1));
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

namespace {

/// The arcs of a problem that `is_kept` names.
template <class IsKept>
ArcSet arcs_of(const SearchProblem& problem, const IsKept& is_kept) {
    ArcSet set{problem.nodes, 0, problem.capacity, problem.loads, {}, {}};
    const auto& all = problem.arcs;
    const auto count = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_kept));
    set.arcs.reserve(count);
    set.number.reserve(count);
    std::vector<std::uint32_t> before(set.nodes, 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (is_kept(all[i])) {
            set.arcs.push_back(all[i]);
            set.number.push_back(static_cast<std::uint32_t>(i));
            before[all[i].to] = std::max(before[all[i].to], before[all[i].from] + 1);
        }
    }
    set.longest = *std::max_element(before.begin(), before.end());
    return set;
}

bool fits(const SearchArc& arc, const ResourceUse& capacity) {
    bool within = true;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        within = within && arc.use[k] <= capacity[k];
    }
    return within;
}

}  // namespace

ArcSet fitting_arcs(const SearchProblem& problem) {
    return arcs_of(problem, [&](const SearchArc& arc) { return fits(arc, problem.capacity); });
}

void drop_unused_nodes(ArcSet& set) {
    std::vector<std::uint32_t> number(set.nodes, 0);
    number.front() = 1;
    number.back() = 1;
    for (const SearchArc& arc : set.arcs) {
        number[arc.from] = 1;
        number[arc.to] = 1;
    }
    // Used nodes before each.
    std::exclusive_scan(number.begin(), number.end(), number.begin(), 0U);
    for (SearchArc& arc : set.arcs) {
        arc.from = number[arc.from];
        arc.to = number[arc.to];
    }
    set.nodes = number.back() + 1;
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

Objectives longest_paths(const ArcSet& set) {
    std::vector<Objectives> longest(set.nodes, Objectives{});
    Objectives most{};
    for (const SearchArc& arc : set.arcs) {
        const Objectives& from = longest[arc.from];
        const std::int64_t load = *std::max_element(arc.load.begin(), arc.load.end());
        const Objectives sum{from[0] + arc.time, from[1] + arc.energy, from[2] + (set.loads == 0 ? 0 : load)};
        for (std::size_t j = 0; j < sum.size(); ++j) {
            longest[arc.to][j] = std::max(longest[arc.to][j], sum[j]);
            most[j] = std::max(most[j], sum[j]);
        }
    }
    return most;
}

namespace {

/// What each of a path's sums is at least.
using Least = std::array<std::int64_t, 2 + kLoadKinds>;
constexpr Least kUnreached{kUnreachable, kUnreachable, kUnreachable, kUnreachable, kUnreachable};

Least sum_of(const Least& a, const SearchArc& arc) {
    Least sum{a[0] + arc.time, a[1] + arc.energy, 0, 0, 0};
    for (std::size_t l = 0; l < kLoadKinds; ++l) {
        sum[2 + l] = a[2 + l] + arc.load[l];
    }
    return sum;
}

void lower(Least& least, const Least& other) {
    for (std::size_t j = 0; j < least.size(); ++j) {
        least[j] = std::min(least[j], other[j]);
    }
}

Objectives objectives_of(const Least& sums) {
    return {sums[0], sums[1], *std::max_element(sums.begin() + 2, sums.end())};
}

/// The fastest path that uses nothing, if there is one.
std::optional<Objectives> free_path(const SearchProblem& problem) {
    std::vector<Least> best(problem.nodes, kUnreached);
    best.front() = {};
    for (const SearchArc& arc : problem.arcs) {
        if (arc.use == ResourceUse{} && best[arc.from][0] < kUnreachable) {
            best[arc.to] = std::min(best[arc.to], sum_of(best[arc.from], arc));
        }
    }
    return best.back()[0] < kUnreachable ? std::optional(objectives_of(best.back())) : std::nullopt;
}

}  // namespace

ArcSet undominated_arcs(const SearchProblem& problem) {
    const std::optional<Objectives> known = free_path(problem);
    if (!known) {
        return fitting_arcs(problem);
    }
    std::vector<Least> before(problem.nodes, kUnreached);
    std::vector<Least> after(problem.nodes, kUnreached);
    before.front() = {};
    after.back() = {};
    for (const SearchArc& arc : problem.arcs) {
        if (fits(arc, problem.capacity)) {
            lower(before[arc.to], sum_of(before[arc.from], arc));
        }
    }
    for (auto arc = problem.arcs.rbegin(); arc != problem.arcs.rend(); ++arc) {
        if (fits(*arc, problem.capacity)) {
            lower(after[arc->from], sum_of(after[arc->to], *arc));
        }
    }
    return arcs_of(problem, [&](const SearchArc& arc) {
        Least through = sum_of(before[arc.from], arc);
        for (std::size_t j = 0; j < through.size(); ++j) {
            through[j] += after[arc.to][j];
        }
        const Objectives least = objectives_of(through);
        return fits(arc, problem.capacity) && (!within(*known, least) || *known == least);
    });
}

ArcSet nearest_arcs(const ArcSet& set, const LagrangianBound& bound) {
    const std::vector<std::int64_t> before = forward_prices(set, bound);
    std::vector<std::int64_t> costs;
    costs.reserve(set.arcs.size());
    for (const SearchArc& arc : set.arcs) {
        costs.push_back(before[arc.from] + bound.price(arc) + bound.completion[arc.to]);
    }
    std::vector<std::int64_t> order = costs;
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(order.size() / kNearestOneIn);
    std::nth_element(order.begin(), last, order.end());
    ArcSet near{set.nodes, set.longest, set.capacity, set.loads, {}, {}};
    for (std::size_t i = 0; i < costs.size(); ++i) {
        if (costs[i] <= *last) {
            near.arcs.push_back(set.arcs[i]);
            near.number.push_back(set.number[i]);
        }
    }
    return near;
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

void add_feasible(const PathPool& pool, const ResourceUse& capacity, UpperFront& known) {
    for (const PathPool::Entry& entry : pool.entries()) {
        bool fits = true;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            fits = fits && entry.sums.use[k] <= capacity[k];
        }
        if (fits) {
            known.add({entry.sums.time, entry.sums.energy, entry.sums.use, entry.sums.load, entry.path});
        }
    }
}

Weights integer_weights(const std::array<double, 3>& direction, const Objectives& most, std::uint32_t longest,
                        std::size_t loads) {
    const double sum = direction[0] + direction[1] + direction[2];
    const double scale = sum > 0 ? most_weighted(longest) / 2 / sum : 0;
    const auto weight = [&](std::size_t j) {
        return static_cast<std::int64_t>(
            std::floor(direction[j] * scale / static_cast<double>(std::max<std::int64_t>(1, most[j]))));
    };
    return {weight(0), weight(1), loads == 0 ? Loads{} : Loads{weight(2), 0, 0}};
}

namespace {

/// Sets of more arcs are looked at in part for most prices.
constexpr std::size_t kMostArcsLookedAt = 10'000;
/// When a bound is high enough.
struct Enough {
    /// No paths are of interest below it.
    double height = std::numeric_limits<double>::infinity();
    /// Parts by which the highest may be higher.
    double tolerance = 0;
};

/// Column generation from a first bound's weights on, for what `height` says of a bound, in the master's
/// units.
template <class Height>
LagrangianBound raise(const ArcSet& set, DualMaster master, LagrangianBound best, PathPool& pool,
                      Mixture* mixture, const Enough& enough, const Height& height) {
    // Paths are added to both alike: the master's numbers are the pool's.
    for (const PathPool::Entry& entry : pool.entries()) {
        master.add(entry.sums);
    }
    std::vector<std::uint32_t> best_arc(set.nodes, 0);
    complete(set, best, &best_arc);
    if (best.completion.front() >= kUnreachable) {
        return best;
    }
    const auto note = [&](const PathPool::Entry& entry) {
        const bool fresh = pool.add(entry);
        if (fresh) {
            master.add(entry.sums);
        }
        return fresh;
    };
    note(follow(set, best_arc));
    std::optional<ArcSet> near;
    for (int round = 0; round < kMostRounds; ++round) {
        LagrangianBound bound;
        master.solve(bound.weights, bound.multiplier);
        const double wanted = std::min(enough.height, (1 - enough.tolerance) * master.value());
        if (height(best) >= wanted) {
            break;
        }
        // Paths of a part of the arcs move the master as well as any, as long as there are new ones; only
        // all arcs make a bound.
        if (near) {
            LagrangianBound of_part = bound;
            complete(*near, of_part, &best_arc);
            if (height(of_part) < wanted && note(follow(*near, best_arc))) {
                continue;
            }
        }
        complete(set, bound, &best_arc);
        if (height(bound) > height(best)) {
            best = bound;
        }
        // A path that is known already cannot move the master: its prices are the best there are.
        if (!note(follow(set, best_arc))) {
            break;
        }
        if (set.arcs.size() > kMostArcsLookedAt) {
            near = nearest_arcs(set, bound);
        }
    }
    if (mixture != nullptr) {
        mixture->clear();
        for (const auto& [path, part] : master.parts()) {
            mixture->push_back({pool.entries()[path].path, part});
        }
    }
    return best;
}

}  // namespace

LagrangianBound best_bound(const ArcSet& set, const std::array<double, 3>& direction, const Objectives& most,
                           PathPool& pool, double tolerance, Mixture* mixture) {
    LagrangianBound first;
    first.weights = integer_weights(direction, most, set.longest, set.loads);
    const DualMaster master(set, first.weights, most_weighted(set.longest));
    Enough enough;
    enough.tolerance = tolerance;
    return raise(set, master, first, pool, mixture, enough,
                 [](const LagrangianBound& bound) { return static_cast<double>(bound.root()); });
}

LagrangianBound corner_bound(const ArcSet& set, const Objectives& corner, const Objectives& most,
                             PathPool& pool, double tolerance, Mixture* mixture) {
    // What a corner weighs, so that no path weighs more than it may.
    double times = 1;
    for (std::size_t j = 0; j < most.size(); ++j) {
        times = std::max(
            times, static_cast<double>(most[j]) / static_cast<double>(std::max<std::int64_t>(1, corner[j])));
    }
    const double whole = most_weighted(set.longest) / 2 / times;
    const auto part = [&](std::size_t j) {
        return static_cast<std::int64_t>(whole / 2 /
                                         static_cast<double>(std::max<std::int64_t>(1, corner[j])));
    };
    LagrangianBound first;
    first.weights = {part(0), part(1), {}};
    const DualMaster master(set, corner, most_weighted(set.longest), whole);
    // Where the bound is above the corner, no path is in its box, and how far above does not matter.
    constexpr double kAbove = 1 + 1e-9;
    return raise(set, master, first, pool, mixture, {whole * kAbove, tolerance},
                 [&](const LagrangianBound& bound) {
                     return whole * static_cast<double>(bound.root()) /
                            static_cast<double>(std::max<std::int64_t>(1, bound.weights.of(corner)));
                 });
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
