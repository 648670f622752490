// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/branch_node.hpp"

#include <algorithm>

namespace cleave {
namespace {

std::size_t next_beam(const BranchNode& node, const SearchTuning& tuning) {
    return std::max(tuning.second_beam, node.beam * tuning.beam_growth);
}

}  // namespace

std::int64_t bytes_of(const Branch& branch) {
    return static_cast<std::int64_t>(branch.base.arcs.arcs.size() *
                                     (sizeof(SearchArc) + sizeof(std::uint32_t)));
}

bool is_for_labels(const BranchNode& node, const SearchTuning& tuning) {
    constexpr std::size_t kPlateaus = 2;
    constexpr std::size_t kMostDoublings = 2;
    if (node.plateaus < kPlateaus) {
        return false;
    }
    // Each division in vain has doubled the branches that labels would make unnecessary.
    const std::size_t worth = tuning.thorough_candidates
                              << std::min(node.plateaus - kPlateaus, kMostDoublings);
    return next_beam(node, tuning) * node.branch.base.arcs.arcs.size() <= worth;
}

SliceResult label(BranchNode& node, const SearchProblem& problem, const SearchTuning& tuning, Ties ties,
                  SearchStop& stop) {
    const std::size_t arcs = std::max<std::size_t>(1, node.branch.base.arcs.arcs.size());
    std::int64_t cells = tuning.grid_cells;
    SliceOf of = SliceOf::all;
    if (node.beam == 0) {
        of = arcs > tuning.branch_arcs ? SliceOf::nearest : SliceOf::all;
        const std::size_t least = std::min<std::size_t>(4, tuning.branch_beam);
        const std::size_t looked_at =
            of == SliceOf::nearest ? std::max<std::size_t>(1, arcs / kNearestOneIn) : arcs;
        node.beam = std::clamp(tuning.branch_candidates / looked_at, least, tuning.branch_beam);
        // Where a division hardly raised the bounds, the next one will not either: there labels tell more.
        constexpr double kRise = 0.9;
        const bool rises = node.branch.certificate.excess_at(node.branch.corner) < kRise * node.before;
        node.plateau_beam =
            rises ? node.beam : std::min(node.plateau_beam * tuning.plateau_growth, tuning.second_beam);
        node.plateaus = rises ? 0 : node.plateaus + 1;
        node.beam = std::max(node.beam, std::min(node.plateau_beam, tuning.plateau_candidates / arcs));
        cells = std::min(cells, 4 + static_cast<std::int64_t>(tuning.branch_entries / arcs));
    } else {
        node.beam = next_beam(node, tuning);
    }
    SliceResult result = search_slice(problem, make_slice(node.branch, of, cells), ties, node.beam, stop);
    if (of == SliceOf::nearest) {
        // Of paths with other arcs it says nothing.
        result.closed = false;
        result.missing.reset();
    }
    return result;
}

}  // namespace cleave
