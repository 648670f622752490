// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/slice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

std::int64_t largest_corner(const std::vector<Objectives>& corners, const Weights& weights) {
    std::int64_t largest = 0;
    for (const Objectives& corner : corners) {
        largest = std::max(largest, weights.of(corner));
    }
    return largest;
}

/// How far the corners lie above a direction's bound, in parts of the weighted whole; less is tighter.
double looseness(const LagrangianBound& bound, const std::vector<Objectives>& corners,
                 const Objectives& most) {
    const auto whole = static_cast<double>(std::max<std::int64_t>(1, bound.weights.of(most)));
    return static_cast<double>(largest_corner(corners, bound.weights) - bound.root()) / whole;
}

/// Two objectives: the normal of the line through the slice's outermost corners, along which its part of the
/// front runs.
std::array<double, 3> chord_normal(const std::vector<Objectives>& corners, const Objectives& most) {
    const auto ends = std::minmax_element(corners.begin(), corners.end());
    const auto relative = [&](std::size_t j) {
        return std::abs(static_cast<double>((*ends.second)[j] - (*ends.first)[j])) /
               static_cast<double>(std::max<std::int64_t>(1, most[j]));
    };
    return {relative(1), relative(0), 0};
}

/// Least or greatest use of each resource by any path from a node to the end.
template <class Better>
std::vector<ResourceUse> completion_use(const ArcSet& set, std::int64_t none, const Better& better) {
    ResourceUse nothing{};
    nothing.fill(none);
    std::vector<ResourceUse> use(set.nodes, nothing);
    use.back().fill(0);
    for (std::size_t i = set.arcs.size(); i-- > 0;) {
        const SearchArc& arc = set.arcs[i];
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            if (use[arc.to][k] != none) {
                const std::int64_t sum = use[arc.to][k] + arc.use[k];
                std::int64_t& best = use[arc.from][k];
                best = best == none || better(sum, best) ? sum : best;
            }
        }
    }
    return use;
}

}  // namespace

void keep_promising(ArcSet& set, const LagrangianBound& bound, const std::vector<Objectives>& corners) {
    const std::int64_t threshold = largest_corner(corners, bound.weights);
    const std::vector<std::int64_t> before = forward_prices(set, bound);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < set.arcs.size(); ++i) {
        const SearchArc& arc = set.arcs[i];
        const std::int64_t first = before[arc.from];
        const std::int64_t last = bound.completion[arc.to];
        if (first < kUnreachable && last < kUnreachable &&
            first + bound.price(arc) + last - bound.multiplier_capacity <= threshold) {
            set.arcs[kept] = arc;
            set.number[kept] = set.number[i];
            ++kept;
        }
    }
    set.arcs.resize(kept);
    set.number.resize(kept);
}

void keep_promising(ArcSet& set, const std::vector<LagrangianBound>& bounds,
                    const std::vector<Objectives>& corners) {
    for (const LagrangianBound& bound : bounds) {
        keep_promising(set, bound, corners);
    }
}

SearchBase base_of(const SearchProblem& problem, ArcSet arcs) {
    const Objectives most = longest_paths(arcs);
    const Objectives box{std::min(most[0], problem.most_time), std::min(most[1], problem.most_energy),
                         most[2]};
    return {&problem, std::move(arcs), most, box, spread_directions(problem.loads == 0 ? 2 : 3), {}, {}};
}

bool CornerSlice::reaches_corner(const PerBound<std::int64_t>& least) const {
    return std::any_of(weighed.begin(), weighed.end(), [&](const PerBound<std::int64_t>& corner) {
        bool below = true;
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            below = below && least[j] <= corner[j];
        }
        return below;
    });
}

