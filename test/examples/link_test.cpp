// SPDX-License-Identifier: Apache-2.0
// What crossing the link takes. The platform is described in platform.hpp.
#include "examples/platform.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

TEST_CASE("example: transfers over the link", "[examples]") {
    // An element is one byte on the link. Down to the FPGA goes the input of the convolution, up its output:
    //   down   4 * 10 * 10 = 400 bytes   max(3, 2 + 400 / 100) = 6 us
    //   up     1 * 10 * 10 = 100 bytes   max(2, 1 + 100 / 200) = 2 us: no transfer is shorter
    const Network network = Chain({4, 10, 10})
                                .then("conv", conv_op(1, 1))
                                .then("relu", Activation{ActivationKind::relu})
                                .then("pool", GlobalAveragePool{})
                                .build();
    const Score score = example_score(network, {{{find_layer(network, "conv")}}, {}});
    REQUIRE(score.stages.at(0).groups.size() == 1);
    CHECK(score.stages[0].groups[0].to_fpga == Nanoseconds(6000));
    CHECK(score.stages[0].groups[0].to_gpu == Nanoseconds(2000));
    CHECK(score.link_bytes == 500);

    // With an exponent the maximum is smooth: 200 bytes take 2 + 200 / 100 = 4 us beside a floor of 3 us, and
    // sqrt(3^2 + 4^2) = 5 us together.
    LinkDirection smooth = example_platform().link.to_fpga;
    smooth.exponent = 2;
    CHECK(round_exact(smooth.time(Bytes(200))) == Nanoseconds(5000));
}
