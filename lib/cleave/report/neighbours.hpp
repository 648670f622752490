// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/design_space.hpp"
#include "cleave/partition/evaluate.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// A point of the front with its identifier.
struct NamedPoint {
    std::string id;
    Mapping mapping;
    Nanoseconds latency;
    Picojoules energy;
};

/// A design point that a point of the front dominates.
struct DominatedPoint {
    Nanoseconds latency;
    Picojoules energy;
    /// The point of the front that it differs from, and in what.
    std::string from;
    std::string change;
};

/// A sample of dominated design points, so that a front can be seen before its background: points of the
/// front with one decision changed (a run or split back on the GPU, a run shortened at one end, half the
/// share of a split), scored from scratch. At most `most` are scored, evenly chosen. In order of latency,
/// then energy, pairs once.
[[nodiscard]] std::vector<DominatedPoint> dominated_neighbours(const Costing& costing,
                                                               const StateSpace& states,
                                                               const DesignSpace& space,
                                                               const std::vector<NamedPoint>& front,
                                                               std::size_t most);

}  // namespace cleave
