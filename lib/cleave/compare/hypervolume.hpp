// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/front_summary.hpp"

#include <vector>

namespace cleave {

/// A place in the plane of the two objectives that all fronts have.
struct Cost {
    Seconds latency;
    Joules energy;
};

/// How far beyond the joint nadir the reference point lies. Not 1, so that the ends of a front count, and a
/// front of a single point has a volume.
inline constexpr double kReferenceFactor = 1.1;

/// The reference point for two fronts: kReferenceFactor times their joint nadir, which is the highest latency
/// and the highest energy of a point of either that no point of its own front dominates. (0, 0) if both are
/// empty.
[[nodiscard]] Cost reference_point(const std::vector<SummaryPoint>& a, const std::vector<SummaryPoint>& b);

/// Area, in second joules, of what the points dominate in latency and energy and what itself dominates the
/// reference point. Points sorted by latency, then energy; those not better than the reference point in both
/// add nothing.
[[nodiscard]] double hypervolume(const std::vector<SummaryPoint>& points, const Cost& reference);

}  // namespace cleave
