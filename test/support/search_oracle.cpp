// SPDX-License-Identifier: Apache-2.0
#include "support/search_oracle.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

namespace cleave::testing {

std::vector<SearchPoint> enumerate_front(const SearchProblem& problem, Preference preference) {
    std::vector<SearchPoint> all;
    SearchPoint at;
    const std::function<void(std::uint32_t)> walk = [&](std::uint32_t node) {
        if (node + 1 == problem.nodes) {
            bool fits = at.time <= problem.most_time && at.energy <= problem.most_energy;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                fits = fits && at.use[k] <= problem.capacity[k];
            }
            if (fits) {
                all.push_back(at);
            }
            return;
        }
        for (std::uint32_t i = 0; i < problem.arcs.size(); ++i) {
            const SearchArc& arc = problem.arcs[i];
            if (arc.from != node) {
                continue;
            }
            const SearchPoint before = at;
            at.time += arc.time;
            at.energy += arc.energy;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                at.use[k] += arc.use[k];
            }
            for (std::size_t l = 0; l < problem.loads; ++l) {
                at.load[l] += arc.load[l];
            }
            at.path.push_back(i);
            walk(arc.to);
            at = before;
        }
    };
    walk(0);
    std::sort(all.begin(), all.end(), [&](const SearchPoint& a, const SearchPoint& b) {
        const auto key = [](const SearchPoint& p) {
            return std::tuple(p.time, p.energy, p.third(), p.load, p.use);
        };
        if (key(a) != key(b)) {
            return key(a) < key(b);
        }
        return preference == Preference::smallest_arcs ? a.path < b.path : b.path < a.path;
    });
    std::vector<SearchPoint> front;
    for (const SearchPoint& point : all) {
        if (std::none_of(front.begin(), front.end(), [&](const SearchPoint& other) {
                return other.time <= point.time && other.energy <= point.energy &&
                       other.third() <= point.third();
            })) {
            front.push_back(point);
        }
    }
    return front;
}

namespace {

struct Half {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
};

bool within(const ResourceUse& a, const ResourceUse& b) {
    bool all = true;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        all = all && a[k] <= b[k];
    }
    return all;
}

