// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/certificate.hpp"
#include "cleave/search/search_stop.hpp"
#include "cleave/search/slice.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace cleave {

/// A part of what is searched: paths of some arcs, into the box below one corner.
struct Branch {
    SearchBase base;
    /// For each of the base's bounds, the mixture of paths that it is the cost of.
    std::vector<Mixture> mixtures;
    /// Of each objective alone, the weights and multipliers of the branch that it is a part of.
    std::vector<LagrangianBound> earlier;
    Objectives corner{};
    /// What is known of the points that these paths may have in the box.
    Certificate certificate;
};

/// A division of the paths of a branch in two, by an amount of the one arc with which each of them crosses a
/// cut: the one that comes from a node in front of `node` and leads to that or a later one. The paths with at
/// most `most` of it and those with more are all paths, each once.
///
/// What makes bounds of all paths weak is that the best mixture of paths may be far cheaper than any path: a
/// run on the FPGA at a high pace for two thirds, and one at a low pace for the rest, need just what there
/// is. The paths of one part have fewer others to mix with.
struct Cut {
    enum class By { lane, time, energy, use };
    std::uint32_t node = 0;
    By by = By::lane;
    /// Which use.
    std::size_t resource = 0;
    std::int64_t most = 0;
};

/// All paths, as far as they can be on the front.
[[nodiscard]] Branch whole_search(const SearchProblem& problem);

/// Makes bounds for what is left of the branch (in all directions if it is the whole; otherwise in that of
/// its corner and of each objective alone), and leaves out the arcs of no path into its box. False if there
/// are no paths into it. After a stop, fewer for the whole.
[[nodiscard]] bool make_bounds(Branch& branch, SearchStop& stop);

/// Moves the corner to one below it, and leaves out the arcs that no path into the smaller box has. False if
/// there are none left.
[[nodiscard]] bool shrink(Branch& branch, const Objectives& corner);

/// Forgets paths with arcs that were left out since they were met.
void drop_left_out(Branch& branch);

/// With the branch's bounds; of all its arcs, or of some, which have paths that come near to these.
enum class SliceOf { all, nearest };
[[nodiscard]] CornerSlice make_slice(const Branch& branch, SliceOf arcs, std::int64_t grid_cells);

/// Where the mixture that comes nearest to the corner differs most: in lane, or in what an arc takes as a
/// part of the whole, times the smaller part of the mixture. In a small branch, of the best such cut by each
/// amount the one whose parts have the best bounds. None where the mixture differs by little everywhere.
[[nodiscard]] std::optional<Cut> find_cut(const Branch& branch, SearchStop& stop);
/// Both parts, their bounds not made yet.
[[nodiscard]] std::pair<Branch, Branch> divide(const Branch& branch, const Cut& cut);
/// The same paths into a smaller box, their bounds not made yet.
[[nodiscard]] Branch part_below(const Branch& branch, const Objectives& corner);

}  // namespace cleave
