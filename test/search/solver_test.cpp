// SPDX-License-Identifier: Apache-2.0
#include "support/random.hpp"
#include "support/search_oracle.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Every point is a path from first to last node, within the capacity, with the sums it claims; the points
/// are sorted and none dominates another.
void require_real(const SearchProblem& problem, const std::vector<SearchPoint>& front) {
    for (std::size_t i = 0; i < front.size(); ++i) {
        SearchPoint sum;
        std::uint32_t node = 0;
        for (const std::uint32_t a : front[i].path) {
            const SearchArc& arc = problem.arcs.at(a);
            REQUIRE(arc.from == node);
            node = arc.to;
            for (std::size_t l = 0; l < problem.loads; ++l) {
                sum.load[l] += arc.load[l];
            }
            sum.time += arc.time;
            sum.energy += arc.energy;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                sum.use[k] += arc.use[k];
                REQUIRE(sum.use[k] <= problem.capacity[k]);
            }
        }
        REQUIRE(node + 1 == problem.nodes);
        REQUIRE(sum.time == front[i].time);
        REQUIRE(sum.energy == front[i].energy);
        REQUIRE(sum.use == front[i].use);
        REQUIRE(sum.load == front[i].load);
        for (std::size_t j = 0; j < front.size(); ++j) {
            REQUIRE((i == j || !(front[j].time <= front[i].time && front[j].energy <= front[i].energy &&
                                 front[j].third() <= front[i].third())));
        }
        if (i > 0 && problem.loads == 0) {
            REQUIRE(front[i - 1].time < front[i].time);
            REQUIRE(front[i - 1].energy > front[i].energy);
        }
    }
}

/// For each true point p some found point is at most (1 + gap) p in both objectives.
bool certifies(double gap, const std::vector<SearchPoint>& found, const std::vector<SearchPoint>& front) {
    if (std::isinf(gap)) {
        return true;
    }
    // The gap is a quotient of rounded doubles.
    const double factor = (1 + gap) * (1 + 1e-12);
    return std::all_of(front.begin(), front.end(), [&](const SearchPoint& p) {
        return std::any_of(found.begin(), found.end(), [&](const SearchPoint& q) {
            return static_cast<double>(q.time) <= factor * static_cast<double>(p.time) &&
                   static_cast<double>(q.energy) <= factor * static_cast<double>(p.energy) &&
                   static_cast<double>(q.third()) <= factor * static_cast<double>(p.third());
        });
    });
}

/// SearchGap::time and, with the objectives exchanged, SearchGap::energy.
template <class First, class Second>
bool certifies_one(double gap, const std::vector<SearchPoint>& found, const std::vector<SearchPoint>& front,
                   const First& first, const Second& second) {
    if (std::isinf(gap) || found.empty()) {
        return true;
    }
    const double factor = (1 + gap) * (1 + 1e-12);
    return std::all_of(front.begin(), front.end(), [&](const SearchPoint& p) {
        const auto near = [&](const SearchPoint& q) {
            return static_cast<double>(first(q)) <= factor * static_cast<double>(first(p));
        };
        const auto covers = [&](const SearchPoint& q) { return second(q) <= second(p); };
        const auto fastest =
            std::min_element(found.begin(), found.end(),
                             [&](const SearchPoint& a, const SearchPoint& b) { return first(a) < first(b); });
        return near(*fastest) && (std::none_of(found.begin(), found.end(), covers) ||
                                  std::any_of(found.begin(), found.end(),
                                              [&](const SearchPoint& q) { return covers(q) && near(q); }));
    });
}

bool certifies_each(const SearchGap& gap, const std::vector<SearchPoint>& found,
                    const std::vector<SearchPoint>& front) {
    const auto time = [](const SearchPoint& p) { return p.time; };
    const auto energy = [](const SearchPoint& p) { return p.energy; };
    return certifies(gap.all, found, front) && certifies_one(gap.time, found, front, time, energy) &&
           certifies_one(gap.energy, found, front, energy, time);
}

