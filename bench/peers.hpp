// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave::bench {

/// Area dominated by points and bounded by a reference, for two objectives; points that are not below the
/// reference count nothing. Exact up to rounding of its sums.
struct Area {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    /// In any order.
    [[nodiscard]] double of(std::vector<std::pair<std::int64_t, std::int64_t>> points) const;
};

struct GeneticRun {
    double seconds = 0;
    /// Of the exact front's area.
    double share = 0;
    std::uint64_t evaluations = 0;
    /// How it came there.
    struct Moment {
        double seconds = 0;
        double share = 0;
    };
    std::vector<Moment> course;
};

/// pagmo's NSGA-II on the problem: a gene for each node with a choice, the number of the arc that leaves it.
/// Over capacity, both objectives get a penalty larger than any feasible value that grows with the excess.
/// One individual of the first population starts with the arcs that use least, so that there is a feasible
/// one. Ends at the wanted share of the area or at the time limit, asked between generations.
[[nodiscard]] GeneticRun run_nsga2(const SearchProblem& problem, const Area& area, double exact_area,
                                   unsigned population, unsigned seed, double wanted_share,
                                   double time_limit);

struct ProgramRun {
    double seconds = 0;
    /// What CBC says of the program: "Optimal ...", "Stopped on ...", "Infeasible ...".
    std::string status;
    /// Sums of the path that it chose; nothing without a path.
    std::optional<std::int64_t> time;
    std::optional<std::int64_t> energy;
};

/// Least energy among feasible paths of at most `most_time`, as a mixed-integer program for the program
/// `cbc`: a binary variable for each arc, flow conserved at each node. Times are in microseconds and energies
/// in microjoules, written with all their digits. The path's sums are added up from its arcs as integers.
/// @throws std::runtime_error if cbc cannot be run
[[nodiscard]] ProgramRun run_cbc(const SearchProblem& problem, std::int64_t most_time, double time_limit,
                                 const std::string& folder);

struct LabelRun {
    double seconds = 0;
    std::uint64_t labels = 0;
    /// (time, energy) of the front, by time; none unless finished.
    std::vector<std::pair<std::int64_t, std::int64_t>> front;
    /// Empty if it finished.
    std::string stopped_at;
};

/// Plain label setting: at each node the feasible partial paths that no other one dominates in time, energy
/// and all uses. No bounds. The labels of all nodes that still have arcs to come from are held.
[[nodiscard]] LabelRun run_label_setting(const SearchProblem& problem, double time_limit,
                                         std::uint64_t most_labels);

}  // namespace cleave::bench
