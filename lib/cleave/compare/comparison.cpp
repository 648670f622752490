// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace cleave {
namespace {

using Points = std::vector<SummaryPoint>;

/// The least energy of points that take no longer than `limit`; `points` are sorted by latency.
std::optional<std::size_t> least_energy_within(const Points& points, Seconds limit) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < points.size() && points[i].latency <= limit; ++i) {
        if (!best || points[i].energy < points[*best].energy) {
            best = i;
        }
    }
    return best;
}

/// Where each of `points` stands against the points of another front.
std::vector<Fate> fates(const Points& points, const Points& others, Fate if_dominated, Fate if_alone) {
    std::vector<Fate> result;
    for (const SummaryPoint& point : points) {
        const bool same = std::any_of(others.begin(), others.end(), [&](const SummaryPoint& other) {
            return other.latency == point.latency && other.energy == point.energy;
        });
        const auto best = least_energy_within(others, point.latency);
        const bool reached = best && others[*best].energy <= point.energy;
        result.push_back(same ? Fate::kept : reached ? if_dominated : if_alone);
    }
    return result;
}

std::vector<MatchedPoint> match(const Points& old_points, const Points& new_points) {
    std::vector<MatchedPoint> matched;
    for (std::size_t i = 0; i < old_points.size(); ++i) {
        MatchedPoint pair{i, least_energy_within(new_points, old_points[i].latency), std::nullopt};
        if (pair.new_point && old_points[i].energy > Joules(0)) {
            pair.energy_ratio = new_points[*pair.new_point].energy / old_points[i].energy;
        }
        matched.push_back(pair);
    }
    return matched;
}

std::vector<Change> changes(const std::vector<Fact>& old_facts, const std::vector<Fact>& new_facts) {
    const auto by_path = [](const std::vector<Fact>& facts) {
        std::map<std::string, std::string> map;
        for (const Fact& fact : facts) {
            map[fact.path] = fact.value;
        }
        return map;
    };
    const auto olds = by_path(old_facts);
    const auto news = by_path(new_facts);
    std::vector<Change> result;
    for (const Fact& fact : old_facts) {
        const auto found = news.find(fact.path);
        if (found == news.end()) {
            result.push_back({fact.path, fact.value, std::nullopt});
        } else if (found->second != fact.value) {
            result.push_back({fact.path, fact.value, found->second});
        }
    }
    for (const Fact& fact : new_facts) {
        if (olds.count(fact.path) == 0) {
            result.push_back({fact.path, std::nullopt, fact.value});
        }
    }
    return result;
}

bool any_below(const std::vector<Change>& changes, const std::string& prefix) {
    return std::any_of(changes.begin(), changes.end(),
                       [&](const Change& change) { return change.path.starts_with(prefix); });
}

std::vector<std::string> warnings(const FrontSummary& old_front, const FrontSummary& new_front,
                                  const std::vector<Change>& changes) {
    std::vector<std::string> result;
    if (old_front.network != new_front.network) {
        result.push_back(fmt::format("these are fronts of different networks, '{}' and '{}'",
                                     old_front.network, new_front.network));
    }
    if (old_front.objectives != new_front.objectives) {
        result.push_back(
            fmt::format("the fronts have different objectives ({}; {}): only latency and energy are compared",
                        fmt::join(old_front.objectives, ", "), fmt::join(new_front.objectives, ", ")));
    } else if (old_front.objectives.size() > 2) {
        result.push_back(
            fmt::format("only latency and energy are compared, not {}", old_front.objectives.back()));
    }
    for (const auto& [name, front] : {std::pair("old", &old_front), std::pair("new", &new_front)}) {
        if (front->completeness == Completeness::stopped) {
            result.push_back(
                fmt::format("the {} front is not complete: a limit stopped its search, and "
                            "missing points may be {}",
                            name,
                            front->gap ? fmt::format("better by up to {:.3g} %", 100 * *front->gap)
                                       : "better by any amount"));
        }
    }
    if (any_below(changes, "scope.")) {
        result.emplace_back("the fronts count time, energy or resources differently (scope)");
    }
    if (any_below(changes, "constraints.")) {
        result.emplace_back("the fronts were cut by different constraints");
    }
    return result;
}

}  // namespace

std::size_t Comparison::count(Fate fate) const {
    const bool of_old = fate == Fate::improved || fate == Fate::lost;
    const std::vector<Fate>& side = of_old ? old_fates : new_fates;
    return static_cast<std::size_t>(std::count(side.begin(), side.end(), fate));
}

std::size_t Comparison::unmatched() const {
    return static_cast<std::size_t>(
        std::count_if(matched.begin(), matched.end(), [](const MatchedPoint& m) { return !m.new_point; }));
}

std::vector<double> Comparison::energy_ratios() const {
    std::vector<double> ratios;
    for (const MatchedPoint& pair : matched) {
        if (pair.energy_ratio) {
            ratios.push_back(*pair.energy_ratio);
        }
    }
    std::sort(ratios.begin(), ratios.end());
    return ratios;
}

Comparison compare(const FrontSummary& old_front, const FrontSummary& new_front) {
    const Points& olds = old_front.points;
    const Points& news = new_front.points;
    Comparison result;
    result.reference = reference_point(olds, news);
    result.old_volume = hypervolume(olds, result.reference);
    result.new_volume = hypervolume(news, result.reference);
    if (result.old_volume > 0) {
        result.volume_ratio = result.new_volume / result.old_volume;
    }
    result.old_fates = fates(olds, news, Fate::improved, Fate::lost);
    result.new_fates = fates(news, olds, Fate::dominated, Fate::gained);
    result.matched = match(olds, news);
    result.changes = changes(old_front.facts, new_front.facts);
    result.warnings = warnings(old_front, new_front, result.changes);
    return result;
}

}  // namespace cleave
