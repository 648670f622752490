// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/branch.hpp"
#include "cleave/search/problem.hpp"
#include "cleave/search/search_stop.hpp"
#include "cleave/search/slice_search.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace cleave {

/// A branch and what became of it.
struct BranchNode {
    enum class State { open, closed, by_paths, by_corners };
    Branch branch;
    State state = State::open;
    std::size_t parent = 0;
    /// Divided: into parts of its paths; or into smaller boxes, each with all paths.
    std::vector<std::size_t> children{};
    /// What might have been missing in its box before its own bounds were made, in parts.
    double before = std::numeric_limits<double>::infinity();
    /// Labels a node for the first look if that is hardly less.
    std::size_t plateau_beam = 1;
    /// Divisions in a row that hardly changed the bounds of any part.
    std::size_t plateaus = 0;
    /// Labels a node that it was last searched with; 0 before its bounds are made.
    std::size_t beam = 0;
    /// Found where labels did not close it.
    std::optional<Cut> cut{};
    /// Bytes that count towards the search's limit.
    std::int64_t held = 0;
};

/// Of what a branch keeps in memory, nearly all.
[[nodiscard]] std::int64_t bytes_of(const Branch& branch);

/// True if more labels tell more than a division would: the last ones left both parts as they were, and the
/// branch is small.
[[nodiscard]] bool is_for_labels(const BranchNode& node, const SearchTuning& tuning);

/// Labels below the node's corner: at first a few, as few as the branch is large, then more each time.
[[nodiscard]] SliceResult label(BranchNode& node, const SearchProblem& problem, const SearchTuning& tuning,
                                Ties ties, SearchStop& stop);

}  // namespace cleave