/// A stop condition that holds from call number `calls` on.
std::function<bool()> stop_after(int calls) {
    return [calls, asked = std::make_shared<std::atomic<int>>(0)] { return (*asked)++ >= calls; };
}

SearchArc arc(std::uint32_t from, std::uint32_t to, std::int64_t time, std::int64_t energy,
              ResourceUse use = {}) {
    return {from, to, time, energy, use, {}};
}

}  // namespace

TEST_CASE("the front equals that of all paths", "[search][oracle]") {
    int with_points = 0;
    int with_several = 0;
    int without = 0;
    int in_passes = 0;
    int in_slices = 0;
    std::set<std::uint32_t> nodes;
    for (std::uint32_t seed = 1; seed <= 14000 / kFewer; ++seed) {
        Random random(seed);
        SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        SearchOptions options;
        options.threads = 1 + seed % 2;
        // Other seeds have the beams of large problems, which one pass is enough for.
        if (seed % 4 < 2) {
            options.tuning = small_tuning(random);
        }
        const SearchResult result = solve(problem, options);
        REQUIRE(result.exact());
        REQUIRE(result.gap.all == 0);
        REQUIRE(same_front(result.front, expected));
        in_passes += result.counts.passes > 1 ? 1 : 0;
        in_slices += result.counts.slices > result.counts.passes ? 1 : 0;
        with_points += expected.empty() ? 0 : 1;
        with_several += expected.size() > 2 ? 1 : 0;
        without += expected.empty() ? 1 : 0;
        nodes.insert(problem.nodes);
        if (seed % 4 != 0) {
            continue;
        }
        problem.prefer = [](std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
            return std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end());
        };
        REQUIRE(same_front(solve(problem).front, enumerate_front(problem, Preference::largest_arcs)));
    }
    CHECK(with_points > 7000 / kFewer);
    CHECK(with_several > 1000 / kFewer);
    CHECK(without > 400 / kFewer);
    CHECK(in_passes > 300 / kFewer);
    CHECK(in_slices > 300 / kFewer);
    CHECK(nodes.size() == 6);
}

TEST_CASE("the front of three objectives equals that of all paths", "[search][oracle]") {
    int with_several = 0;
    int with_equal_two = 0;
    int in_passes = 0;
    for (std::uint32_t seed = 1; seed <= 6000 / kFewer; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem_of_three(random);
        CAPTURE(seed);
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        SearchOptions options;
        options.threads = 1 + seed % 2;
        if (seed % 4 < 2) {
            options.tuning = small_tuning(random);
        }
        const SearchResult result = solve(problem, options);
        REQUIRE(result.exact());
        REQUIRE(result.gap.all == 0);
        REQUIRE(same_front(result.front, expected));
        with_several += expected.size() > 3 ? 1 : 0;
        in_passes += result.counts.passes > 1 ? 1 : 0;
        for (std::size_t i = 1; i < expected.size(); ++i) {
            with_equal_two += expected[i].time == expected[i - 1].time ? 1 : 0;
        }
    }
    CHECK(with_several > 800 / kFewer);
    CHECK(with_equal_two > 500 / kFewer);
    CHECK(in_passes > 400 / kFewer);
}

