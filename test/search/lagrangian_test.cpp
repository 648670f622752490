// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"

#include "cleave/search/grid.hpp"
#include "support/search_oracle.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

struct Bounds {
    ArcSet arcs;
    Objectives most{};
    PathPool pool;
    std::vector<LagrangianBound> bounds;
};

Bounds bounds_of(const SearchProblem& problem) {
    Bounds all{fitting_arcs(problem), {}, {}, {}};
    all.most = longest_paths(all.arcs);
    for (const auto& direction : spread_directions(problem.loads == 0 ? 2 : 3)) {
        all.bounds.push_back(best_bound(all.arcs, direction, all.most, all.pool));
    }
    return all;
}

/// Calls `visit(node, sums, path)` for every partial path that keeps the capacity.
template <class Visit>
void for_partial_paths(const SearchProblem& problem, const Visit& visit) {
    SearchPoint at;
    const std::function<void(std::uint32_t)> walk = [&](std::uint32_t node) {
        visit(node, at);
        for (std::uint32_t i = 0; i < problem.arcs.size(); ++i) {
            const SearchArc& arc = problem.arcs[i];
            SearchPoint next = at;
            for (std::size_t l = 0; l < problem.loads; ++l) {
                next.load[l] += arc.load[l];
            }
            next.time += arc.time;
            next.energy += arc.energy;
            bool fits = arc.from == node;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                next.use[k] += arc.use[k];
                fits = fits && next.use[k] <= problem.capacity[k];
            }
            if (fits) {
                const SearchPoint before = at;
                at = next;
                at.path.push_back(i);
                walk(arc.to);
                at = before;
            }
        }
    };
    walk(0);
}

}  // namespace

TEST_CASE("bounds hold for every feasible path, from each of its nodes", "[search][lagrangian]") {
    std::size_t checked = 0;
    for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
        Random random(seed);
        const SearchProblem problem =
            seed % 3 == 0 ? random_problem_of_three(random) : random_problem(random);
        CAPTURE(seed);
        const Bounds all = bounds_of(problem);
        REQUIRE(all.bounds.front().weights.energy == 0);
        REQUIRE(all.bounds[1].weights.time == 0);
        std::vector<Grid> grids;
        std::vector<std::vector<std::int64_t>> tables;
        for (const LagrangianBound& bound : all.bounds) {
            REQUIRE(bound.weights.time >= 0);
            REQUIRE(bound.weights.energy >= 0);
            REQUIRE(*std::min_element(bound.weights.load.begin(), bound.weights.load.end()) >= 0);
            REQUIRE(*std::min_element(bound.multiplier.begin(), bound.multiplier.end()) >= 0);
            grids.push_back(grid_for(all.arcs, bound, random.between(1, 8)));
            tables.push_back(grid_completions(all.arcs, grids.back(), bound));
        }
        for_partial_paths(problem, [&](std::uint32_t node, const SearchPoint& end) {
            if (node + 1 != problem.nodes) {
                return;
            }
            bool holds = true;
            PathSums part;
            const auto check = [&](std::uint32_t at) {
                for (std::size_t j = 0; j < all.bounds.size(); ++j) {
                    const LagrangianBound& bound = all.bounds[j];
                    const std::int64_t value = bound.weights.of(objectives_of(end));
                    holds = holds && bound.at(at, part) <= value;
                    const Grid& grid = grids[j];
                    const std::int64_t left = problem.capacity[grid.resource] - part.use[grid.resource];
                    const std::int64_t rest =
                        tables[j][at * grid.entries() + static_cast<std::size_t>(grid.cell(left))];
                    holds = holds && price_beside(grid, bound, part) + rest -
                                             capacity_beside(grid, bound, problem.capacity) <=
                                         value;
                    ++checked;
                }
            };
            check(0);
            for (const std::uint32_t i : end.path) {
                const SearchArc& arc = problem.arcs[i];
                part.time += arc.time;
                part.energy += arc.energy;
                for (std::size_t k = 0; k < kResourceKinds; ++k) {
                    part.use[k] += arc.use[k];
                }
                for (std::size_t l = 0; l < problem.loads; ++l) {
                    part.load[l] += arc.load[l];
                }
                check(arc.to);
            }
            REQUIRE(holds);
        });
        for (const PathPool::Entry& entry : all.pool.entries()) {
            std::uint32_t node = 0;
            for (const std::uint32_t i : entry.path) {
                REQUIRE(problem.arcs[i].from == node);
                node = problem.arcs[i].to;
            }
            REQUIRE(node + 1 == problem.nodes);
        }
    }
    CHECK(checked > 50000);
}

TEST_CASE("multipliers stay in range", "[search][lagrangian]") {
    int priced = 0;
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        bool in_range = true;
        for (const LagrangianBound& bound : bounds_of(problem).bounds) {
            for (const std::int64_t multiplier : bound.multiplier) {
                in_range = in_range && multiplier >= 0 && multiplier <= kUnreachable / 8;
                priced += multiplier > 0 ? 1 : 0;
            }
        }
        REQUIRE(in_range);
    }
    CHECK(priced > 2000);
}

TEST_CASE("prices raise the bound where capacity binds", "[search][lagrangian]") {
    SearchProblem problem;
    problem.nodes = 3;
    problem.capacity[0] = 10;
    // Without capacity 1 + 1 would do; with it, one of the two must take the slow arc.
    problem.arcs = {
        {0, 1, 1, 0, {10}, {}}, {0, 1, 5, 0, {0}, {}}, {1, 2, 1, 0, {10}, {}}, {1, 2, 5, 0, {0}, {}}};
    const LagrangianBound time = bounds_of(problem).bounds.front();
    CHECK(time.multiplier[0] > 0);
    CHECK(time.root() > time.weights.of({2, 0, 0}));
    CHECK(time.root() <= time.weights.of({6, 0, 0}));
    // The optimum of the relaxation is the optimum here, to the rounding of the price.
    CHECK(static_cast<double>(time.root()) >= 0.999 * static_cast<double>(time.weights.of({6, 0, 0})));
}
