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

    /// A g such that for every feasible path's end p some staircase point q has q <= (1 + g) p in both
    /// objectives; infinite without staircase points. For each corner take the bound that cuts nearest to it:
    /// 1 + g_c = min over bounds of weight . c / bound at the start, and g the largest g_c. If (1 + g) p were
    /// not covered it would lie strictly below a corner c, so weight . (1 + g) p < weight . c for every
    /// weight; but weight . p >= bound, hence weight . (1 + g) p >= (1 + g_c) bound = weight . c for the
    /// bound that gave g_c.
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
