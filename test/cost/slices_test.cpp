// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/layer_work.hpp"
#include "support/executor.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

struct Case {
    LayerWork work;
    Tensor map;
    Weights weights;
    Tensor whole;
};

Case random_case(Random& random) {
    const RandomConv layer = random_conv(random);
    Case result;
    result.work = {layer.conv, {layer.input}, infer_shape(layer.conv, {layer.input})};
    result.map = random_tensor(random, layer.input);
    result.weights = random_weights(random, result.work);
    result.whole = convolve(result.work, result.map, result.weights);
    return result;
}

/// What a slice says about itself must be true: its shapes belong together.
void require_consistent(const LayerWork& slice) {
    REQUIRE(slice.inputs.size() == 1);
    REQUIRE(slice.output == infer_shape(slice.op, slice.inputs));
}

/// Two slices do all the work of the layer and no more.
void require_parts(const LayerWork& whole, const LayerWork& a, const LayerWork& b) {
    require_consistent(a);
    require_consistent(b);
    REQUIRE(a.macs() + b.macs() == whole.macs());
    REQUIRE(a.weights() + b.weights() == whole.weights());
}

}  // namespace

TEST_CASE("a split along the channels computes the same function", "[cost][slices]") {
    int cases = 0;
    for (std::uint32_t seed = 1; cases < 600; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const auto& conv = std::get<Conv>(c.work.op);
        const std::int64_t channels = c.map.shape.channels;
        if (conv.groups > 1 || channels < 2) {
            continue;
        }
        CAPTURE(seed);
        for (std::int64_t share = 1; share < channels; ++share) {
            const LayerWork fpga = slice_channels(c.work, share);
            const LayerWork gpu = slice_channels(c.work, channels - share);
            require_parts(c.work, fpga, gpu);
            const Tensor below = convolve(fpga, channels_of(c.map, 0, share), depth_of(c.weights, 0, share));
            const Tensor beside = convolve(gpu, channels_of(c.map, share, channels - share),
                                           depth_of(c.weights, share, channels - share));
            Tensor sum = add(below, beside);
            // The slices leave the bias out: it must be added once.
            sum = conv.bias ? add_bias(sum, c.weights.bias) : sum;
            REQUIRE(sum.shape == c.whole.shape);
            REQUIRE(sum.values == c.whole.values);
        }
        ++cases;
    }
}

TEST_CASE("a split along the filters computes the same function", "[cost][slices]") {
    int cases = 0;
    for (std::uint32_t seed = 1; cases < 600; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const auto& conv = std::get<Conv>(c.work.op);
        if (conv.groups > 1 || conv.filters < 2) {
            continue;
        }
        CAPTURE(seed);
        for (std::int64_t share = 1; share < conv.filters; ++share) {
            const LayerWork fpga = slice_filters(c.work, share);
            const LayerWork gpu = slice_filters(c.work, conv.filters - share);
            require_parts(c.work, fpga, gpu);
            const Tensor joined =
                concat(convolve(fpga, c.map, filters_of(c.weights, 0, share)),
                       convolve(gpu, c.map, filters_of(c.weights, share, conv.filters - share)));
            REQUIRE(joined.shape == c.whole.shape);
            REQUIRE(joined.values == c.whole.values);
        }
        ++cases;
    }
}

TEST_CASE("a split between groups computes the same function", "[cost][slices]") {
    int cases = 0;
    int depthwise = 0;
    for (std::uint32_t seed = 1; cases < 600; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const auto& conv = std::get<Conv>(c.work.op);
        if (conv.groups < 2) {
            continue;
        }
        CAPTURE(seed);
        const std::int64_t depth = c.map.shape.channels / conv.groups;
        const std::int64_t filters = conv.filters / conv.groups;
        for (std::int64_t share = 1; share < conv.groups; ++share) {
            const std::int64_t rest = conv.groups - share;
            const LayerWork fpga = slice_groups(c.work, share);
            const LayerWork gpu = slice_groups(c.work, rest);
            require_parts(c.work, fpga, gpu);
            const Tensor joined = concat(convolve(fpga, channels_of(c.map, 0, share * depth),
                                                  filters_of(c.weights, 0, share * filters)),
                                         convolve(gpu, channels_of(c.map, share * depth, rest * depth),
                                                  filters_of(c.weights, share * filters, rest * filters)));
            REQUIRE(joined.shape == c.whole.shape);
            REQUIRE(joined.values == c.whole.values);
        }
        depthwise += depth == 1 ? 1 : 0;
        ++cases;
    }
    CHECK(depthwise > 100);
}

TEST_CASE("slices of what cannot be sliced are refused", "[cost][slices]") {
    const Shape input{4, 5, 5};
    const auto work = [&](const Op& op) { return LayerWork{op, {input}, infer_shape(op, {input})}; };
    const LayerWork dense = work(conv_op(6, 3));
    const LayerWork grouped = work(conv_op(6, 3, 1, 0, 2));
    const LayerWork pool = work(Pool{PoolKind::max, square(2), false});
    for (const std::int64_t share : {-1, 0, 5}) {
        CHECK_THROWS_AS(slice_channels(dense, share), std::invalid_argument);
    }
    CHECK_THROWS_AS(slice_filters(dense, 0), std::invalid_argument);
    CHECK_THROWS_AS(slice_filters(dense, 7), std::invalid_argument);
    CHECK_THROWS_AS(slice_groups(grouped, 0), std::invalid_argument);
    CHECK_THROWS_AS(slice_groups(grouped, 3), std::invalid_argument);
    CHECK_THROWS_AS(slice_groups(dense, 1), std::invalid_argument);
    CHECK_THROWS_AS(slice_channels(grouped, 1), std::invalid_argument);
    CHECK_THROWS_AS(slice_filters(grouped, 1), std::invalid_argument);
    CHECK_THROWS_AS(slice_channels(pool, 1), std::invalid_argument);
    CHECK_THROWS_AS(slice_filters(pool, 1), std::invalid_argument);
    CHECK_THROWS_AS(slice_groups(pool, 1), std::invalid_argument);
    // The whole is a slice as well.
    CHECK(slice_channels(dense, 4).macs() == dense.macs());
    CHECK(slice_filters(dense, 6).macs() == dense.macs());
    CHECK(slice_groups(grouped, 2).macs() == grouped.macs());
}

TEST_CASE("the executor convolves", "[cost][support]") {
    // Map 1 2 / 3 4, filter 1 0 / 2 3, a column of padding on the left. First column: 0*1 + 1*0 + 0*2 + 3*3
    // = 9.
    Conv conv = conv_op(1, 2);
    conv.window.pad_left = 1;
    conv.bias = true;
    const LayerWork work{conv, {{1, 2, 2}}, infer_shape(conv, {{1, 2, 2}})};
    REQUIRE(work.output == Shape{1, 1, 2});
    const Tensor out = convolve(work, {{1, 2, 2}, {1, 2, 3, 4}}, {1, 1, 4, {1, 0, 2, 3}, {100}});
    // Second column: 1*1 + 2*0 + 3*2 + 4*3 = 19.
    CHECK(out.values == std::vector<std::int64_t>{109, 119});
}
