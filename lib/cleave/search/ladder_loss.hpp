// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/result.hpp"
#include "cleave/search/stage_graph.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// Parts by which any partition of the exact space may be better than every point of a front on the ladder,
/// in all objectives at once: for each partition p that keeps the constraints there is a point q of the front
/// with q <= (1 + loss) p. Nothing if the search is stopped before it knows.
///
/// It is found by a search of options that are no worse than those of the exact space (DesignSpace::relaxed):
/// a front of these, within a gap g, has for each p an r <= (1 + g) p, and q / r is looked up.
/// @param states  of the costing's graph
/// @param bounds  the constraints
[[nodiscard]] std::optional<double> ladder_loss(const Costing& costing, const StateSpace& states,
                                                DesignSpace space, const StageGraph::Bounds& bounds,
                                                const std::vector<FrontPoint>& front,
                                                const SearchOptions& search);

}  // namespace cleave
