// SPDX-License-Identifier: Apache-2.0
// Random search problems against the enumeration of all their paths, as many as wanted; scripts/check_search
// runs it. The unit tests compare the first few thousand of the same problems.
#include "support/search_oracle.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

namespace cleave::testing {
namespace {

/// What the run has met: a check that met no front of several points would say little.
struct Met {
    std::uint64_t problems = 0;
    std::uint64_t infeasible = 0;
    std::uint64_t with_several_points = 0;
    std::uint64_t with_several_passes = 0;
    std::uint64_t wrong = 0;
};

void check(std::uint32_t seed, Met& met) {
    Random random(seed);
    // As in the unit tests: of ten problems seven have two objectives.
    const SearchProblem problem = seed % 10 < 7 ? random_problem(random) : random_problem_of_three(random);
    const std::vector<SearchPoint> expected = enumerate_front(problem);
    SearchOptions options;
    options.threads = 1 + seed % 2;
    // Half of them as large problems are searched: in several passes and slices.
    if (seed % 4 < 2) {
        options.tuning = small_tuning(random);
    }
    const SearchResult result = solve(problem, options);
    ++met.problems;
    met.infeasible += expected.empty() ? 1 : 0;
    met.with_several_points += expected.size() > 1 ? 1 : 0;
    met.with_several_passes += result.counts.passes > 1 ? 1 : 0;
    if (!result.exact() || result.gap.all != 0 || !same_front(result.front, expected)) {
        ++met.wrong;
        std::printf("seed %u: the front is not that of all paths\n", seed);
    }
}

std::optional<std::uint32_t> number(const char* text) {
    std::uint32_t value = 0;
    const char* end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace
}  // namespace cleave::testing

int main(int argc, char** argv) {
    using namespace cleave::testing;
    const auto first = argc == 3 ? number(argv[1]) : std::nullopt;
    const auto count = argc == 3 ? number(argv[2]) : std::nullopt;
    if (!first || !count) {
        std::fputs("usage: cleave_check_fronts FIRST_SEED COUNT\n", stderr);
        return 2;
    }
    Met met;
    for (std::uint32_t i = 0; i < *count; ++i) {
        check(*first + i, met);
    }
    std::printf(
        "%llu problems from seed %u: %llu infeasible, %llu with several points, %llu in several passes, %llu "
        "wrong\n",
        static_cast<unsigned long long>(met.problems), *first,
        static_cast<unsigned long long>(met.infeasible),
        static_cast<unsigned long long>(met.with_several_points),
        static_cast<unsigned long long>(met.with_several_passes), static_cast<unsigned long long>(met.wrong));
    return met.wrong == 0 ? 0 : 1;
}
