// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"
#include "support/random.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace cleave::testing {

enum class Preference { smallest_arcs, largest_arcs };

/// The front of a search problem from all of its paths, one by one.
[[nodiscard]] std::vector<SearchPoint> enumerate_front(const SearchProblem& problem,
                                                       Preference preference = Preference::smallest_arcs);

/// The (time, energy) of the front of a problem all of whose paths pass `middle`: all first halves with all
/// second halves.
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> join_halves(const SearchProblem& problem,
                                                                             std::uint32_t middle);

/// Few nodes and small numbers, so that ties, zeros and equal points are frequent; capacities from zero to
/// slack; sometimes the end is out of reach, or times and energies are bounded.
[[nodiscard]] SearchProblem random_problem(Random& random);
/// The same with one or three loads.
[[nodiscard]] SearchProblem random_problem_of_three(Random& random);

/// A chain of `steps` choices between `choices` arcs with large values, times and energies in conflict:
/// many partial paths of which none dominates another.
struct ChainSize {
    std::uint32_t steps = 0;
    std::int64_t choices = 0;
    std::int64_t largest = 0;
};
[[nodiscard]] SearchProblem random_chain(Random& random, const ChainSize& size);

/// Beams of a few labels, slices of one or two corners and coarse grids, so that small problems need several
/// passes and slices, and labels are left out on the way.
[[nodiscard]] SearchTuning small_tuning(Random& random);

/// True if both fronts have the same points, by the same paths.
[[nodiscard]] bool same_front(const std::vector<SearchPoint>& a, const std::vector<SearchPoint>& b);

}  // namespace cleave::testing