/// Sums of all paths between two nodes of a chain, without those that another is nowhere worse than.
std::vector<Half> halves(const SearchProblem& problem, std::uint32_t begin, std::uint32_t end) {
    std::vector<Half> all{{}};
    for (std::uint32_t node = begin; node < end; ++node) {
        std::vector<Half> longer;
        for (const SearchArc& arc : problem.arcs) {
            if (arc.from != node) {
                continue;
            }
            for (Half half : all) {
                half.time += arc.time;
                half.energy += arc.energy;
                for (std::size_t k = 0; k < kResourceKinds; ++k) {
                    half.use[k] += arc.use[k];
                }
                longer.push_back(half);
            }
        }
        all = std::move(longer);
    }
    std::sort(all.begin(), all.end(), [](const Half& a, const Half& b) {
        return std::tie(a.time, a.energy, a.use) < std::tie(b.time, b.energy, b.use);
    });
    std::vector<Half> kept;
    for (const Half& half : all) {
        const bool worse = std::any_of(kept.begin(), kept.end(), [&](const Half& k) {
            return k.energy <= half.energy && within(k.use, half.use);
        });
        if (!worse) {
            kept.push_back(half);
        }
    }
    return kept;
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> join_halves(const SearchProblem& problem,
                                                               std::uint32_t middle) {
    const std::vector<Half> first = halves(problem, 0, middle);
    const std::vector<Half> second = halves(problem, middle, problem.nodes - 1);
    std::map<std::int64_t, std::int64_t> least;
    for (const Half& a : first) {
        for (const Half& b : second) {
            ResourceUse use{};
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                use[k] = a.use[k] + b.use[k];
            }
            if (within(use, problem.capacity)) {
                const auto [entry, is_new] = least.try_emplace(a.time + b.time, a.energy + b.energy);
                entry->second = std::min(entry->second, a.energy + b.energy);
            }
        }
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> front;
    for (const auto& [time, energy] : least) {
        if (front.empty() || energy < front.back().second) {
            front.emplace_back(time, energy);
        }
    }
    return front;
}

namespace {

/// Half of all problems: any lanes will do, since they only say how paths may be told apart.
void give_lanes(SearchProblem& problem, Random& random) {
    if (random.chance(50)) {
        problem.lanes.push_back(0);
        while (problem.lanes.size() + 1 < problem.nodes) {
            problem.lanes.push_back(static_cast<std::uint32_t>(random.below(4)));
        }
        problem.lanes.push_back(0);
    }
}

/// A third of all problems: of times, energies or both.
void give_bounds(SearchProblem& problem, Random& random, std::int64_t largest) {
    const std::int64_t kind = random.below(9);
    if (kind == 0 || kind == 1) {
        problem.most_time = random.below(4 * largest + 1);
    }
    if (kind == 0 || kind == 2) {
        problem.most_energy = random.below(4 * largest + 1);
    }
}

}  // namespace

SearchProblem random_problem(Random& random) {
    SearchProblem problem;
    problem.nodes = static_cast<std::uint32_t>(random.between(3, 8));
    const std::int64_t kinds = random.between(1, kResourceKinds);
    const auto largest = random.pick<std::int64_t>({1, 2, 3, 6, 20});
    const auto density = random.pick<std::int64_t>({30, 50, 80});
    for (std::uint32_t from = 0; from + 1 < problem.nodes; ++from) {
        for (std::uint32_t to = from + 1; to < problem.nodes; ++to) {
            // The next node nearly always, further ones less often, sometimes several arcs.
            const bool next = to == from + 1;
            const std::int64_t most = next ? 3 : 1;
            for (std::int64_t copy = 0; copy < most; ++copy) {
                if (!random.chance(next ? 80 : density / 3)) {
                    continue;
                }
                SearchArc arc{from, to, random.below(largest + 1), random.below(largest + 1), {}, {}};
                for (std::int64_t k = 0; k < kinds; ++k) {
                    arc.use[static_cast<std::size_t>(k)] = random.chance(40) ? 0 : random.below(largest + 1);
                }
                problem.arcs.push_back(arc);
            }
        }
    }
    const auto scale = random.pick<std::int64_t>({0, 1, 2, 4, 100});
    for (std::int64_t k = 0; k < kinds; ++k) {
        problem.capacity[static_cast<std::size_t>(k)] = scale == 0 ? 0 : random.below(scale * largest + 1);
    }
    give_lanes(problem, random);
    give_bounds(problem, random, largest);
    return problem;
}

SearchProblem random_problem_of_three(Random& random) {
    SearchProblem problem = random_problem(random);
    problem.loads = random.chance(50) ? 1 : kLoadKinds;
    const auto largest = random.pick<std::int64_t>({1, 2, 5, 20});
    for (SearchArc& arc : problem.arcs) {
        for (std::size_t l = 0; l < problem.loads; ++l) {
            arc.load[l] = random.chance(30) ? 0 : random.below(largest + 1);
        }
    }
    return problem;
}

SearchProblem random_chain(Random& random, const ChainSize& size) {
    SearchProblem problem;
    problem.nodes = size.steps + 1;
    for (std::uint32_t node = 0; node < size.steps; ++node) {
        for (std::int64_t choice = 0; choice < size.choices; ++choice) {
            // What is fast takes energy: most paths are on the front or near it.
            const std::int64_t time = random.between(1, size.largest);
            const std::int64_t energy = size.largest + 1 - time + random.below(size.largest / 4);
            SearchArc arc{node, node + 1, time, energy, {}, {}};
            for (std::int64_t& use : arc.use) {
                use = random.below(size.largest);
            }
            problem.arcs.push_back(arc);
        }
    }
    for (std::int64_t& capacity : problem.capacity) {
        capacity = size.largest * static_cast<std::int64_t>(size.steps) * random.between(40, 65) / 100;
    }
    give_lanes(problem, random);
    return problem;
}

SearchTuning small_tuning(Random& random) {
    SearchTuning tuning;
    tuning.first_beam = static_cast<std::size_t>(random.between(1, 4));
    tuning.second_beam = static_cast<std::size_t>(random.between(1, 8));
    tuning.beam_growth = static_cast<std::size_t>(random.between(2, 3));
    tuning.corners_per_slice = static_cast<std::size_t>(random.between(1, 2));
    tuning.grid_cells = random.between(1, 8);
    tuning.branch_beam = static_cast<std::size_t>(random.between(1, 8));
    tuning.branch_arcs = static_cast<std::size_t>(random.between(1, 30));
    tuning.branch_candidates = static_cast<std::size_t>(random.between(1, 50));
    tuning.thorough_candidates = static_cast<std::size_t>(random.between(1, 50));
    tuning.plateau_growth = static_cast<std::size_t>(random.between(1, 3));
    tuning.plateau_candidates = static_cast<std::size_t>(random.between(1, 50));
    tuning.branches_per_round = static_cast<std::size_t>(random.between(1, 3));
    return tuning;
}

bool same_front(const std::vector<SearchPoint>& a, const std::vector<SearchPoint>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SearchPoint& x, const SearchPoint& y) {
        return x.time == y.time && x.energy == y.energy && x.use == y.use && x.load == y.load &&
               x.path == y.path;
    });
}

}  // namespace cleave::testing
