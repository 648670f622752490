// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/explore.hpp"
#include "support/fronts.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"
#include "support/roomy_platform.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

std::vector<FrontPoint> front_on(const Network& network, const PlatformOptions& options) {
    ExploreRequest request{network, make_platform(options), {}, {}, {1, {}, {}}};
    request.limits.epsilon = 0.01;
    const ExploreResult result = explore(request);
    REQUIRE(result.completeness != Completeness::stopped);
    REQUIRE(!result.front.empty());
    // The GPU alone is always there to be had.
    CHECK(result.front.front().score.latency <= result.baseline.score.latency);
    return result.front;
}

bool uses_fpga(const std::vector<FrontPoint>& front) {
    return std::any_of(front.begin(), front.end(),
                       [](const FrontPoint& p) { return p.mapping != Mapping{}; });
}

/// How many of some networks use the FPGA still, with a check of each point.
int count_using(const std::function<void(PlatformOptions&)>& change,
                const std::function<bool(const Score&)>& holds) {
    int using_it = 0;
    for (std::uint32_t seed = 1; seed <= 24; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4));
        PlatformOptions options = roomy();
        const std::vector<FrontPoint> all = front_on(network, options);
        change(options);
        const std::vector<FrontPoint> front = front_on(network, options);
        for (const FrontPoint& point : front) {
            CHECK(holds(point.score));
        }
        // More of a resource never makes the front worse, by more than it is near.
        CHECK(covers(all, front, 1.011, 10));
        using_it += uses_fpga(front) ? 1 : 0;
    }
    return using_it;
}

}  // namespace

TEST_CASE("a FPGA without DSP blocks multiplies in logic", "[search][scarce]") {
    CHECK(count_using([](PlatformOptions& options) { options.capacity.dsp = 0; },
                      [](const Score& score) { return score.demand.dsp == 0; }) > 12);
}

TEST_CASE("a FPGA without memory blocks keeps weights in logic", "[search][scarce]") {
    CHECK(count_using([](PlatformOptions& options) { options.capacity.m20k = 0; },
                      [](const Score& score) { return score.demand.m20k == 0; }) > 12);
}

TEST_CASE("a FPGA without logic is left alone", "[search][scarce]") {
    CHECK(count_using([](PlatformOptions& options) { options.capacity.alm = 0; },
                      [](const Score& score) { return score.demand == Resources{}; }) == 0);
}

TEST_CASE("a FPGA at one megahertz is used for little", "[search][scarce]") {
    // A clock of a megahertz is a microsecond: no run on the FPGA is shorter than the positions of one map.
    const auto slow_runs = [](const Score& score) {
        return std::all_of(score.stages.begin(), score.stages.end(), [](const ScoredStage& stage) {
            return std::all_of(stage.groups.begin(), stage.groups.end(),
                               [](const GroupCost& group) { return group.pace.ticks() >= 1000; });
        });
    };
    const int slow = count_using(
        [](PlatformOptions& options) {
            options.fpga_clock = 1;
            options.second_clock = 1;
        },
        slow_runs);
    CHECK(slow < count_using([](PlatformOptions&) {}, [](const Score&) { return true; }));
}
