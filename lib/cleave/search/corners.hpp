// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace cleave {

/// (time, energy, third objective).
using Objectives = std::array<std::int64_t, 3>;

[[nodiscard]] inline Objectives objectives_of(const SearchPoint& p) { return {p.time, p.energy, p.third()}; }

/// True if a <= b in every objective.
[[nodiscard]] inline bool within(const Objectives& a, const Objectives& b) {
    return a[0] <= b[0] && a[1] <= b[1] && a[2] <= b[2];
}

/// The best feasible points known: an upper bound on the front. None dominates another; of points with equal
/// objectives the canonical one is kept (see SearchResult::front).
class UpperFront {
public:
    /// `prefer` as in SearchProblem.
    UpperFront(const SearchProblem& problem, bool canonical) : problem_(problem), canonical_(canonical) {}

    /// Adds a point within capacity if it is wanted and no known one is at least as good.
    void add(SearchPoint point);
    /// True if `add` would keep a point with these objectives.
    [[nodiscard]] bool wants(const Objectives& point) const;
    /// Sorted by (time, energy, third).
    [[nodiscard]] const std::vector<SearchPoint>& points() const { return points_; }

private:
    [[nodiscard]] bool is_better_path(const SearchPoint& a, const SearchPoint& b) const;

    const SearchProblem& problem_;
    bool canonical_;
    std::vector<SearchPoint> points_;
};

/// Upper ends of closed boxes [0, corner] in objective space that together hold every point that is not known
/// to be covered.
///
/// Let q range over the known points and let no path have an objective above `most`. The integer points p
/// that no q is at least as good as (no q <= p) are the union of the open boxes below the local upper bounds
/// u of the q (for two objectives the corners of their staircase: time of a point, energy of the one before
/// it); p < u is p <= u - 1. For the exact front the boxes [0, q] are added: what is found in them settles
/// which path to q is the canonical one. With epsilon, p is covered if some q <= (1 + epsilon) p; otherwise
/// (1 + epsilon) p < u for some u, hence p <= u / (1 + epsilon), rounded up here by more than the error of
/// the division, and no box is needed at q.
[[nodiscard]] std::vector<Objectives> open_corners(const UpperFront& known, const Objectives& most,
                                                   std::size_t objectives, double epsilon);

/// The local upper bounds themselves.
[[nodiscard]] std::vector<Objectives> local_upper_bounds(const std::vector<SearchPoint>& points,
                                                         const Objectives& most, std::size_t objectives);

/// The corner of the integer points below a local upper bound that epsilon does not cover. An objective may
/// be negative: then there are none.
[[nodiscard]] Objectives open_corner(const Objectives& upper, const Objectives& most, double epsilon);

/// Splits corners into groups of neighbours of at most `size`: again and again at the median of the
/// objective in which the group is widest, relative to `most`.
[[nodiscard]] std::vector<std::vector<Objectives>> slices(std::vector<Objectives> corners,
                                                          const Objectives& most, std::size_t size);

}  // namespace cleave
