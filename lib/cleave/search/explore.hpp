// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/options.hpp"
#include "cleave/search/problem.hpp"
#include "cleave/search/request.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A partition on the front, with its score as evaluated from scratch.
struct FrontPoint {
    Mapping mapping;
    Score score;
};

struct ExploreStats {
    /// Stage options evaluated, and left after dominance between options of the same two states.
    std::uint64_t evaluated_options = 0;
    std::uint64_t options = 0;
    std::uint64_t states = 0;
    SearchCounts search;
};

/// A constraint that no partition meets.
struct UnmetConstraint {
    /// "latency" or "energy", both in SI units.
    std::string objective;
    double required = 0;
    double best = 0;
    /// What stands in the way when more of it would help: a resource and the layer that asks for most of it.
    std::optional<Infeasibility> binding;
};

struct ExploreResult {
    FrontPoint baseline;
    /// Sorted by latency, then energy; with two objectives, energies fall strictly. Only points that meet the
    /// constraints.
    std::vector<FrontPoint> front;
    Completeness completeness = Completeness::exact;
    SearchGap gap;
    /// Decimal. Partitions with their schedule (sequences of stages) whose every stage fits the FPGA alone.
    std::string design_points;
    ExploreStats stats;
    std::optional<SmallestPiece> nothing_fits;
    std::vector<UnmetConstraint> unmet;

    [[nodiscard]] bool exact() const { return completeness == Completeness::exact; }
};

/// The point nearest to having all objectives at their best: least sum of latency, energy and the third
/// objective if there is one, each scaled to [0, 1] over the front (the first such point). Index into a front
/// that is not empty.
[[nodiscard]] std::size_t knee(const std::vector<FrontPoint>& front,
                               std::optional<ThirdObjective> third = std::nullopt);
/// The point with the least energy; the first is the one with the least latency.
[[nodiscard]] std::size_t least_energy(const std::vector<FrontPoint>& front);

/// The Pareto front of the request's design space. `should_stop` is asked now and then, from several threads;
/// when it says true the result is what has been found, and not exact. `progress`, if there is one, counts.
/// @throws std::logic_error if a point, evaluated again from scratch, does not come out as the search had it.
[[nodiscard]] ExploreResult explore(const ExploreRequest& request,
                                    const std::function<bool()>& should_stop = {},
                                    Progress* progress = nullptr);

}  // namespace cleave
