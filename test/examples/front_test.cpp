// SPDX-License-Identifier: Apache-2.0
// The Pareto front of three layers, worked out on paper. The platform is described in platform.hpp.
#include "cleave/search/explore.hpp"
#include "examples/platform.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Maps of 9 channels of 3 x 3, then their means. No splits; kernels start in 1 us.
Network two_convs_and_pool() {
    return Chain({9, 3, 3})
        .then("a", conv_op(9, 1))
        .then("b", conv_op(9, 3, 1, 1, 9))
        .then("pool", GlobalAveragePool{})
        .build();
}

ExploreResult explore_with(std::int64_t alm) {
    DesignSpace space;
    space.axes.clear();
    return explore({two_convs_and_pool(),
                    example_platform({.kernel_overhead = Seconds(1e-6), .alm = alm}),
                    space,
                    {},
                    {}});
}

}  // namespace

// Every kernel starts in 1 us, and 1.6 W are drawn over the whole latency. Time in us, energy in uJ.
//
// Each layer on the GPU:
//   a, b   1 + 0.09 + 1.215 = 2.305    4 * 2.305 + 0.0729 + 1.6 * 2.305 = 12.9809
//   pool   1 + 0.360        = 1.360    4 * 1.360 + 1.6 * 1.360          =  7.6160
// Layers on the FPGA, each run with 3 us down and 2 us up (maps of 81 bytes, means of 9). Power is 0.4 W,
// 0.1 mW for each ALM, and 0.04 W for the 4 M20K of b; the link takes 1 nJ a byte:
//             ALM   clocks              time   energy
//   a         860   9 + 8 = 17          5.170  0.162 + 0.4 * 0.17 + 0.086 * 0.09 + 1.6 * 5.17 = 8.50974
//   b         860   9 + 4 + 8 = 21      5.210  0.162 + 0.4 * 0.21 + 0.126 * 0.09 + 1.6 * 5.21 = 8.59334
//   pool      168   9 + 7 = 16          5.160  0.090 + 0.4 * 0.16 + 0.0168 * 0.09 + 1.6 * 5.16 = 8.411512
//   a b      1720   9 + 8 + 12 = 29     5.290  0.162 + 0.4 * 0.29 + 0.212 * 0.09 + 1.6 * 5.29 = 8.76108
//   b pool   1028   9 + 12 + 7 = 28     5.280  0.090 + 0.4 * 0.28 + 0.1428 * 0.09 + 1.6 * 5.28 = 8.662852
//   a b pool 1888   9 + 8 + 12 + 7 = 36 5.360  0.090 + 0.4 * 0.36 + 0.2288 * 0.09 + 1.6 * 5.36 = 8.830592
// (each mean needs an accumulator of 8 + 4 bits, 12 ALM, and the sums, 108 bits, lie in six MLABs of 10)
//
// The partitions, best first:
//   GPU alone               2.305 + 2.305 + 1.360 =  5.970   33.5778
//   a b | pool on the GPU   5.290 + 1.360         =  6.650   16.37708
//   a on the GPU | b pool   2.305 + 5.280         =  7.585   21.643752   dominated
//   a | b, pool on the GPU  5.170 + 2.305 + 1.360 =  8.835              slower, and 12.98 + 7.6 + 8.5 = 29.1
//   b | a, pool on the GPU  2.305 + 5.210 + 1.360 =  8.875              likewise
//   two or three runs       at least 10 us, 16 uJ of them for idle power, and 0.4 for link and FPGA
//   a b pool                                         5.360    8.830592  dominates all, if it fits

TEST_CASE("example: the Pareto front of three layers", "[examples]") {
    // 1800 ALM hold a and b, not all three.
    const Network net = two_convs_and_pool();
    const ExploreResult result = explore_with(1800);
    CHECK(result.exact());
    REQUIRE(result.front.size() == 2);
    CHECK(result.front[0].mapping == Mapping{});
    CHECK(result.front[0].score.latency == Nanoseconds(5970));
    CHECK(result.front[0].score.energy == Picojoules(33'577'800));
    CHECK(result.front[1].mapping == Mapping{{{find_layer(net, "a"), find_layer(net, "b")}}, {}});
    CHECK(result.front[1].score.latency == Nanoseconds(6650));
    CHECK(result.front[1].score.energy == Picojoules(16'377'080));
    CHECK(result.front[1].score.demand.alm == 1720);
}

TEST_CASE("example: a capacity that binds", "[examples]") {
    // One run of all three asks for 860 + 860 + 168 = 1888 ALM. One less, and the front is that from above.
    const ExploreResult fits = explore_with(1888);
    REQUIRE(fits.front.size() == 1);
    CHECK(fits.front[0].score.latency == Nanoseconds(5360));
    CHECK(fits.front[0].score.energy == Picojoules(8'830'592));
    CHECK(fits.front[0].score.demand.alm == 1888);
    CHECK(explore_with(1887).front.size() == 2);
}
