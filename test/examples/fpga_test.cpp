// SPDX-License-Identifier: Apache-2.0
// How many clocks layers take on the FPGA. The platform is described in platform.hpp; a clock is 10 ns.
#include "examples/platform.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// What the first group of a mapping's first stage costs: here, of its only one.
GroupCost only_group(const Network& network, const Mapping& mapping, const ExampleOptions& options = {}) {
    const Score score = example_score(network, mapping, options);
    REQUIRE(score.stages.at(0).groups.size() == 1);
    return score.stages[0].groups[0];
}

}  // namespace

TEST_CASE("example: FPGA cycles of a layer alone", "[examples]") {
    // A 3x3 convolution of 4 channels to 8 filters on 10 x 10 positions, with padding:
    //   interval   one position a clock: 10 * 10                                     = 100
    //   fill       one row and one position before the first window is half full,
    //              floor(3 / 2) * 10 + floor(3 / 2)                                  = 11
    //   depth      taps = 3 * 3 * 4 = 36, log2 36 = 5.17 rounded up is 6, and 4      = 10
    //   sum                                                                            121 clocks = 1210 ns
    //   ALM        10 * 8 * 36 + 50                                                  = 2930
    //   M20K       two rows wait; their word has 8 * 4 * 2 = 64 bits: 2 of 40        = 2
    // What a design without padding fills is the whole window: (3 - 1) * 10 + 3 = 23, and 12 clocks more.
    const Network network = Chain({4, 10, 10})
                                .then("conv", conv_op(8, 3, 1, 1))
                                .then("relu", Activation{ActivationKind::relu})
                                .then("pool", GlobalAveragePool{})
                                .build();
    const Mapping mapping{{{find_layer(network, "conv")}}, {}};
    const GroupCost half = only_group(network, mapping);
    CHECK(half.fpga == Nanoseconds(1210));
    CHECK(half.demand.alm == 2930);
    CHECK(half.demand.m20k == 2);
    CHECK(only_group(network, mapping, {.fill = FillRule::full_window}).fpga == Nanoseconds(1330));
}

TEST_CASE("example: FPGA cycles of a fused run", "[examples]") {
    // Three layers stream into each other. A layer starts when the one before it has started, its window has
    // filled, and its depth has passed:
    //   a   1x1, 4 channels to 8, 10 x 10      fill 0    depth 4 + log2 4         = 6    starts at 6
    //   b   depthwise 3x3, stride 2, to 5 x 5  fill 11   depth 4 + ceil(log2 9)   = 8    6 + 11 + 8    = 25
    //   c   3x3, 8 channels to 4, on 5 x 5     fill 1 * 5 + 1 = 6 positions; behind the stride they come
    //       every 100 / 25 = 4 clocks: 24      depth 4 + ceil(log2 72)            = 11   25 + 24 + 11  = 60
    // One frame takes the largest interval, 100, and the last start: 160 clocks = 1600 ns.
    const Network network = Chain({4, 10, 10})
                                .then("a", conv_op(8, 1))
                                .then("b", conv_op(8, 3, 2, 1, 8))
                                .then("c", conv_op(4, 3, 1, 1))
                                .build();
    const Mapping mapping{{{find_layer(network, "a"), find_layer(network, "b"), find_layer(network, "c")}},
                          {}};
    CHECK(only_group(network, mapping).fpga == Nanoseconds(1600));
}
