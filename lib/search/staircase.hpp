// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/lagrangian.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace cleave {

/// The best feasible objectives known: an upper bound on the front. Points that dominate each other are not
/// kept.
class Staircase {
public:
    /// Adds a feasible point; true if no known point is at least as good.
    bool add(std::int64_t time, std::int64_t energy);
    [[nodiscard]] const std::map<std::int64_t, std::int64_t>& points() const { return points_; }

private:
    /// time -> energy, energies falling strictly.
    std::map<std::int64_t, std::int64_t> points_;
};

/// Decides whether a partial path could still end on the front.
///
/// The part of the plane that no staircase point dominates strictly is covered by boxes below the corners
/// (time of a point, energy of the point before it), open ends at the two outer ones. A path whose
/// completions all satisfy weight . (T, E) >= bound can end inside the box below a corner only if the corner
/// itself satisfies it, for every bound: a corner that fails one is out of reach. Boxes are closed, so a
/// completion equal to a known point is never pruned.
class CornerTest {
public:
    CornerTest(const Staircase& staircase, const std::vector<LagrangianBound>& bounds,
               std::int64_t longest_time, std::int64_t longest_energy);

    [[nodiscard]] bool can_improve(std::uint32_t node, std::int64_t time, std::int64_t energy,
                                   const ResourceUse& use) const;

    /// Smallest g >= 0 such that every feasible path's end is at least one corner's box divided by (1 + g)
    /// away: no point better than the staircase by more than that factor in both objectives exists.
    [[nodiscard]] double gap() const;

private:
    struct Corner {
        std::int64_t time;
        std::int64_t energy;
    };
    const std::vector<LagrangianBound>& bounds_;
    std::vector<Corner> corners_;
    /// weighed_[j * corners + c]: bound j's weights applied to corner c.
    std::vector<std::int64_t> weighed_;
};

}  // namespace cleave
