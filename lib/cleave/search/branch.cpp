// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/branch.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

namespace cleave {
namespace {

/// Everything that a cut may divide by, its place left open.
std::vector<Cut> amounts() {
    std::vector<Cut> all{{0, Cut::By::lane}, {0, Cut::By::time}, {0, Cut::By::energy}};
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        all.push_back({0, Cut::By::use, k});
    }
    return all;
}

std::int64_t amount_of(const SearchProblem& problem, std::uint32_t number, const Cut& cut) {
    const SearchArc& arc = problem.arcs[number];
    switch (cut.by) {
        case Cut::By::lane: return std::max(problem.lanes[arc.from], problem.lanes[arc.to]);
        case Cut::By::time: return arc.time;
        case Cut::By::energy: return arc.energy;
        case Cut::By::use: return arc.use[cut.resource];
    }
    return 0;
}

/// The arc with which a path crosses a cut.
std::uint32_t arc_across(const SearchProblem& problem, const std::vector<std::uint32_t>& path,
                         std::uint32_t node) {
    return *std::partition_point(path.begin(), path.end(),
                                 [&](std::uint32_t arc) { return problem.arcs[arc].to < node; });
}

/// How far the corner lies above the bound, in parts.
double excess(const LagrangianBound& bound, const Objectives& corner) {
    const auto least = static_cast<double>(std::max<std::int64_t>(1, bound.root()));
    return static_cast<double>(bound.weights.of(corner)) / least - 1;
}

/// Cuts at which a mixture differs by less than this, times its smaller part, are not worth it.
constexpr double kLeastDifference = 0.0001;
/// Parts by which a branch's bounds may be lower than the best: its parts get their own, and the last steps
/// to the best take most of the time.
constexpr double kNearBound = 0.0001;
/// In branches of at most so many arcs, so many cuts are tried: their parts' bounds cost less there than the
/// branches that a worse cut would bring.
constexpr std::size_t kMostArcsTried = 3000;
constexpr std::size_t kMostTried = 4;

/// In branches of more arcs, bounds on one objective keep the prices of the branch that they are parts of:
/// most of such a branch is in its parts, and to make prices anew takes longer there than all else.
constexpr std::size_t kMostArcsPriced = 100'000;

/// What the whole of an amount is: differences count as parts of it. A difference in lane is one.
double whole_of(const SearchProblem& problem, const Mixture& mixture, const Cut& cut) {
    if (cut.by == Cut::By::lane) {
        return 0;
    }
    if (cut.by == Cut::By::use) {
        return static_cast<double>(problem.capacity[cut.resource]);
    }
    double sum = 0;
    for (const MixedPath& mixed : mixture) {
        for (const std::uint32_t arc : mixed.path) {
            sum += mixed.part * static_cast<double>(amount_of(problem, arc, cut));
        }
    }
    return sum;
}

/// The best value to divide at, of one amount at one node, and what it is worth.
std::pair<Cut, double> best_value(const SearchProblem& problem, const Mixture& mixture, Cut cut,
                                  double whole) {
    std::map<std::int64_t, double> parts;
    double mean = 0;
    for (const MixedPath& mixed : mixture) {
        const std::int64_t amount = amount_of(problem, arc_across(problem, mixed.path, cut.node), cut);
        parts[amount] += mixed.part;
        mean += mixed.part * static_cast<double>(amount);
    }
    std::pair<Cut, double> best{cut, 0};
    double first = 0;
    double sum = 0;
    for (auto part = parts.begin(); std::next(part) != parts.end(); ++part) {
        first += part->second;
        sum += part->second * static_cast<double>(part->first);
        const double difference = cut.by == Cut::By::lane ? 1
                                  : whole > 0
                                      ? std::min(1.0, ((mean - sum) / (1 - first) - sum / first) / whole)
                                      : 0;
        const double worth = std::min(first, 1 - first) * difference;
        if (worth > best.second) {
            cut.most = part->first;
            best = {cut, worth};
        }
    }
    return best;
}

/// The best cut by each amount that is worth it, the one worth most first.
std::vector<Cut> worthwhile_cuts(const SearchProblem& problem, const Mixture& mixture) {
    std::vector<std::uint32_t> nodes;
    for (const MixedPath& mixed : mixture) {
        for (const std::uint32_t arc : mixed.path) {
            nodes.push_back(problem.arcs[arc].to);
        }
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    std::vector<std::pair<Cut, double>> found;
    for (Cut cut : amounts()) {
        const double whole = whole_of(problem, mixture, cut);
        std::pair<Cut, double> best{{}, kLeastDifference};
        for (const std::uint32_t node : nodes) {
            cut.node = node;
            const auto here = best_value(problem, mixture, cut, whole);
            if (here.second > best.second + 1e-9) {
                best = here;
            }
        }
        if (best.second > kLeastDifference) {
            found.push_back(best);
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<Cut> cuts;
    for (const auto& [cut, worth] : found) {
        cuts.push_back(cut);
    }
    return cuts;
}

/// Arcs of paths that cross the cut in the first part or not in it.
ArcSet part_of(const Branch& branch, const Cut& cut, bool first) {
    const SearchProblem& problem = *branch.base.problem;
    const ArcSet& all = branch.base.arcs;
    ArcSet part{all.nodes, all.longest, all.capacity, all.loads, {}, {}};
    for (std::size_t i = 0; i < all.arcs.size(); ++i) {
        const SearchArc& arc = problem.arcs[all.number[i]];
        const bool crosses = arc.from < cut.node && arc.to >= cut.node;
        if (!crosses || (amount_of(problem, all.number[i], cut) <= cut.most) == first) {
            part.arcs.push_back(all.arcs[i]);
            part.number.push_back(all.number[i]);
        }
    }
    return part;
}

Branch made_of(const Branch& from, ArcSet arcs, const Objectives& corner) {
    const SearchBase& base = from.base;
    PathPool pool = base.pool.only(arcs, base.problem->arcs.size());
    // Those of one objective are the first of the whole, and the last of a part.
    std::vector<LagrangianBound> earlier;
    const std::size_t first_one = from.corner == base.box ? 0 : base.bounds.size() - base.objectives();
    for (std::size_t j = first_one; j < first_one + base.objectives(); ++j) {
        earlier.push_back({base.bounds[j].weights, base.bounds[j].multiplier, 0, {}});
    }
    return {{base.problem, std::move(arcs), base.most, base.box, base.directions, {}, std::move(pool)},
            {},
            std::move(earlier),
            corner,
            Certificate(base.objectives(), base.box)};
}

/// The direction in which the corner lies least above its bound, of those with a mixture.
std::size_t nearest_bound(const Branch& branch) {
    std::size_t nearest = 0;
    for (std::size_t j = 1; j < branch.base.bounds.size(); ++j) {
        if (!branch.mixtures[j].empty() && excess(branch.base.bounds[j], branch.corner) <
                                               excess(branch.base.bounds[nearest], branch.corner)) {
            nearest = j;
        }
    }
    return nearest;
}

/// How much nearer to the corner the bounds of both parts are than that of the whole, as a product, so that a
/// part which hardly changes makes a cut worth little.
double rise(const Branch& branch, const Cut& cut, SearchStop& stop) {
    /// Of a part that has no path into the box: as good as any.
    constexpr double kWhole = 1;
    /// So that of cuts which leave one part as it was, the one that helps the other more is worth more.
    constexpr double kLeast = 1e-6;
    const double before = excess(branch.base.bounds[nearest_bound(branch)], branch.corner);
    const auto of_part = [&](Branch& part) {
        return make_bounds(part, stop)
                   ? std::max(0.0, before - excess(part.base.bounds[nearest_bound(part)], part.corner))
                   : kWhole;
    };
    auto [first, second] = divide(branch, cut);
    return (of_part(first) + kLeast) * (of_part(second) + kLeast);
}

}  // namespace

Branch whole_search(const SearchProblem& problem) {
    SearchBase base = base_of(problem, undominated_arcs(problem));
    const Objectives box = base.box;
    const std::size_t objectives = base.objectives();
    return {std::move(base), {}, {}, box, Certificate(objectives, box)};
}

bool make_bounds(Branch& branch, SearchStop& stop) {
    SearchBase& base = branch.base;
    const bool whole = branch.corner == base.box;
    base.bounds.clear();
    branch.mixtures.clear();
    drop_unused_nodes(base.arcs);
    const auto keep = [&](LagrangianBound bound, Mixture mixture) {
        const bool has_paths = bound.completion.front() < kUnreachable;
        if (has_paths) {
            branch.certificate.add_everywhere({bound.weights, bound.root()});
            keep_promising(base.arcs, bound, {branch.corner});
        }
        base.bounds.push_back(std::move(bound));
        branch.mixtures.push_back(std::move(mixture));
        return has_paths && (!base.arcs.arcs.empty() || base.arcs.nodes == 1);
    };
    if (!whole) {
        Mixture mixture;
        LagrangianBound bound =
            corner_bound(base.arcs, branch.corner, base.most, base.pool, kNearBound, &mixture);
        if (!keep(std::move(bound), std::move(mixture))) {
            return false;
        }
    }
    // Slices need those of one objective each, which come first. In a part, the corner's own rules out more
    // than those between, and its mixture is the one to divide by.
    const std::size_t count = whole ? base.directions.size() : base.objectives();
    for (std::size_t j = 0; j < count; ++j) {
        Mixture mixture;
        if (j > base.objectives() && stop.asked()) {
            break;
        }
        LagrangianBound bound;
        if (!whole && base.arcs.arcs.size() > kMostArcsPriced && j < branch.earlier.size()) {
            bound = branch.earlier[j];
            complete(base.arcs, bound);
        } else {
            bound = best_bound(base.arcs, base.directions[j], base.most, base.pool, kNearBound,
                               whole ? &mixture : nullptr);
        }
        if (!keep(std::move(bound), std::move(mixture))) {
            return false;
        }
    }
    return true;
}

bool shrink(Branch& branch, const Objectives& corner) {
    branch.corner = corner;
    keep_promising(branch.base.arcs, branch.base.bounds, {corner});
    return !branch.base.arcs.arcs.empty();
}

void drop_left_out(Branch& branch) {
    SearchBase& base = branch.base;
    base.pool = base.pool.only(base.arcs, base.problem->arcs.size());
}

CornerSlice make_slice(const Branch& branch, SliceOf arcs, std::int64_t grid_cells) {
    const SearchBase& base = branch.base;
    CornerSlice slice;
    slice.corners = {branch.corner};
    slice.bounds[0] = base.bounds[nearest_bound(branch)];
    slice.arcs = arcs == SliceOf::all ? base.arcs : nearest_arcs(base.arcs, slice.bounds[0]);
    for (std::size_t j = 1; j < kSliceBounds; ++j) {
        slice.bounds[j] = base.bounds[std::min(j, base.bounds.size() - 1)];
    }
    return finish_slice(std::move(slice), grid_cells);
}

std::optional<Cut> find_cut(const Branch& branch, SearchStop& stop) {
    std::vector<Cut> cuts = worthwhile_cuts(*branch.base.problem, branch.mixtures[nearest_bound(branch)]);
    if (cuts.empty()) {
        return std::nullopt;
    }
    if (branch.base.arcs.arcs.size() > kMostArcsTried) {
        return cuts.front();
    }
    cuts.resize(std::min(cuts.size(), kMostTried));
    std::vector<double> worths;
    for (const Cut& cut : cuts) {
        worths.push_back(rise(branch, cut, stop));
    }
    return cuts[static_cast<std::size_t>(std::max_element(worths.begin(), worths.end()) - worths.begin())];
}

std::pair<Branch, Branch> divide(const Branch& branch, const Cut& cut) {
    return {made_of(branch, part_of(branch, cut, true), branch.corner),
            made_of(branch, part_of(branch, cut, false), branch.corner)};
}

Branch part_below(const Branch& branch, const Objectives& corner) {
    ArcSet arcs = branch.base.arcs;
    keep_promising(arcs, branch.base.bounds, {corner});
    return made_of(branch, std::move(arcs), corner);
}

}  // namespace cleave
