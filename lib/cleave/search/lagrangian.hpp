// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/corners.hpp"
#include "cleave/search/problem.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cleave {

/// What a path, or the beginning of one, adds up to.
struct PathSums {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    Loads load{};
};

/// Weights of the objectives; the third one's are spread over the loads.
struct Weights {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    Loads load{};

    /// Weighted objectives of a point. The largest load is at least any convex combination of the loads, so
    /// the weighted sums of a path are at most this for its objectives.
    [[nodiscard]] std::int64_t of(const Objectives& o) const {
        return time * o[0] + energy * o[1] + (load[0] + load[1] + load[2]) * o[2];
    }
    friend bool operator==(const Weights&, const Weights&) = default;
};

/// A lower bound on weighted objectives of feasible paths.
///
/// For weights w >= 0 and multipliers m >= 0 (all integers), any feasible completion of a partial path p at
/// node v ends with weighted sums of at least
///     w . p + m . p.use + completion[v] - m . capacity,
/// where completion[v] is the least sum of w . arc + m . arc.use over paths from v to the end: the sum of
/// uses is at most the capacity, so m . (use - capacity) <= 0 was added to the left-hand side only. The
/// weighted objectives (Weights::of) are at least the weighted sums. Everything is integer arithmetic, so the
/// bound holds without rounding, whatever the multipliers.
struct LagrangianBound {
    Weights weights;
    ResourceUse multiplier{};
    std::int64_t multiplier_capacity = 0;
    /// kUnreachable for a node from which the end cannot be reached.
    std::vector<std::int64_t> completion;

    /// Weighted sums plus priced use.
    template <class Sums>
    [[nodiscard]] std::int64_t price(const Sums& p) const {
        std::int64_t value = weights.time * p.time + weights.energy * p.energy;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            value += multiplier[k] * p.use[k];
        }
        for (std::size_t l = 0; l < p.load.size(); ++l) {
            value += weights.load[l] * p.load[l];
        }
        return value;
    }
    template <class Sums>
    [[nodiscard]] std::int64_t at(std::uint32_t node, const Sums& p) const {
        return completion[node] - multiplier_capacity + price(p);
    }
    [[nodiscard]] bool has_prices_of(const LagrangianBound& other) const {
        return weights == other.weights && multiplier == other.multiplier;
    }
    /// The bound on whole paths.
    [[nodiscard]] std::int64_t root() const { return completion.front() - multiplier_capacity; }
};

inline constexpr std::int64_t kUnreachable = std::int64_t{1} << 60;

/// Arcs of a problem that may be on a path worth finding, with their numbers in the problem.
struct ArcSet {
    std::uint32_t nodes = 0;
    /// No path has more arcs.
    std::uint32_t longest = 0;
    ResourceUse capacity{};
    std::size_t loads = 0;
    /// Sorted by `from`.
    std::vector<SearchArc> arcs;
    std::vector<std::uint32_t> number;
};

/// The arcs that fit by themselves. (Others are on no feasible path.)
[[nodiscard]] ArcSet fitting_arcs(const SearchProblem& problem);

/// Of these without the ones all of whose paths, by bounds on each objective for itself, are dominated by one
/// that needs nothing of any resource. Such are most lanes: those at a pace at which no network can run.
[[nodiscard]] ArcSet undominated_arcs(const SearchProblem& problem);

/// Leaves out the nodes that no arc has, but the first and the last, and numbers the others anew in order.
void drop_unused_nodes(ArcSet& set);

/// Fills in completions for the bound's weights and multipliers; with `best_arc`, also the index in `set` of
/// the arc that starts each node's best completion.
void complete(const ArcSet& set, LagrangianBound& bound, std::vector<std::uint32_t>* best_arc = nullptr);

/// Least price of a path from node 0 to each node.
[[nodiscard]] std::vector<std::int64_t> forward_prices(const ArcSet& set, const LagrangianBound& bound);

inline constexpr std::size_t kNearestOneIn = 16;
/// Of the arcs about one in so many, those of the paths that cost least at the bound's prices.
/// @param bound  with completions made of the set
[[nodiscard]] ArcSet nearest_arcs(const ArcSet& set, const LagrangianBound& bound);

/// Longest sums of each objective along any path: no path has more.
[[nodiscard]] Objectives longest_paths(const ArcSet& set);

/// Paths that bounds met; not necessarily feasible.
class PathPool {
public:
    struct Entry {
        PathSums sums;
        /// Arc numbers in the problem.
        std::vector<std::uint32_t> path;
    };
    /// Adds a path; false if it is there already.
    bool add(Entry entry);
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    /// The paths all of whose arcs are in `set`, of a problem with `arcs` arcs.
    [[nodiscard]] PathPool only(const ArcSet& set, std::size_t arcs) const;

private:
    std::vector<Entry> entries_;
};

/// Adds those that are feasible.
void add_feasible(const PathPool& pool, const ResourceUse& capacity, UpperFront& known);

/// What a linear program over paths ends with: paths (arc numbers in the problem) in parts that sum to one.
struct MixedPath {
    std::vector<std::uint32_t> path;
    double part = 0;
};
using Mixture = std::vector<MixedPath>;

/// Real weights, scaled to integers such that no path's weighted sums leave the exact range. `direction` is
/// relative to `most`: (1, 1, 0) weighs the longest time as much as the highest energy.
[[nodiscard]] Weights integer_weights(const std::array<double, 3>& direction, const Objectives& most,
                                      std::uint32_t nodes, std::size_t loads);

/// The bound for a direction with multipliers, and shares of the loads, that make it as high as possible at
/// the start: column generation on the dual. Paths in `pool` are its columns and need not be found again;
/// those that it meets are added. With `mixture`, also the paths whose mixture the bound is the cost of: as
/// far as they are different paths, no feasible path may be as good. The bound may be lower than the best by
/// `tolerance` parts of that.
[[nodiscard]] LagrangianBound best_bound(const ArcSet& set, const std::array<double, 3>& direction,
                                         const Objectives& most, PathPool& pool, double tolerance = 0,
                                         Mixture* mixture = nullptr);

/// The bound that lies as far above a corner as possible, in parts of it: multipliers and the direction are
/// made together. If there are bounds above the corner, any of them.
[[nodiscard]] LagrangianBound corner_bound(const ArcSet& set, const Objectives& corner,
                                           const Objectives& most, PathPool& pool, double tolerance = 0,
                                           Mixture* mixture = nullptr);

/// Directions spread evenly over the objectives: time alone first, energy alone second, the third objective
/// alone third if there is one.
[[nodiscard]] std::vector<std::array<double, 3>> spread_directions(std::size_t objectives);

}  // namespace cleave
