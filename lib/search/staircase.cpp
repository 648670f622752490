// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/staircase.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace cleave {

bool Staircase::add(std::int64_t time, std::int64_t energy) {
    auto after = points_.upper_bound(time);
    if (after != points_.begin() && std::prev(after)->second <= energy) {
        return false;
    }
    after = points_.lower_bound(time);
    while (after != points_.end() && after->second >= energy) {
        after = points_.erase(after);
    }
    points_[time] = energy;
    return true;
}

CornerTest::CornerTest(const Staircase& staircase, const std::vector<LagrangianBound>& bounds,
                       std::int64_t longest_time, std::int64_t longest_energy)
    : bounds_(bounds) {
    std::int64_t energy = longest_energy;
    for (const auto& [t, e] : staircase.points()) {
        corners_.push_back({t, energy});
        energy = e;
    }
    corners_.push_back({longest_time, energy});
    weighed_.reserve(bounds_.size() * corners_.size());
    for (const LagrangianBound& bound : bounds_) {
        for (const Corner& corner : corners_) {
            weighed_.push_back(bound.weigh(corner.time, corner.energy));
        }
    }
}

bool CornerTest::can_improve(std::uint32_t node, std::int64_t time, std::int64_t energy,
                             const ResourceUse& use) const {
    // Bound 0 weighs time alone and the last one energy alone: along the staircase, times rise and energies
    // fall, so these two leave a range of corners.
    const std::size_t count = corners_.size();
    const std::size_t last = bounds_.size() - 1;
    const std::int64_t least_time = bounds_.front().at(node, time, energy, use);
    const std::int64_t least_energy = bounds_.back().at(node, time, energy, use);
    const auto times = weighed_.begin();
    const auto energies = weighed_.begin() + static_cast<std::ptrdiff_t>(last * count);
    const auto n = static_cast<std::ptrdiff_t>(count);
    const auto begin = std::lower_bound(times, times + n, least_time) - times;
    const auto end =
        std::partition_point(energies, energies + n, [&](std::int64_t e) { return e >= least_energy; }) -
        energies;
    if (begin >= end) {
        return false;
    }
    constexpr std::size_t kMostBounds = 64;
    std::int64_t least[kMostBounds];
    const std::size_t inner = std::min(last, kMostBounds);
    for (std::size_t j = 1; j < inner; ++j) {
        least[j] = bounds_[j].at(node, time, energy, use);
    }
    for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
        bool reachable = true;
        for (std::size_t j = 1; j < inner && reachable; ++j) {
            reachable = weighed_[j * count + c] >= least[j];
        }
        if (reachable) {
            return true;
        }
    }
    return false;
}

double CornerTest::gap() const {
    const std::size_t count = corners_.size();
    const std::size_t last = bounds_.size() - 1;
    if (count == 1) {
        return std::numeric_limits<double>::infinity();
    }
    double worst = 0;
    for (std::size_t c = 0; c < count; ++c) {
        // The outer boxes are open to one side, where only the bound on the other objective alone limits
        // them.
        const std::size_t first_bound = c + 1 == count ? last : 0;
        const std::size_t last_bound = c == 0 ? 0 : last;
        double corner_gap = std::numeric_limits<double>::infinity();
        for (std::size_t j = first_bound; j <= last_bound; ++j) {
            const auto weighed = static_cast<double>(weighed_[j * count + c]);
            const auto least = static_cast<double>(bounds_[j].at(0, 0, 0, {}));
            if (weighed < least) {
                corner_gap = 0;
            } else if (least > 0) {
                corner_gap = std::min(corner_gap, weighed / least - 1);
            }
        }
        worst = std::max(worst, corner_gap);
    }
    return worst;
}

}  // namespace cleave
