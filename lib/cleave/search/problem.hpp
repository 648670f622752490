// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"
#include "cleave/units/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

inline constexpr std::size_t kResourceKinds = 4;
using ResourceUse = std::array<std::int64_t, kResourceKinds>;

/// Most loads whose maximum is the third objective.
inline constexpr std::size_t kLoadKinds = 3;
using Loads = std::array<std::int64_t, kLoadKinds>;

/// One arc of the search graph: a choice between two nodes, with what it adds to the objectives and to all
/// resources. All values are >= 0.
struct SearchArc {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    Loads load{};
};

/// Multi-objective shortest path under resource limits, on a graph whose arcs lead from lower to higher node
/// numbers: all (time, energy) or (time, energy, third) of paths from node 0 to node `nodes - 1` that no
/// other feasible path dominates, where a path is feasible if its summed use of each resource is at most the
/// capacity, and its time and energy at most what is wanted. All objectives are minimised; a path dominates
/// another if it is no worse in all and better in one. Comparisons are between integers, without a tolerance.
struct SearchProblem {
    std::uint32_t nodes = 0;
    /// Sorted by `from`.
    std::vector<SearchArc> arcs;
    /// Lanes of nodes, if there are any: arcs between places in the same lane, to one from a node in lane 0
    /// or back to such a node are in that lane. Bounds on paths that all have the same lane somewhere are
    /// often much better than bounds on paths of all lanes.
    std::vector<std::uint32_t> lanes;
    ResourceUse capacity{};
    /// Paths that take more are not feasible either.
    std::int64_t most_time = std::numeric_limits<std::int64_t>::max();
    std::int64_t most_energy = std::numeric_limits<std::int64_t>::max();
    /// 0: two objectives. Otherwise the third objective is the largest of the first `loads` summed loads of
    /// a path: with one load, that sum; with one for each device, the time between frames if all devices
    /// work on successive frames.
    std::size_t loads = 0;
    /// Of two paths with equal objectives, loads and use, true if `a` is to be kept rather than `b`. It must
    /// compare partial paths between the same two nodes in a way that a common beginning or continuation does
    /// not change.
    /// It is called from several threads. Absent: the path with the smaller arc numbers.
    std::function<bool(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b)> prefer;
};

struct SearchPoint {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    Loads load{};
    /// Indices into SearchProblem::arcs, from node 0 on.
    std::vector<std::uint32_t> path;

    /// The third objective; 0 where there is none.
    [[nodiscard]] std::int64_t third() const { return *std::max_element(load.begin(), load.end()); }
};

struct SearchCounts {
    /// Labels kept, over all passes.
    std::uint64_t labels = 0;
    /// Labels held at once, at most.
    std::uint64_t most_labels = 0;
    std::uint64_t candidates = 0;
    std::uint64_t over_capacity = 0;
    std::uint64_t by_bound = 0;
    std::uint64_t dominated = 0;
    std::uint64_t passes = 0;
    std::uint64_t slices = 0;

    SearchCounts& operator+=(const SearchCounts& more);
};

/// How a search goes about its work. Never changes what it finds; with small values, small problems take the
/// ways of large ones.
struct SearchTuning {
    /// Labels that a node keeps in the first pass, which is one slice over everything, so that there are
    /// corners worth slicing at; in the second; and by how much later passes keep more.
    std::size_t first_beam = 200;
    std::size_t second_beam = 2000;
    std::size_t beam_growth = 6;
    std::size_t corners_per_slice = 16;
    /// Most cells that the resource which binds most is counted in.
    std::int64_t grid_cells = 512;
    /// With lanes: labels that a node keeps at most in the first look at a branch, of which bounds and
    /// divisions tell more than labels do; beyond how many arcs that look is at some of them only; about how
    /// many candidates (those, too, of more labels in place of
    /// divisions that tell little), and grid entries, that look may come to (a thorough one has as many
    /// entries as `grid_cells` allows); by how much more labels a node keeps with
    /// every division that tells little, and about how many candidates such a look may come to; about how
    /// many a thorough one may, in place of a division, twice as many after each that told little; and how
    /// many branches a round divides or searches.
    std::size_t branch_beam = 30;
    std::size_t branch_arcs = 30'000;
    std::size_t branch_candidates = 1'000'000;
    std::size_t branch_entries = 20'000;
    std::size_t plateau_growth = 4;
    std::size_t plateau_candidates = 50'000;
    std::size_t thorough_candidates = 250'000;
    std::size_t branches_per_round = 8;
};

