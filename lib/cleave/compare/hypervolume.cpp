// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/hypervolume.hpp"

#include <algorithm>

namespace cleave {

Cost reference_point(const std::vector<SummaryPoint>& a, const std::vector<SummaryPoint>& b) {
    Cost nadir;
    for (const auto* front : {&a, &b}) {
        // With a third objective a front has points that others dominate in these two.
        std::optional<Joules> least;
        for (const SummaryPoint& point : *front) {
            if (!least || point.energy < *least) {
                least = point.energy;
                nadir.latency = std::max(nadir.latency, point.latency);
                nadir.energy = std::max(nadir.energy, point.energy);
            }
        }
    }
    return {nadir.latency * kReferenceFactor, nadir.energy * kReferenceFactor};
}

double hypervolume(const std::vector<SummaryPoint>& points, const Cost& reference) {
    double area = 0;
    Joules below = reference.energy;
    for (const SummaryPoint& point : points) {
        if (point.latency < reference.latency && point.energy < below) {
            area += ((reference.latency - point.latency) * (below - point.energy)).value();
            below = point.energy;
        }
    }
    return area;
}

}  // namespace cleave