TEST_CASE("with epsilon, every point of the front has a found one near it", "[search][oracle]") {
    int fewer = 0;
    int in_passes = 0;
    int sooner = 0;
    for (std::uint32_t seed = 1; seed <= 3000 / kFewer; ++seed) {
        Random random(seed);
        const SearchProblem problem =
            seed % 2 == 0 ? random_problem(random) : random_problem_of_three(random);
        CAPTURE(seed);
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        SearchOptions options;
        options.epsilon = random.pick<double>({0.01, 0.1, 0.5, 1});
        if (seed % 4 < 2) {
            options.tuning = small_tuning(random);
        }
        const SearchResult result = solve(problem, options);
        REQUIRE(result.front.empty() == expected.empty());
        REQUIRE((expected.empty() || result.completeness == Completeness::epsilon));
        require_real(problem, result.front);
        REQUIRE(result.gap.all <= options.epsilon);
        REQUIRE(certifies(options.epsilon, result.front, expected));
        if (problem.loads == 0) {
            REQUIRE(certifies_each(result.gap, result.front, expected));
        }
        fewer += result.front.size() < expected.size() ? 1 : 0;
        in_passes += result.counts.passes > 1 ? 1 : 0;
        // Bounds alone showed that what is known is near enough.
        sooner += !expected.empty() && result.counts.passes == 0 ? 1 : 0;
    }
    CHECK(fewer > 30 / kFewer);
    CHECK(in_passes > 10 / kFewer);
    CHECK(sooner > 1000 / kFewer);
    Random random(1);
    SearchOptions options;
    for (const double wrong : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
        options.epsilon = wrong;
        CHECK_THROWS_AS(solve(random_problem(random), options), std::invalid_argument);
    }
}

TEST_CASE("a stopped search of three objectives returns real points and a valid gap", "[search][oracle]") {
    int inexact = 0;
    int finite = 0;
    for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem_of_three(random);
        CAPTURE(seed);
        SearchOptions options;
        options.should_stop = stop_after(static_cast<int>(seed % 5));
        const SearchResult result = solve(problem, options);
        require_real(problem, result.front);
        REQUIRE(certifies(result.gap.all, result.front, enumerate_front(problem)));
        inexact += result.exact() ? 0 : 1;
        finite += std::isfinite(result.gap.all) ? 1 : 0;
    }
    CHECK(inexact > 300);
    CHECK(finite > 300);
}

TEST_CASE("the front equals that of all paths where labels outnumber the beams", "[search][oracle]") {
    std::uint64_t most_labels = 0;
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_chain(random, {8, 4, 10000});
        CAPTURE(seed);
        const SearchResult result = solve(problem);
        REQUIRE(result.exact());
        REQUIRE(same_front(result.front, enumerate_front(problem)));
    }
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_chain(random, {10, 5, 2000});
        CAPTURE(seed);
        const SearchResult result = solve(problem);
        REQUIRE(result.exact());
        require_real(problem, result.front);
        std::vector<std::pair<std::int64_t, std::int64_t>> objectives;
        for (const SearchPoint& point : result.front) {
            objectives.emplace_back(point.time, point.energy);
        }
        REQUIRE(objectives == join_halves(problem, 5));
        most_labels = std::max(most_labels, result.counts.labels);
    }
    // Even the last pass held more labels at a node than the first beam keeps.
    CHECK(most_labels > std::uint64_t{11} * 200);
}

TEST_CASE("the front is the same however the search goes about it", "[search][oracle]") {
    std::uint64_t passes = 0;
    std::uint64_t slices = 0;
    for (std::uint32_t seed = 1; seed <= 100 / kFewer; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_chain(random, {5, 4, 300});
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        for (const double epsilon : {0.0, 0.02}) {
            CAPTURE(seed, epsilon);
            SearchOptions options;
            options.epsilon = epsilon;
            options.threads = 1 + seed % 2;
            options.tuning = small_tuning(random);
            const SearchResult result = solve(problem, options);
            REQUIRE((epsilon > 0 || same_front(result.front, expected)));
            REQUIRE(certifies(epsilon, result.front, expected));
            passes += result.counts.passes;
            slices += result.counts.slices;
        }
    }
    CHECK(passes > 250 / kFewer);
    CHECK(slices > 500 / kFewer);
}

TEST_CASE("a search that is stopped returns real points and a valid gap", "[search][oracle]") {
    int inexact = 0;
    int finite = 0;
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        SearchOptions options;
        if (seed % 2 == 0) {
            options.should_stop = stop_after(0);
        } else {
            options.most_bytes = 0;
        }
        const SearchResult result = solve(problem, options);
        require_real(problem, result.front);
        if (result.exact()) {
            REQUIRE(same_front(result.front, expected));
            continue;
        }
        ++inexact;
        finite += std::isfinite(result.gap.all) ? 1 : 0;
        REQUIRE(result.gap.all >= 0);
        REQUIRE(certifies_each(result.gap, result.front, expected));
    }
    CHECK(inexact > 700);
    CHECK(finite > 300);
}

