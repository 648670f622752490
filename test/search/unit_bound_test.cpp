// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/unit_bound.hpp"

#include "cleave/search/explore.hpp"
#include "support/fronts.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

ExploreRequest random_request(std::uint32_t seed) {
    Random random(seed);
    // Of folded layers exact fronts are to be had of small networks only.
    const bool folded = seed % 3 != 0;
    Network network = random_network(random, folded ? random.between(1, 2) : random.between(2, 5));
    const PlatformOptions options = folded ? random_folded_options(random) : random_platform_options(random);
    ExploreRequest request{std::move(network), make_platform(options), {}, {}, {1, {}, {}}};
    request.space.share_step = random.between(1, 2);
    request.space.folding = seed % 2 == 0 ? Folding::exact : Folding::ladder;
    return request;
}

/// A random network on a platform, what its units say, and its front.
struct Explored {
    explicit Explored(std::uint32_t seed)
        : request(random_request(seed)),
          units(request.network),
          costing(units, request.platform),
          bound(costing, request.space, 1),
          exact(explore(request)) {}

    ExploreRequest request;
    UnitGraph units;
    Costing costing;
    UnitBound bound;
    ExploreResult exact;
};

std::int64_t least_time(const std::vector<FrontPoint>& front) { return front.front().score.latency.ticks(); }
std::int64_t least_energy_of(const std::vector<FrontPoint>& front) {
    return front.back().score.energy.ticks();
}

}  // namespace

TEST_CASE("no partition lies where its units alone say that none does", "[search][bound]") {
    int tight = 0;
    for (std::uint32_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        const Explored of(seed);
        const UnitBound& bound = of.bound;
        const ExploreResult& exact = of.exact;
        REQUIRE(exact.exact());
        for (const FrontPoint& point : exact.front) {
            if (!of.costing.is_fpga_off(point.mapping)) {
                CHECK_FALSE(bound.rules_out(point.score.latency, point.score.energy));
            }
        }
        // Half of what the best need is ruled out for a quarter: the bound says something.
        const Nanoseconds time(least_time(exact.front) / 2);
        const Picojoules energy(least_energy_of(exact.front) / 2);
        tight += bound.rules_out(time, Picojoules(std::int64_t{1} << 40)) ? 1 : 0;
        tight += bound.rules_out(Nanoseconds(std::int64_t{1} << 40), energy) ? 1 : 0;
    }
    CHECK(tight > 60);
}

TEST_CASE("points alone with what units say tell how far others may be", "[search][bound]") {
    int finite = 0;
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        const Explored of(seed);
        const ExploreResult& exact = of.exact;
        const std::vector<FrontPoint> known{exact.baseline};
        const SearchGap gap = of.bound.gap(known);
        finite += std::isfinite(gap.all) ? 1 : 0;
        CHECK((std::isinf(gap.all) || covers(known, exact.front, 1 + gap.all)));
        const auto is_within = [](std::int64_t known_one, std::int64_t best, double part) {
            return known_one == best ||
                   static_cast<double>(known_one) <= (1 + part) * static_cast<double>(best);
        };
        CHECK(is_within(least_time(known), least_time(exact.front), gap.time));
        CHECK(is_within(least_energy_of(known), least_energy_of(exact.front), gap.energy));
        CHECK(std::isinf(of.bound.gap({}).all));
    }
    CHECK(finite > 80);
}
