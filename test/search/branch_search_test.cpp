// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/problem.hpp"

#include <catch2/catch.hpp>

#include <cstdint>

using namespace cleave;

namespace {

/// A chain of layers, each in one of three ways: fast with one resource, fast with the other, or slow with
/// neither. Each resource is a little too small for a ninth fast layer, so the best mixture of paths has
/// nearly two more than any path; and wherever the paths are divided, the two resources stand in for each
/// other elsewhere, so that the bounds of both parts stay where they were.
SearchProblem plateau(std::uint32_t layers) {
    SearchProblem problem;
    problem.nodes = layers + 1;
    problem.lanes.assign(problem.nodes, 0);
    problem.capacity = {1790, 1790, 0, 0};
    for (std::uint32_t i = 0; i < layers; ++i) {
        // All different, so that few partial paths are alike.
        const std::int64_t first = 200 + i * 37 % 5;
        const std::int64_t second = 200 + i * 53 % 7;
        problem.arcs.push_back({i, i + 1, 100, 100, {first, 0, 0, 0}, {}});
        problem.arcs.push_back({i, i + 1, 100, 100, {0, second, 0, 0}, {}});
        problem.arcs.push_back({i, i + 1, 135, 135, {}, {}});
    }
    return problem;
}

}  // namespace

TEST_CASE("where divisions tell little, labels do", "[search][branches]") {
    for (const std::uint32_t layers : {20U, 24U, 28U}) {
        CAPTURE(layers);
        const SearchProblem problem = plateau(layers);
        SearchOptions options;
        options.epsilon = 0.01;
        options.most_rounds = 100;
        const SearchResult result = solve(problem, options);
        CHECK(result.completeness == Completeness::epsilon);
        REQUIRE(result.front.size() == 1);
        // Eight layers fit into each resource.
        CHECK(result.front.front().time == std::int64_t{100} * 16 + std::int64_t{135} * (layers - 16));

        options.tuning.plateau_growth = 1;
        options.tuning.thorough_candidates = 0;
        CHECK(solve(problem, options).completeness == Completeness::stopped);
    }
}

TEST_CASE("branches that divisions leave as they are get more labels instead", "[search][branches]") {
    const SearchProblem problem = plateau(28);
    SearchOptions options;
    options.epsilon = 0.01;
    options.most_rounds = 100;
    options.tuning.plateau_growth = 1;
    CHECK(solve(problem, options).completeness == Completeness::epsilon);
}
