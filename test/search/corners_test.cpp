// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/corners.hpp"

#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

SearchPoint point(std::int64_t time, std::int64_t energy, std::int64_t third) {
    SearchPoint p;
    p.time = time;
    p.energy = energy;
    p.load[0] = third;
    return p;
}

}  // namespace

TEST_CASE("corners hold exactly the points that none covers", "[search][corners]") {
    int covered_points = 0;
    int open_points = 0;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const std::size_t objectives = seed % 2 == 0 ? 2 : 3;
        const std::int64_t size = 7;
        const Objectives most{size, size, objectives == 3 ? size : 0};
        SearchProblem problem;
        problem.loads = objectives == 3 ? 1 : 0;
        UpperFront known(problem, true);
        for (std::int64_t n = random.below(8); n > 0; --n) {
            known.add(point(random.below(size + 1), random.below(size + 1), random.below(most[2] + 1)));
        }
        for (const SearchPoint& a : known.points()) {
            for (const SearchPoint& b : known.points()) {
                REQUIRE((&a == &b || !within(objectives_of(a), objectives_of(b))));
            }
        }
        const double epsilon = random.pick<double>({0, 0.1, 0.5});
        std::vector<Objectives> corners;
        for (const Objectives& u : local_upper_bounds(known.points(), most, objectives)) {
            corners.push_back(open_corner(u, most, epsilon));
        }
        CAPTURE(seed, epsilon);
        for (std::int64_t x = 0; x <= most[0]; ++x) {
            for (std::int64_t y = 0; y <= most[1]; ++y) {
                for (std::int64_t z = 0; z <= most[2]; ++z) {
                    const Objectives p{x, y, z};
                    const bool covered =
                        std::any_of(known.points().begin(), known.points().end(), [&](const SearchPoint& q) {
                            const Objectives o = objectives_of(q);
                            bool near = true;
                            for (std::size_t j = 0; j < o.size(); ++j) {
                                near = near &&
                                       static_cast<double>(o[j]) <= (1 + epsilon) * static_cast<double>(p[j]);
                            }
                            return near;
                        });
                    const bool open = std::any_of(corners.begin(), corners.end(),
                                                  [&](const Objectives& c) { return within(p, c); });
                    // With epsilon a corner may be one too far out, never too near.
                    REQUIRE((open || covered));
                    REQUIRE((epsilon > 0 || !(open && covered)));
                    covered_points += covered ? 1 : 0;
                    open_points += open ? 1 : 0;
                }
            }
        }
    }
    CHECK(covered_points > 10000);
    CHECK(open_points > 10000);
}

TEST_CASE("slices hold every corner once", "[search][corners]") {
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        Random random(seed);
        std::vector<Objectives> corners(static_cast<std::size_t>(random.below(100)));
        for (Objectives& corner : corners) {
            corner = {random.below(9), random.below(9), random.below(2)};
        }
        const auto size = static_cast<std::size_t>(random.between(1, 16));
        std::multiset<Objectives> seen;
        for (const auto& group : slices(corners, {8, 8, 1}, size)) {
            REQUIRE(group.size() <= size);
            REQUIRE(!group.empty());
            seen.insert(group.begin(), group.end());
        }
        REQUIRE(seen == std::multiset<Objectives>(corners.begin(), corners.end()));
    }
}
