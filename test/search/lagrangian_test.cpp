// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"

#include "support/search_oracle.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Calls `visit(node, sums, path)` for every partial path that keeps the capacity.
template <class Visit>
void for_partial_paths(const SearchProblem& problem, const Visit& visit) {
    SearchPoint at;
    const std::function<void(std::uint32_t)> walk = [&](std::uint32_t node) {
        visit(node, at);
        for (std::uint32_t i = 0; i < problem.arcs.size(); ++i) {
            const SearchArc& arc = problem.arcs[i];
            SearchPoint next = at;
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
    constexpr std::size_t kDirections = 9;
    std::size_t checked = 0;
    for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        const LagrangianBounds all = lagrangian_bounds(problem, kDirections);
        REQUIRE(all.bounds.size() == kDirections);
        REQUIRE(all.bounds.front().weight_energy == 0);
        REQUIRE(all.bounds.back().weight_time == 0);
        for (const LagrangianBound& bound : all.bounds) {
            REQUIRE(bound.weight_time >= 0);
            REQUIRE(bound.weight_energy >= 0);
            REQUIRE(std::all_of(bound.multiplier.begin(), bound.multiplier.end(),
                                [](std::int64_t m) { return m >= 0; }));
        }
        for_partial_paths(problem, [&](std::uint32_t node, const SearchPoint& end) {
            if (node + 1 != problem.nodes) {
                return;
            }
            bool holds = true;
            for (const LagrangianBound& bound : all.bounds) {
                SearchPoint part;
                holds = holds && bound.at(0, 0, 0, {}) <= bound.weigh(end.time, end.energy);
                for (const std::uint32_t i : end.path) {
                    const SearchArc& arc = problem.arcs[i];
                    part.time += arc.time;
                    part.energy += arc.energy;
                    for (std::size_t k = 0; k < kResourceKinds; ++k) {
                        part.use[k] += arc.use[k];
                    }
                    holds = holds && bound.at(arc.to, part.time, part.energy, part.use) <=
                                         bound.weigh(end.time, end.energy);
                    ++checked;
                }
            }
            REQUIRE(holds);
        });
        for (const auto& path : all.paths) {
            std::uint32_t node = 0;
            for (const std::uint32_t i : path) {
                REQUIRE(problem.arcs[i].from == node);
                node = problem.arcs[i].to;
            }
            REQUIRE(node + 1 == problem.nodes);
        }
    }
    CHECK(checked > 50000);
}

TEST_CASE("multipliers stay in range when the ellipsoid becomes flat", "[search][lagrangian]") {
    int priced = 0;
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        bool in_range = true;
        for (const LagrangianBound& bound : lagrangian_bounds(problem, 33).bounds) {
            for (const std::int64_t multiplier : bound.multiplier) {
                in_range = in_range && multiplier >= 0 && multiplier <= kUnreachable / 8;
                priced += multiplier > 0 ? 1 : 0;
            }
        }
        REQUIRE(in_range);
    }
    CHECK(priced > 5000);
}

TEST_CASE("prices raise the bound where capacity binds", "[search][lagrangian]") {
    SearchProblem problem;
    problem.nodes = 3;
    problem.capacity[0] = 10;
    // Without capacity 1 + 1 would do; with it, one of the two must take the slow arc.
    problem.arcs = {{0, 1, 1, 0, {10}}, {0, 1, 5, 0, {0}}, {1, 2, 1, 0, {10}}, {1, 2, 5, 0, {0}}};
    const LagrangianBounds all = lagrangian_bounds(problem, 2);
    const LagrangianBound& time = all.bounds.front();
    CHECK(time.multiplier[0] > 0);
    CHECK(time.at(0, 0, 0, {}) > time.weigh(2, 0));
    CHECK(time.at(0, 0, 0, {}) <= time.weigh(6, 0));
    // The optimum of the relaxation is the optimum here, to the rounding of the price.
    CHECK(static_cast<double>(time.at(0, 0, 0, {})) >= 0.999 * static_cast<double>(time.weigh(6, 0)));
}