TEST_CASE("rounds of branches can be limited, with the same result each time", "[search][oracle]") {
    int stopped = 0;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_problem(random);
        CAPTURE(seed);
        SearchOptions options;
        options.tuning = small_tuning(random);
        options.most_rounds = seed % 4;
        options.threads = 1;
        const SearchResult result = solve(problem, options);
        require_real(problem, result.front);
        REQUIRE(certifies_each(result.gap, result.front, enumerate_front(problem)));
        options.threads = 2;
        REQUIRE(same_front(solve(problem, options).front, result.front));
        stopped += result.exact() ? 0 : 1;
    }
    CHECK(stopped > 20);
}

TEST_CASE("a search that is stopped on its way returns real points and a valid gap", "[search][oracle]") {
    int inexact = 0;
    int improved = 0;
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        Random random(seed);
        const SearchProblem problem = random_chain(random, {7, 4, 1000});
        const std::vector<SearchPoint> expected = enumerate_front(problem);
        if (expected.empty()) {
            continue;
        }
        double first_gap = -1;
        for (const int calls : {0, 1, 2, 3, 5, 8, 1000000}) {
            CAPTURE(seed, calls);
            SearchOptions options;
            options.should_stop = stop_after(calls);
            const SearchResult result = solve(problem, options);
            require_real(problem, result.front);
            REQUIRE(certifies_each(result.gap, result.front, expected));
            inexact += result.exact() ? 0 : 1;
            if (first_gap < 0) {
                first_gap = result.gap.all;
            } else if (!result.exact()) {
                // Later stops know at least as much.
                REQUIRE(result.gap.all <= first_gap);
                improved += result.gap.all < first_gap ? 1 : 0;
            }
            REQUIRE((calls < 1000000 || (result.exact() && same_front(result.front, expected))));
        }
        for (const std::uint64_t most : {10U, 300U, 600U, 2000U}) {
            CAPTURE(seed, most);
            SearchOptions options;
            options.most_bytes = most * 64;
            const SearchResult result = solve(problem, options);
            require_real(problem, result.front);
            REQUIRE(certifies_each(result.gap, result.front, expected));
            inexact += result.exact() ? 0 : 1;
        }
    }
    CHECK(inexact > 20);
    CHECK(improved > 0);
}

TEST_CASE("results do not depend on the run", "[search]") {
    Random random(7);
    const SearchProblem problem = random_chain(random, {7, 4, 500});
    const SearchResult first = solve(problem);
    const SearchResult second = solve(problem);
    CHECK(same_front(first.front, second.front));
    CHECK(first.counts.labels == second.counts.labels);
    CHECK(first.counts.candidates == second.counts.candidates);
}

TEST_CASE("an end that cannot be reached gives an empty front, exactly", "[search]") {
    SearchProblem problem;
    problem.nodes = 3;
    problem.capacity = {1, 1, 1};
    const auto require_empty = [&] {
        const SearchResult result = solve(problem);
        CHECK(result.exact());
        CHECK(result.gap.all == 0);
        CHECK(result.front.empty());
    };
    require_empty();
    problem.arcs = {arc(0, 1, 1, 1)};
    require_empty();
    // An arc that exceeds the capacity by itself, and two that exceed it together.
    problem.arcs = {arc(0, 1, 1, 1), arc(1, 2, 1, 1, {0, 0, 2})};
    require_empty();
    problem.arcs = {arc(0, 1, 1, 1, {0, 1, 0}), arc(1, 2, 1, 1, {0, 1, 0})};
    require_empty();
    problem.arcs.back().use = {1, 0, 1};
    REQUIRE(solve(problem).front.size() == 1);
    CHECK(solve(problem).front[0].use == ResourceUse{1, 1, 1});
}

