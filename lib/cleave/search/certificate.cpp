// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// whole / least - 1, at least 0, and never below the true value: the quotient and the difference are each
/// taken one number up from where they were rounded to.
double excess(double whole, double least) {
    if (whole <= least) {
        return 0;
    }
    return least > 0 ? std::nextafter(std::nextafter(whole / least, kInfinite) - 1, kInfinite) : kInfinite;
}

/// True if no point that keeps all of the bounds lies in the box [0, corner].
bool is_empty(const Objectives& corner, const std::vector<MissingBound>& bounds) {
    return std::any_of(bounds.begin(), bounds.end(),
                       [&](const MissingBound& bound) { return bound.weights.of(corner) < bound.least; });
}

}  // namespace

void Certificate::add(const std::vector<Objectives>& corners, const PerBound<MissingBound>& missing) {
    for (const Objectives& corner : corners) {
        records_.push_back({corner, missing_.size()});
    }
    missing_.push_back(missing);
}

void Certificate::close(const std::vector<Objectives>& corners) {
    closed_.insert(closed_.end(), corners.begin(), corners.end());
}

bool Certificate::is_closed(const Objectives& corner) const {
    return std::any_of(closed_.begin(), closed_.end(),
                       [&](const Objectives& c) { return within(corner, c); });
}

std::vector<MissingBound> Certificate::bounds_of(const Objectives& corner) const {
    std::vector<MissingBound> bounds = everywhere_;
    for (const Record& record : records_) {
        if (within(corner, record.corner)) {
            const auto& missing = missing_[record.missing];
            bounds.insert(bounds.end(), missing.begin(), missing.end());
        }
    }
    return bounds;
}

double Certificate::excess_at(const Objectives& corner) const {
    double least = is_closed(corner) ? 0 : kInfinite;
    for (const MissingBound& bound : bounds_of(corner)) {
        least = std::min(
            least, excess(static_cast<double>(bound.weights.of(corner)), static_cast<double>(bound.least)));
    }
    return least;
}

SearchGap Certificate::gap(const std::vector<SearchPoint>& points, double epsilon) const {
    if (points.empty()) {
        return SearchGap::unknown();
    }
    SearchGap gap;
    for (const Objectives& u : local_upper_bounds(points, most_, objectives_)) {
        gap = most_of(gap, gap_at(u, epsilon));
    }
    return gap;
}

SearchGap Certificate::gap_at(const Objectives& u, double epsilon) const {
    const bool two = objectives_ == 2;
    SearchGap gap{0, two ? 0 : kInfinite, two ? 0 : kInfinite};
    const Objectives corner = open_corner(u, most_, epsilon);
    if (*std::min_element(corner.begin(), corner.end()) < 0) {
        return gap;
    }
    const bool closed = is_closed(corner) || is_empty(corner, bounds_of(corner));
    if (closed && epsilon == 0) {
        return gap;
    }
    gap.all = closed ? epsilon : kInfinite;
    double least_time = 0;
    double least_energy = 0;
    for (const MissingBound& bound : bounds_of(open_corner(u, most_, 0))) {
        const Weights& w = bound.weights;
        const auto least = static_cast<double>(bound.least);
        const std::int64_t third = w.load[0] + w.load[1] + w.load[2];
        const bool finite = (u[0] <= most_[0] || w.time == 0) && (u[1] <= most_[1] || w.energy == 0) &&
                            (u[2] <= most_[2] || third == 0);
        if (finite) {
            gap.all = std::min(gap.all, excess(static_cast<double>(w.of(u)), least));
        }
        if (w.time > 0 && (u[1] <= most_[1] || w.energy == 0)) {
            const double rest = least - static_cast<double>(w.energy) * static_cast<double>(u[1] - 1);
            least_time = std::max(least_time, rest / static_cast<double>(w.time));
        }
        if (w.energy > 0 && (u[0] <= most_[0] || w.time == 0)) {
            const double rest = least - static_cast<double>(w.time) * static_cast<double>(u[0] - 1);
            least_energy = std::max(least_energy, rest / static_cast<double>(w.energy));
        }
    }
    if (two && u[0] <= most_[0]) {
        gap.time = excess(static_cast<double>(u[0]), least_time);
    }
    if (two && u[1] <= most_[1]) {
        gap.energy = excess(static_cast<double>(u[1]), least_energy);
    }
    return gap;
}

}  // namespace cleave
