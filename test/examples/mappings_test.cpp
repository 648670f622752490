// SPDX-License-Identifier: Apache-2.0
// Four mappings of a network of three layers. The platform is described in platform.hpp.
#include "examples/platform.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

namespace {

constexpr ExampleOptions kCharged{.conversion = Conversion::charged};

/// 9 channels of 3 x 3 positions throughout: maps of 81 elements. On the GPU each layer has K = 9 taps, 81
/// weights, 729 MAC and 972 bytes, and so takes 10 + 0.09 + 1.215 = 11.305 us (gpu_test.cpp), 45.2929 uJ.
Network three_convs() {
    return Chain({9, 3, 3})
        .then("a", conv_op(9, 1))
        .then("b", conv_op(9, 3, 1, 1, 9))
        .then("c", conv_op(9, 1))
        .build();
}

}  // namespace

TEST_CASE("example: the depthwise layer on the FPGA", "[examples]") {
    // GPU    converts 81 elements of 4 bytes to bytes: 324 + 81 = 405 bytes, 10 + 0.405    = 10.405 us
    // link   81 bytes: max(3, 2 + 0.81)                                                    =  3     us
    // FPGA   interval 9, fill floor(3 / 2) * 3 + 1 = 4, depth 4 + ceil(log2 9) = 8: 21 clocks = 0.210 us
    // link   81 bytes: max(2, 1 + 0.405)                                                   =  2     us
    // GPU    converts back                                                                 = 10.405 us
    // stage                                                                                  26.020 us
    // a and c on the GPU, one before and one after: 2 * 11.305 us, in all 48.630 us.
    //
    // Energy: a and c 2 * 45.2929, conversions 2 * 4 W * 10.405 us = 83.24, link 162 nJ.
    // FPGA: 10 * 81 + 50 = 860 ALM; a word of two rows has 8 * 9 * 2 = 144 bits: 4 M20K;
    //   0.4 W for 210 ns and 0.086 + 0.040 = 0.126 W for the interval, 90 ns: 95.34 nJ.
    // Idle: 1.6 W * 48.630 us = 77.808 uJ. In all 90.5858 + 83.24 + 0.162 + 0.09534 + 77.808 = 251.89114 uJ.
    const Network net = three_convs();
    const Score score = example_score(net, {{{find_layer(net, "b")}}, {}}, kCharged);
    REQUIRE(score.stages.size() == 3);
    CHECK(score.stages[0].time == Nanoseconds(11305));
    CHECK(score.stages[1].time == Nanoseconds(26020));
    CHECK(score.latency == Nanoseconds(48630));
    CHECK(score.demand.alm == 860);
    CHECK(score.demand.m20k == 4);
    CHECK(score.energy == Picojoules(251'891'140));
    CHECK(score.modules.at(0).strategy == Strategy::dwconv);
}

TEST_CASE("example: a convolution split by channels", "[examples]") {
    // The FPGA reads 3 of the 9 channels of `a`, the GPU the other 6; both yield all 9 maps, to be added.
    //   GPU    converts 27 elements: 108 + 27 = 135 bytes                                       10.135 us
    //   link   27 bytes: max(3, 2 + 0.27)                                                        3     us
    //   FPGA   interval 9, fill 0, depth 4 + ceil(log2 3) = 6: 15 clocks                         0.150 us
    //   link   partial sums of 3 taps have 16 + 2 = 18 bits, 3 bytes: 81 * 3 = 243 bytes,
    //          max(2, 1 + 243 / 200)                                                             2.215 us
    //   GPU    meanwhile its own 6 channels: K = 6, MAC = 6 * 9 * 9 = 486,
    //          bytes = 4 * (54 in + 81 out + 54 weights) = 756;
    //          10 + 0.06 + sqrt(0.486^2 + 0.756^2) = 10 + 0.06 + 0.898739                       10.959 us
    //   GPU    then adds: reads 243 bytes and 81 elements of 4 bytes, writes 324: 891 bytes     10.891 us
    // FPGA and link are done at 10.135 + 3 + 0.150 + 2.215 = 15.500 us, the GPU's share at 10.135 + 10.959 =
    // 21.094 us: the adding starts then. Stage: 21.094 + 10.891 = 31.985 us.
    // Logic: 27 weights, 10 * 27 + 50 = 320 ALM.
    const Network net = three_convs();
    const Score score = example_score(net, {{}, {{find_layer(net, "a"), SplitAxis::channels, 3}}}, kCharged);
    REQUIRE(score.stages.size() == 3);
    REQUIRE(score.stages[0].groups.size() == 1);
    CHECK(score.stages[0].groups[0].to_gpu == Nanoseconds(2215));
    CHECK(score.stages[0].groups[0].gpu_beside == Nanoseconds(10959));
    CHECK(score.stages[0].time == Nanoseconds(31985));
    CHECK(score.link_bytes == 27 + 243);
    CHECK(score.demand.alm == 320);
    CHECK(score.modules.at(0).strategy == Strategy::gconv);
}

