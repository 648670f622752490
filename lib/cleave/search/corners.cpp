// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/corners.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace cleave {

bool UpperFront::is_better_path(const SearchPoint& a, const SearchPoint& b) const {
    if (std::tie(a.load, a.use) != std::tie(b.load, b.use)) {
        return std::tie(a.load, a.use) < std::tie(b.load, b.use);
    }
    return problem_.prefer ? problem_.prefer(a.path, b.path) : a.path < b.path;
}

bool UpperFront::wants(const Objectives& point) const {
    if (point[0] > problem_.most_time || point[1] > problem_.most_energy) {
        return false;
    }
    // Points are sorted: only those up to an equal one can be at least as good. Of two objectives the last
    // of these has the least energy.
    auto end =
        std::upper_bound(points_.begin(), points_.end(), point,
                         [](const Objectives& o, const SearchPoint& p) { return o < objectives_of(p); });
    const auto begin = problem_.loads == 0 && end != points_.begin() ? std::prev(end) : points_.begin();
    const auto covers = std::find_if(
        begin, end, [&](const SearchPoint& known) { return within(objectives_of(known), point); });
    return covers == end || (canonical_ && objectives_of(*covers) == point);
}

void UpperFront::add(SearchPoint point) {
    const Objectives objectives = objectives_of(point);
    if (!wants(objectives)) {
        return;
    }
    const auto at = std::lower_bound(
        points_.begin(), points_.end(), objectives,
        [](const SearchPoint& known, const Objectives& o) { return objectives_of(known) < o; });
    if (at != points_.end() && objectives_of(*at) == objectives) {
        if (is_better_path(point, *at)) {
            *at = std::move(point);
        }
        return;
    }
    const auto inserted = points_.insert(at, std::move(point));
    points_.erase(std::remove_if(std::next(inserted), points_.end(),
                                 [&](const SearchPoint& p) { return within(objectives, objectives_of(p)); }),
                  points_.end());
}

namespace {

/// Two objectives: the staircase's corners, in order.
std::vector<Objectives> staircase_corners(const std::vector<SearchPoint>& points, const Objectives& most) {
    std::vector<Objectives> corners;
    std::int64_t energy = most[1] + 1;
    for (const SearchPoint& point : points) {
        corners.push_back({point.time, energy, most[2] + 1});
        energy = point.energy;
    }
    corners.push_back({most[0] + 1, energy, most[2] + 1});
    return corners;
}

/// Any number of objectives: every point replaces each bound that it lies strictly below by one bound for
/// each objective, capped there at the point; bounds below another are redundant. (The search region of
/// Klamroth, Lacour and Vanderpooten, 2015, with redundant bounds filtered after each point.)
std::vector<Objectives> general_bounds(const std::vector<SearchPoint>& points, const Objectives& most) {
    std::vector<Objectives> bounds{{most[0] + 1, most[1] + 1, most[2] + 1}};
    for (const SearchPoint& point : points) {
        const Objectives z = objectives_of(point);
        const auto strictly_below = [&](const Objectives& u) {
            return z[0] < u[0] && z[1] < u[1] && z[2] < u[2];
        };
        const auto split = std::stable_partition(bounds.begin(), bounds.end(),
                                                 [&](const Objectives& u) { return !strictly_below(u); });
        const std::vector<Objectives> hit(split, bounds.end());
        bounds.erase(split, bounds.end());
        std::vector<Objectives> fresh;
        for (const Objectives& u : hit) {
            for (std::size_t j = 0; j < z.size(); ++j) {
                Objectives capped = u;
                capped[j] = z[j];
                fresh.push_back(capped);
            }
        }
        std::sort(fresh.begin(), fresh.end());
        fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
        const std::size_t old = bounds.size();
        for (const Objectives& u : fresh) {
            const auto above = [&](const Objectives& other) { return other != u && within(u, other); };
            if (std::none_of(fresh.begin(), fresh.end(), above) &&
                std::none_of(bounds.begin(), bounds.begin() + static_cast<std::ptrdiff_t>(old),
                             [&](const Objectives& other) { return within(u, other); })) {
                bounds.push_back(u);
            }
        }
    }
    std::sort(bounds.begin(), bounds.end());
    return bounds;
}

}  // namespace

std::vector<Objectives> local_upper_bounds(const std::vector<SearchPoint>& points, const Objectives& most,
                                           std::size_t objectives) {
    return objectives == 2 ? staircase_corners(points, most) : general_bounds(points, most);
}

Objectives open_corner(const Objectives& upper, const Objectives& most, double epsilon) {
    Objectives corner{};
    for (std::size_t j = 0; j < upper.size(); ++j) {
        corner[j] = upper[j] - 1;
        // A bound that no point gave is no bound on what is covered.
        if (epsilon > 0 && upper[j] <= most[j]) {
            // Below 2^50 the quotient is off by less than 2^-2.
            const auto shrunk =
                static_cast<std::int64_t>(static_cast<double>(upper[j]) / (1 + epsilon) + 0.5);
            corner[j] = std::min(corner[j], shrunk);
        }
    }
    return corner;
}

std::vector<Objectives> open_corners(const UpperFront& known, const Objectives& most, std::size_t objectives,
                                     double epsilon) {
    std::vector<Objectives> corners;
    for (const Objectives& u : local_upper_bounds(known.points(), most, objectives)) {
        const Objectives corner = open_corner(u, most, epsilon);
        if (*std::min_element(corner.begin(), corner.end()) >= 0) {
            corners.push_back(corner);
        }
    }
    if (epsilon == 0) {
        for (const SearchPoint& point : known.points()) {
            corners.push_back(objectives_of(point));
        }
    }
    std::sort(corners.begin(), corners.end());
    return corners;
}

std::vector<std::vector<Objectives>> slices(std::vector<Objectives> corners, const Objectives& most,
                                            std::size_t size) {
    std::vector<std::vector<Objectives>> done;
    std::vector<std::vector<Objectives>> open;
    if (!corners.empty()) {
        open.push_back(std::move(corners));
    }
    while (!open.empty()) {
        std::vector<Objectives> group = std::move(open.back());
        open.pop_back();
        if (group.size() <= size) {
            done.push_back(std::move(group));
            continue;
        }
        std::size_t widest = 0;
        double width = -1;
        for (std::size_t j = 0; j < most.size(); ++j) {
            const auto [low, high] =
                std::minmax_element(group.begin(), group.end(),
                                    [&](const Objectives& a, const Objectives& b) { return a[j] < b[j]; });
            const double w = static_cast<double>((*high)[j] - (*low)[j]) /
                             static_cast<double>(std::max<std::int64_t>(1, most[j]));
            if (w > width) {
                width = w;
                widest = j;
            }
        }
        const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
        std::stable_sort(group.begin(), group.end(),
                         [&](const Objectives& a, const Objectives& b) { return a[widest] < b[widest]; });
        open.emplace_back(middle, group.end());
        open.emplace_back(group.begin(), middle);
    }
    return done;
}

}  // namespace cleave
