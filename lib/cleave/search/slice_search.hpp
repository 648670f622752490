// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/search_stop.hpp"
#include "cleave/search/slice.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

/// A bound on all paths into a slice's boxes that were not found: weights . p >= least.
struct MissingBound {
    Weights weights;
    std::int64_t least = 0;
};

struct SliceResult {
    /// Paths found; some may end outside of the slice's boxes.
    std::vector<SearchPoint> points;
    /// True: every path into the boxes that is on the front is among the points.
    bool closed = false;
    /// Unless closed; or nothing is known of paths that were not found.
    std::optional<PerBound<MissingBound>> missing;
    SearchCounts counts;
};

/// Of paths with the same objectives, loads and use: the canonical one (SearchProblem::prefer), or any, which
/// is quicker; the same one each time.
enum class Ties { canonical, any };
/// An exact front has canonical paths.
[[nodiscard]] constexpr Ties ties_within(double epsilon) {
    return epsilon == 0 ? Ties::canonical : Ties::any;
}

/// Labels the slice's nodes in order. A node keeps about `beam` labels, those with the least bounds in each
/// direction.
[[nodiscard]] SliceResult search_slice(const SearchProblem& problem, const CornerSlice& slice, Ties ties,
                                       std::size_t beam, SearchStop& stop);

}  // namespace cleave
