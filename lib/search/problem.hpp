// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

inline constexpr std::size_t kResourceKinds = 4;
using ResourceUse = std::array<std::int64_t, kResourceKinds>;

/// One arc of the search graph: a choice between two nodes, with what it adds to both objectives and all
/// resources. All values are >= 0.
struct SearchArc {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
};

/// Bi-objective shortest path under resource limits, on a graph whose arcs lead from lower to higher node
/// numbers: all (time, energy) of paths from node 0 to node `nodes - 1` that no other feasible path
/// dominates, where a path is feasible if its summed use of each resource is at most the capacity. Both
/// objectives are minimised; a path dominates another if it is no worse in both and better in one.
/// Comparisons are between integers, without a tolerance.
struct SearchProblem {
    std::uint32_t nodes = 0;
    /// Sorted by `from`.
    std::vector<SearchArc> arcs;
    ResourceUse capacity{};
    /// Of two paths with equal time, energy and use, true if `a` is to be kept rather than `b`. It must
    /// compare partial paths between the same two nodes in a way that a common continuation does not change.
    /// Absent: the path with the smaller arc numbers.
    std::function<bool(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b)> prefer;
};

struct SearchPoint {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    /// Indices into SearchProblem::arcs, from node 0 on.
    std::vector<std::uint32_t> path;
};

struct SearchCounts {
    std::uint64_t labels = 0;
    std::uint64_t candidates = 0;
    std::uint64_t over_capacity = 0;
    std::uint64_t by_bound = 0;
    std::uint64_t dominated = 0;
    std::uint64_t passes = 0;
};

struct SearchOptions {
    /// Asked now and then; true ends the search with what has been found.
    std::function<bool()> should_stop;
    /// Most labels held at once.
    std::optional<std::uint64_t> most_labels;
};

struct SearchResult {
    /// Sorted by time; energies fall strictly. If several paths reach a point, the one with the least use (in
    /// order of resources), then the preferred one.
    std::vector<SearchPoint> front;
    /// True: `front` is the whole front. False: a limit ended the search; every missing point is within `gap`
    /// of a point of the front: for each true point p there is a q in `front` with q <= (1 + gap) p in both
    /// objectives. Infinite if nothing could be proved.
    bool exact = false;
    double gap = 0;
    SearchCounts counts;
};

/// Solves the problem. Deterministic as long as no limit is met.
/// @throws std::invalid_argument for arcs that are not sorted, lead backwards or have a negative value.
/// @throws std::overflow_error if sums along a path could leave the 64-bit range.
[[nodiscard]] SearchResult solve(const SearchProblem& problem, const SearchOptions& options = {});

}  // namespace cleave