struct SearchOptions {
    /// Asked now and then, from several threads; true ends the search with what has been found.
    std::function<bool()> should_stop;
    /// Most bytes of labels held at once.
    std::optional<std::uint64_t> most_bytes;
    /// 0: the exact front. Otherwise a set of points such that every point p of the front has a q in the set
    /// with q <= (1 + epsilon) p in each objective.
    double epsilon = 0;
    /// With lanes: rounds of branches after which the search ends with what has been found. Unlike the other
    /// limits it gives the same result each time.
    std::optional<std::uint64_t> most_rounds;
    /// 0: as many as the machine has. Never changes the result, unless a limit is met.
    unsigned threads = 0;
    SearchTuning tuning;
    /// Counts passes, slices, candidates and labels, if there is one.
    Progress* progress = nullptr;
};

enum class Completeness { exact, epsilon, stopped };
[[nodiscard]] constexpr auto names_of(Completeness) {
    using enum Completeness;
    return std::to_array<Named<Completeness>>({{exact, "exact"}, {epsilon, "epsilon"}, {stopped, "stopped"}});
}
static_assert(all_named<Completeness>());

/// Of a search that ended by itself, or did not.
[[nodiscard]] constexpr Completeness completeness_of(bool finished, double epsilon) {
    return !finished ? Completeness::stopped : epsilon > 0 ? Completeness::epsilon : Completeness::exact;
}

/// How far points that were not found can be from those that were. 0: nothing is missing; infinite: nothing
/// could be proved.
struct SearchGap {
    /// For each true point p there is a found q with q <= (1 + all) p in every objective.
    double all = 0;
    /// Two objectives only. For each true point p that some found point equals or beats in energy, such a
    /// found point q has q.time <= (1 + time) p.time; and so has the fastest found point for every p.
    double time = 0;
    /// The same with the objectives exchanged.
    double energy = 0;

    /// Of a search that proved nothing.
    [[nodiscard]] static SearchGap unknown() {
        constexpr double kInfinite = std::numeric_limits<double>::infinity();
        return {kInfinite, kInfinite, kInfinite};
    }
};
/// Of each of the gaps the larger one, or the smaller one.
[[nodiscard]] inline SearchGap most_of(const SearchGap& a, const SearchGap& b) {
    return {std::max(a.all, b.all), std::max(a.time, b.time), std::max(a.energy, b.energy)};
}
[[nodiscard]] inline SearchGap least_of(const SearchGap& a, const SearchGap& b) {
    return {std::min(a.all, b.all), std::min(a.time, b.time), std::min(a.energy, b.energy)};
}

struct SearchResult {
    /// Sorted by time, then energy, then third objective. If several paths reach a point, the one with the
    /// least loads, then the least use (each in order), then the preferred one; unless the search was stopped
    /// or `epsilon` is set.
    std::vector<SearchPoint> front;
    Completeness completeness = Completeness::exact;
    SearchGap gap;
    SearchCounts counts;

    [[nodiscard]] bool exact() const { return completeness == Completeness::exact; }
};

/// Solves the problem. Deterministic as long as no limit is met.
/// @throws std::invalid_argument for arcs that are not sorted, lead backwards or have a negative value, and
/// for an epsilon that is not in [0, 1].
/// @throws OutOfProportion if sums along a path could leave the range in which bounds are exact.
[[nodiscard]] SearchResult solve(const SearchProblem& problem, const SearchOptions& options = {});

}  // namespace cleave