TEST_CASE("a problem of one node has the empty path", "[search]") {
    SearchProblem problem;
    problem.nodes = 1;
    const SearchResult result = solve(problem);
    REQUIRE(result.front.size() == 1);
    CHECK(result.exact());
    CHECK(result.front[0].path.empty());
    CHECK(result.front[0].time == 0);
}

TEST_CASE("equal points keep the least use, then the first path", "[search]") {
    SearchProblem problem;
    problem.nodes = 2;
    problem.capacity = {9, 9, 9};
    problem.arcs = {arc(0, 1, 4, 4, {2, 0, 0}), arc(0, 1, 4, 4, {1, 5, 0}), arc(0, 1, 4, 4, {1, 5, 0}),
                    arc(0, 1, 4, 5, {0, 0, 0}), arc(0, 1, 5, 3, {9, 9, 9})};
    const SearchResult result = solve(problem);
    REQUIRE(result.front.size() == 2);
    CHECK(result.front[0].path == std::vector<std::uint32_t>{1});
    CHECK(result.front[1].path == std::vector<std::uint32_t>{4});
}

TEST_CASE("a front does not get lost where few multipliers are of use", "[search]") {
    // Multipliers that were no numbers once gave bounds here that held for nothing, and an empty front that
    // claimed to be exact.
    SearchProblem problem;
    problem.nodes = 5;
    problem.capacity = {4, 0, 3};
    problem.arcs = {arc(0, 1, 0, 3, {2, 0, 0}), arc(0, 1, 3, 2, {0, 0, 2}), arc(1, 2, 0, 0, {3, 0, 0}),
                    arc(1, 2, 2, 2, {0, 0, 0}), arc(2, 3, 1, 2, {3, 0, 0}), arc(2, 4, 0, 0, {0, 0, 2}),
                    arc(3, 4, 0, 3, {1, 0, 1}), arc(3, 4, 3, 1, {1, 2, 0})};
    const SearchResult result = solve(problem);
    CHECK(result.exact());
    CHECK(same_front(result.front, enumerate_front(problem)));
    CHECK(result.front.size() == 1);
}

TEST_CASE("problems that are not well formed are refused", "[search]") {
    SearchProblem problem;
    CHECK_THROWS_AS(solve(problem), std::invalid_argument);
    problem.nodes = 3;
    const auto refused = [&](const std::vector<SearchArc>& arcs) {
        problem.arcs = arcs;
        CHECK_THROWS_AS(solve(problem), std::invalid_argument);
    };
    refused({arc(1, 2, 1, 1), arc(0, 1, 1, 1)});
    refused({arc(1, 0, 1, 1)});
    refused({arc(1, 1, 1, 1)});
    refused({arc(0, 3, 1, 1)});
    refused({arc(0, 1, -1, 1)});
    refused({arc(0, 1, 1, -1)});
    refused({arc(0, 1, 1, 1, {0, 0, -1})});
    constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max() / 2;
    for (const SearchArc& huge : {arc(0, 1, kHuge, 1), arc(0, 1, 1, kHuge), arc(0, 1, 1, 1, {kHuge, 0, 0})}) {
        problem.arcs = {huge};
        CHECK_THROWS_AS(solve(problem), std::overflow_error);
    }
}

TEST_CASE("sums near the largest allowed stay exact", "[search]") {
    constexpr std::int64_t kLarge = std::int64_t{1} << 48;
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        SearchProblem problem;
        problem.nodes = 4;
        for (std::uint32_t node = 0; node < 3; ++node) {
            for (int copy = 0; copy < 4; ++copy) {
                const std::int64_t time = kLarge - random.below(3);
                const std::int64_t energy = kLarge - random.below(3);
                const ResourceUse use{kLarge - random.below(3), random.below(3), 0};
                problem.arcs.push_back(arc(node, node + 1, time, energy, use));
            }
        }
        problem.capacity = {3 * kLarge - random.below(6), random.below(7), 0};
        CAPTURE(seed);
        REQUIRE(same_front(solve(problem).front, enumerate_front(problem)));
    }
}
