// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/options.hpp"
#include "cleave/search/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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
    /// That nothing is below `best`; with an epsilon it is only near.
    bool proved = true;
    /// What stands in the way when more of it would help: a resource and the layer that asks for most of it.
    std::optional<Infeasibility> binding;
};

/// 5th and 95th percentile over the draws.
struct Interval {
    double low = 0;
    double high = 0;
};

struct PointUncertainty {
    Interval latency_s;
    Interval energy_j;
    /// Against the GPU-only baseline of the same draw, so that errors which both share cancel.
    Interval latency_speedup;
    Interval energy_gain;
    /// Share of draws in which the point fits the FPGA, and in which it does and no other candidate that fits
    /// dominates it.
    double feasible_share = 0;
    double nondominated_share = 0;
};

struct Uncertainty {
    /// Draws scored, and asked for: a limit may end the analysis before all are done.
    std::size_t draws = 0;
    std::size_t wanted = 0;
    /// Partitions compared in every draw: the front, the fronts under the first draws (its
    /// near-front), and the GPU alone.
    std::size_t candidates = 0;
    /// One for each point of the front; none without draws.
    std::vector<PointUncertainty> points;
    /// By layer: the share of draws whose choice has it, or a part of it, on the FPGA. The choice of a draw
    /// is the knee of the candidates that fit and pay in it, or else the GPU alone. Empty without draws.
    std::vector<double> moved_share;
    /// Pairs of points (by position) whose order in neither objective holds in 95 % of the draws.
    std::vector<std::pair<std::size_t, std::size_t>> not_told_apart;

    [[nodiscard]] bool complete() const { return draws == wanted; }
};

struct ExploreResult {
    FrontPoint baseline;
    /// Sorted by latency, then energy; with two objectives, energies fall strictly. Only points that meet the
    /// constraints.
    std::vector<FrontPoint> front;
    /// Of the foldings that were considered.
    Completeness completeness = Completeness::exact;
    SearchGap gap;
    /// Some layer folds, and runs have only the paces of a ladder.
    bool on_ladder = false;
    /// How often regions of too many states were cut (StateSpace).
    std::size_t cuts = 0;
    /// How much better a partition beside the ladder may be (ladder_loss), if that was asked for and found.
    std::optional<double> ladder_loss;
    /// Decimal. Partitions with their schedule (sequences of stages) whose every stage fits the FPGA alone.
    std::string design_points;
    ExploreStats stats;
    std::optional<SmallestPiece> nothing_fits;
    std::vector<UnmetConstraint> unmet;
    /// Of the front, if the request asks for draws.
    Uncertainty uncertainty;

    [[nodiscard]] bool exact() const { return completeness == Completeness::exact; }
};

/// A score's value in the third objective: nanoseconds or ALMs; 0 where there is none.
[[nodiscard]] std::int64_t third_of(const Score& score, std::optional<ThirdObjective> third);

/// The point nearest to having all objectives at their best: least sum of latency, energy and the third
/// objective if there is one, each scaled to [0, 1] over the front (the first such point). Index into a front
/// that is not empty.
[[nodiscard]] std::size_t knee(const std::vector<FrontPoint>& front,
                               std::optional<ThirdObjective> third = std::nullopt);
/// Whether a partition is worth an FPGA: it takes neither more time nor more energy than the GPU alone, and
/// `min_gain` times less of one of them at least, or of the interval where that is the third objective.
[[nodiscard]] bool pays(const Score& score, const Score& gpu_alone, double min_gain,
                        std::optional<ThirdObjective> third = std::nullopt);
/// The knee of the points that pay; if none does, of those that are no slower than the GPU alone; if none is
/// (constraints exclude them), or `min_gain` is 0, of all. Index into a front that is not empty.
[[nodiscard]] std::size_t knee(const ExploreResult& result, std::optional<ThirdObjective> third,
                               double min_gain);
/// The point with the least energy; the first is the one with the least latency.
[[nodiscard]] std::size_t least_energy(const std::vector<FrontPoint>& front);

}  // namespace cleave