TEST_CASE("example: a convolution split by filters", "[examples]") {
    // The FPGA computes 3 of the 9 filters of `a` from all channels, the GPU the other 6. Results stand side
    // by side: nothing is added.
    //   GPU    converts 81 elements: 324 + 81 = 405 bytes                                       10.405 us
    //   link   81 bytes                                                                          3     us
    //   FPGA   interval 9, fill 0, depth 4 + ceil(log2 9) = 8: 17 clocks                         0.170 us
    //   link   3 maps, 27 bytes: max(2, 1 + 0.135)                                               2     us
    //   GPU    meanwhile its own 6 filters: K = 9, MAC = 9 * 6 * 9 = 486,
    //          bytes = 4 * (81 in + 54 out + 54 weights) = 756; 10 + 0.09 + 0.898739            10.989 us
    //   GPU    then converts 27 elements: 27 + 108 = 135 bytes                                  10.135 us
    // The GPU is the one to wait for: 10.405 + 10.989 + 10.135 = 31.529 us.
    const Network net = three_convs();
    const Score score = example_score(net, {{}, {{find_layer(net, "a"), SplitAxis::filters, 3}}}, kCharged);
    REQUIRE(score.stages.size() == 3);
    CHECK(score.stages[0].time == Nanoseconds(31529));
    CHECK(score.link_bytes == 81 + 27);
    CHECK(score.demand.alm == 320);
    CHECK(score.modules.at(0).strategy == Strategy::gconv);
}

TEST_CASE("example: a fused run across the border of two modules", "[examples]") {
    // a (4 channels to 8) ends the first module, b (8 to 4) and a pooling are the second; a and b stream.
    //   link   4 * 100 = 400 bytes down: max(3, 2 + 4)                                           6    us
    //   FPGA   interval 100; a: depth 4 + log2 4 = 6; b: depth 4 + log2 8 = 7: 113 clocks        1.13 us
    //   link   400 bytes up: max(2, 1 + 2)                                                       3    us
    //   GPU    pooling: 4 * (400 + 4) = 1616 bytes, 10 + 1.616                                  11.616 us
    // Latency 6 + 1.13 + 3 + 11.616 = 21.746 us. What goes down belongs to the first module, what comes up to
    // the last, and both have the same 3200 MAC, so half of the FPGA's time each:
    //   first   6 + 0.565               =  6.565 us
    //   second  0.565 + 3 + 11.616      = 15.181 us
    const Network net = Chain({4, 10, 10}, "first")
                            .then("a", conv_op(8, 1))
                            .module("second")
                            .then("b", conv_op(4, 1))
                            .then("pool", GlobalAveragePool{})
                            .build();
    const Score score = example_score(net, {{{find_layer(net, "a"), find_layer(net, "b")}}, {}});
    CHECK(score.latency == Nanoseconds(21746));
    REQUIRE(score.modules.size() == 2);
    CHECK(score.modules[0].time == Nanoseconds(6565));
    CHECK(score.modules[1].time == Nanoseconds(15181));
}
