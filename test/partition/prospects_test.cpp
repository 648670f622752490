// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/prospects.hpp"

#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Network small_network() {
    return Chain({2, 6, 6}, "m0")
        .then("a", conv_op(4, 3, 1, 1))
        .then("relu", Activation{})
        .then("b", conv_op(8, 1))
        .then("softmax", Softmax{})
        .build();
}

}  // namespace

TEST_CASE("a layer has the hardware that fits, fastest and slowest", "[partition][prospects]") {
    const Network network = small_network();
    const UnitGraph units(network);
    std::size_t some_fit = 0;
    std::size_t none_fits = 0;
    for (const std::int64_t alm : {100000, 1200, 1000, 800, 600, 400, 200, 0}) {
        PlatformOptions options;
        options.form = Form::folded_beside_csd;
        options.capacity = {alm, 20, 100};
        const Platform platform = make_platform(options);
        const Costing costing(units, platform);
        for (const char* name : {"a", "b"}) {
            const UnitId unit = units.unit_of(find_layer(network, name));
            const std::vector<Prospect> prospects = prospects_of(costing, unit);
            REQUIRE(prospects.size() == 2);
            for (std::size_t i = 0; i < 2; ++i) {
                CAPTURE(alm, name, i);
                const Prospect& prospect = prospects[i];
                CHECK(prospect.implementation == i);
                // Of all hardware, dominated or not.
                std::int64_t least = std::numeric_limits<std::int64_t>::max();
                double misses_by = std::numeric_limits<double>::infinity();
                std::size_t fitting = 0;
                for (const LayerHardware& hw : costing.hardware().of(unit)) {
                    if (hw.choice.implementation != i) {
                        continue;
                    }
                    const auto refusal = costing.refusal(hw.resources);
                    misses_by = std::min(misses_by, refusal ? refusal->ratio() : 0);
                    if (!refusal) {
                        least = std::min(least, hw.interval);
                        ++fitting;
                    }
                }
                REQUIRE((prospect.variants > 0) == (fitting > 0));
                CHECK(prospect.variants <= fitting);
                CHECK(prospect.fastest.has_value() == (fitting > 0));
                CHECK(prospect.refusal.has_value() == (fitting == 0));
                if (fitting > 0) {
                    ++some_fit;
                    CHECK(prospect.fastest->interval == least);
                    CHECK(prospect.slowest->interval >= least);
                    CHECK((prospect.variants == 1) == (prospect.slowest->choice == prospect.fastest->choice));
                    CHECK(costing.fits(prospect.slowest->resources));
                } else {
                    ++none_fits;
                    CHECK(prospect.refusal->ratio() == misses_by);
                    CHECK(prospect.refusal->needed > prospect.refusal->available);
                    CHECK(prospect.refusal->resource == "alm");
                }
            }
        }
    }
    CHECK(some_fit > 5);
    CHECK(none_fits > 5);
}

TEST_CASE("what no implementation has hardware for lacks no resource", "[partition][prospects]") {
    const Network network = small_network();
    const UnitGraph units(network);
    const Platform platform = make_platform();
    const Costing costing(units, platform);
    const std::vector<Prospect> prospects =
        prospects_of(costing, units.unit_of(find_layer(network, "softmax")));
    REQUIRE(prospects.size() == 1);
    REQUIRE(prospects.front().refusal);
    CHECK(prospects.front().variants == 0);
    CHECK(prospects.front().refusal->resource.empty());
    CHECK_FALSE(prospects.front().fastest);
}