CornerSlice make_slice(const SearchBase& base, std::vector<Objectives> corners, std::int64_t grid_cells) {
    CornerSlice slice;
    slice.corners = std::move(corners);
    slice.arcs = base.arcs;
    keep_promising(slice.arcs, base.bounds, slice.corners);
    drop_unused_nodes(slice.arcs);
    // The tightest of the general directions, and the slice's own.
    std::vector<std::size_t> order(base.bounds.size());
    std::vector<double> loose(base.bounds.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
        loose[i] = looseness(base.bounds[i], slice.corners, base.most);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return loose[a] < loose[b]; });
    PathPool pool = base.pool.only(slice.arcs, base.problem->arcs.size());
    std::vector<LagrangianBound> candidates;
    const auto consider = [&](const std::array<double, 3>& direction) {
        candidates.push_back(best_bound(slice.arcs, direction, base.most, pool));
        keep_promising(slice.arcs, candidates.back(), slice.corners);
        pool = pool.only(slice.arcs, base.problem->arcs.size());
    };
    consider(base.directions[order[0]]);
    const std::array<double, 3> normal = chord_normal(slice.corners, base.most);
    if (base.problem->loads == 0 && normal[0] + normal[1] > 0) {
        consider(normal);
    } else {
        consider(base.directions[order[1]]);
    }
    if (looseness(candidates[1], slice.corners, base.most) <
        looseness(candidates[0], slice.corners, base.most)) {
        std::swap(candidates[0], candidates[1]);
    }
    // Once more on the arcs that are left: fewer paths to stay below.
    const auto again = [&](const LagrangianBound& bound) {
        std::array<double, 3> direction{};
        const Objectives unit_time{base.most[0], 0, 0};
        const Objectives unit_energy{0, base.most[1], 0};
        const Objectives unit_third{0, 0, base.most[2]};
        direction[0] = static_cast<double>(bound.weights.of(unit_time));
        direction[1] = static_cast<double>(bound.weights.of(unit_energy));
        direction[2] = static_cast<double>(bound.weights.of(unit_third));
        return best_bound(slice.arcs, direction, base.most, pool);
    };
    slice.bounds[0] = again(candidates[0]);
    keep_promising(slice.arcs, slice.bounds[0], slice.corners);
    slice.bounds[1] = base.bounds[0];
    slice.bounds[2] = base.bounds[1];
    slice.bounds[3] = base.problem->loads == 0 ? candidates[1] : base.bounds[2];
    return finish_slice(std::move(slice), grid_cells);
}

CornerSlice finish_slice(CornerSlice slice, std::int64_t grid_cells) {
    slice.grid = grid_for(slice.arcs, slice.bounds[0], grid_cells);
    PerBound<bool> is_again{};
    const std::size_t all = slice.arcs.arcs.size();
    for (std::size_t j = 0; j < kSliceBounds; ++j) {
        is_again[j] = j > 0 && slice.bounds[j].has_prices_of(slice.bounds[j - 1]);
        slice.threshold[j] = largest_corner(slice.corners, slice.bounds[j].weights);
        // Where the tightest leaves all as it is, the others hardly do better.
        if (j == 0 || (!is_again[j] && slice.arcs.arcs.size() < all)) {
            keep_promising(slice.arcs, slice.grid, slice.bounds[j], slice.threshold[j]);
        }
    }
    slice.completion.resize(slice.arcs.nodes * slice.grid.entries());
    std::vector<std::int64_t> table;
    for (std::size_t j = 0; j < kSliceBounds; ++j) {
        if (!is_again[j]) {
            complete(slice.arcs, slice.bounds[j]);
            table = grid_completions(slice.arcs, slice.grid, slice.bounds[j]);
        } else {
            slice.bounds[j] = slice.bounds[j - 1];
        }
        for (std::size_t i = 0; i < table.size(); ++i) {
            slice.completion[i][j] = table[i];
        }
    }
    for (const Objectives& corner : slice.corners) {
        PerBound<std::int64_t>& weighed = slice.weighed.emplace_back();
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            weighed[j] = slice.bounds[j].weights.of(corner);
        }
    }
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
    slice.most_use = completion_use(slice.arcs, kNone, std::less<>());
    slice.slack_use = completion_use(slice.arcs, kNone, std::greater<>());
    for (std::size_t v = 0; v < slice.arcs.nodes; ++v) {
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            const auto rest = [&](std::int64_t use) {
                return use == kNone ? std::int64_t{-1} : slice.arcs.capacity[k] - use;
            };
            slice.most_use[v][k] = rest(slice.most_use[v][k]);
            slice.slack_use[v][k] = rest(slice.slack_use[v][k]);
        }
    }
    return slice;
}

}  // namespace cleave
