// SPDX-License-Identifier: Apache-2.0
// What three layers take on the GPU alone. The platform is described in platform.hpp.
#include "examples/platform.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// A map of 9 channels of 3 x 3 positions: 81 elements.
///
///   conv   9 filters of 1x1: K = 1 * 1 * 9 = 9 taps, w = 9 * 9 = 81 weights, MAC = 81 * 9 = 729
///   relu   is merged into the convolution
///   pool   the mean of each channel: 81 elements become 9
Network conv_and_pool() {
    return Chain({9, 3, 3})
        .then("conv", conv_op(9, 1))
        .then("relu", Activation{ActivationKind::relu})
        .then("pool", GlobalAveragePool{})
        .build();
}

}  // namespace

TEST_CASE("example: GPU time of a convolution", "[examples]") {
    // conv   c = 729 / 1000                            = 0.729 us
    //        bytes = 4 * (81 in + 81 out + 81 weights) = 972, m = 0.972 us
    //        sqrt(0.729^2 + 0.972^2)                   = 1.215 us   (0.243 * (3, 4, 5))
    //        t = 10 + 0.01 * 9 + 1.215                 = 11.305 us
    // relu   0
    // pool   bytes = 4 * (81 in + 9 out) = 360, t = 10 + 0.360 = 10.360 us
    // sum                                                21.665 us
    const Score score = example_score(conv_and_pool(), {});
    REQUIRE(score.stages.size() == 2);
    CHECK(score.stages[0].time == Nanoseconds(11305));
    CHECK(score.stages[1].time == Nanoseconds(10360));
    CHECK(score.latency == Nanoseconds(21665));
}

TEST_CASE("example: energy in both scopes", "[examples]") {
    // Dynamic, in both scopes:
    //   conv   4 W * 11.305 us = 45.2200 uJ, and 100 pJ * 729 = 0.0729 uJ
    //   pool   4 W * 10.360 us = 41.4400 uJ
    //   sum                      86.7329 uJ
    // `active` adds the idle power of what works, while it works; here the GPU alone:
    //   0.5 W * 21.665 us = 10.8325 uJ, in all 97.5654 uJ
    // `system` adds what all three draw over the whole latency, GPU 0.5 W + FPGA 1 W + link 0.1 W = 1.6 W:
    //   1.6 W * 21.665 us = 34.6640 uJ, in all 121.3969 uJ
    CHECK(example_score(conv_and_pool(), {}, {.energy_scope = EnergyScope::active}).energy ==
          Picojoules(97'565'400));
    CHECK(example_score(conv_and_pool(), {}, {.energy_scope = EnergyScope::system}).energy ==
          Picojoules(121'396'900));
}
