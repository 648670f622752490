// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/fpga.hpp"

#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Fpga make_fpga(const PlatformOptions& options = {}) { return make_platform(options).fpga; }

Fpga fitted_fpga(std::int64_t m20k) {
    PlatformOptions options;
    options.form = Form::fitted;
    options.capacity.m20k = m20k;
    return make_fpga(options);
}

/// An FPGA whose figures the caller changes.
template <class Change>
Fpga changed_fpga(const Change& change, const PlatformOptions& options = {}) {
    FpgaModel model = make_fpga_model(options);
    change(model.implementations.front());
    return {model, 0, Hertz(1e8), options.capacity};
}

LayerHardware map(const Fpga& fpga, const Op& op, const Shape& input) {
    const auto variants = fpga.variants(work(op, {input}));
    REQUIRE(variants.size() == 1);
    return variants.front();
}

std::int64_t ceil_log2(std::int64_t value) {
    std::int64_t bits = 0;
    for (std::int64_t reach = 1; reach < value; reach *= 2) {
        ++bits;
    }
    return bits;
}

}  // namespace

TEST_CASE("layers that have hardware", "[cost][fpga]") {
    const Fpga fpga = make_fpga();
    const Shape in{4, 6, 6};
    const Shape one{4, 1, 1};
    const auto has = [&](const Op& op, const Shape& shape) {
        return !fpga.variants(work(op, {shape})).empty();
    };
    CHECK(has(conv_op(4, 3, 1, 1), in));
    CHECK(has(Pool{PoolKind::max, square(2, 2), false}, in));
    CHECK(has(GlobalAveragePool{}, in));
    CHECK(has(BatchNorm{}, in));
    CHECK(has(Activation{ActivationKind::relu}, in));
    CHECK(has(Activation{ActivationKind::relu6}, in));
    CHECK(has(Dropout{}, in));
    CHECK(has(Slice{0, 2}, in));
    CHECK(has(Shuffle{2}, in));
    CHECK_FALSE(fpga.variants(work(Add{}, {in, in})).empty());
    CHECK_FALSE(fpga.variants(work(Concat{}, {in, in})).empty());
    CHECK(has(FullyConnected{3, true}, one));
    CHECK(has(Flatten{}, one));
    CHECK_FALSE(has(FullyConnected{3, true}, in));
    CHECK_FALSE(has(Flatten{}, in));
    CHECK(fpga.variants(work(Mul{}, {in, in})).empty());
    CHECK(fpga.variants(work(Add{}, {in, {in.channels, 1, 1}})).empty());
    CHECK(fpga.variants(work(Other{"Resize", in}, {in})).empty());
    CHECK_FALSE(has(Softmax{}, in));
    CHECK_FALSE(has(Lrn{}, in));
    CHECK(fpga.variants(LayerWork{Input{in}, {in}, in}).empty());
    for (const ActivationKind kind :
         {ActivationKind::leaky_relu, ActivationKind::prelu, ActivationKind::sigmoid,
          ActivationKind::hard_sigmoid, ActivationKind::hard_swish, ActivationKind::swish,
          ActivationKind::tanh}) {
        CHECK_FALSE(has(Activation{kind}, in));
    }
}

TEST_CASE("multipliers of dhm-csd are logic", "[cost][fpga]") {
    const Fpga fpga = changed_fpga([](Implementation& i) {
        // Nearly all weights are terms, of the largest size: 127 = 128 - 1.
        i.form = DhmCsd{{.fixed = 300,
                         .per_term = 7,
                         .per_adder = 5,
                         .per_product = 4,
                         .per_filter = 9,
                         .window = 40,
                         .per_window_bit = 2,
                         .per_single_bit = 1},
                        {},
                        {},
                        1e9};
        i.streaming.m20k_words = 512;
    });
    // Nearly: what is left of the other sizes is rounded up.
    const auto near = [](const Resources& found, const Resources& expected) {
        return found.dsp == expected.dsp && found.m20k == expected.m20k && found.alm >= expected.alm &&
               found.alm <= expected.alm + 1;
    };
    // 5x5, 3 channels, 64 filters: 4,800 terms, and a multiplier with an adder for each number of the window,
    // which filters share.
    const LayerHardware largest = map(fpga, conv_op(64, 5, 1, 2), {3, 224, 224});
    CHECK(near(largest.resources, {300 + 7 * 4800 + (5 + 4) * 75 + 9 * 64 + 40 + 2 * 8 * 75, 0, 3}));
    CHECK(near(map(fpga, conv_op(32, 1), {32, 14, 14}).resources,
               {300 + 7 * 1024 + (5 + 4) * 32 + 9 * 32 + 3 * 8 * 32, 0, 0}));
    // Depthwise, 288 weights, none of which shares. Two rows of 32 bytes are 13 words of 40 bits.
    CHECK(near(map(fpga, conv_op(32, 3, 1, 1, 32), {32, 112, 112}).resources,
               {300 + 7 * 288 + (5 + 4) * 288 + 9 * 32 + 40 + 2 * 8 * 288, 0, 13}));
    // Grouped: 16 filters of 8 / 2 * 9 taps; two lines of 8 bytes, 10 positions long, in MLABs.
    CHECK(near(map(fpga, conv_op(16, 3, 1, 1, 2), {8, 10, 10}).resources,
               {300 + 7 * 576 + (5 + 4) * 72 + 9 * 16 + 40 + 2 * 8 * 72 + 70, 0, 0}));
}

TEST_CASE("line buffers hold all rows of the window but one", "[cost][fpga]") {
    const Fpga fpga = changed_fpga([](Implementation& i) { i.streaming.m20k_words = 512; });
    int cases = 0;
    for (const std::int64_t kernel : {1, 2, 3, 5, 7}) {
        for (const std::int64_t channels : {1, 2, 3, 5, 8, 24, 64}) {
            for (const std::int64_t width : {7, 56, 224, 512, 513, 1100}) {
                const std::int64_t words = (8 * channels * (kernel - 1) + 39) / 40;
                // Lines of up to 32 positions are in MLABs.
                const std::int64_t blocks = width <= 32 ? 0 : words * ((width + 511) / 512);
                CHECK(map(fpga, conv_op(2, kernel), {channels, 9, width}).resources.m20k == blocks);
                CHECK(map(fpga, Pool{PoolKind::max, square(kernel), false}, {channels, 9, width})
                          .resources.m20k == blocks);
                ++cases;
            }
        }
    }
    CHECK(cases == 210);
    Conv dilated = conv_op(2, 3);
    dilated.window.dilation_h = 3;
    // Three taps span seven rows.
    CHECK(map(fpga, dilated, {5, 9, 40}).resources.m20k == 6);
}

TEST_CASE("the fitted form asks for logic and delay lines", "[cost][fpga]") {
    const Fpga fpga = fitted_fpga(1000);
    // 3 filters of 16 taps, 0.5 (16 - 2) = 7 of them delayed: 60 + 3 (20 * 16 + 1 * 16 * 4 + 2 * 7) = 1254.
    // Lines behind tap 2: 0.5 * 3 each, 8 of the taps short, 6 middle, and 1 long one that every layer has.
    const Resources demand = map(fpga, conv_op(3, 1), {16, 5, 5}).resources;
    CHECK(demand == Resources{1254, 0, 12 + 9 + 1, 9 + 1, 1});
    // One filter of 32 taps: 4, 5, 6 + 1 lines.
    CHECK(map(fpga, conv_op(1, 1), {32, 5, 5}).resources == Resources{60 + 640 + 160 + 30, 0, 16, 12, 7});
    // One tap: nothing is delayed.
    CHECK(map(fpga, conv_op(1, 1), {1, 5, 5}).resources == Resources{80, 0, 1, 1, 1});
    // Line buffers are lines of the dearest kind: 2 rows of 4 bytes, 2 words, 5 columns in 2 blocks of 4.
    const Resources buffered = map(fpga, conv_op(1, 3, 1, 1), {4, 5, 5}).resources;
    const Resources plain = map(fpga, conv_op(1, 1), {36, 5, 5}).resources;
    CHECK(buffered == plain + Resources{0, 0, 4, 4, 4});
}

TEST_CASE("lines that find no block become logic, cheapest first", "[cost][fpga]") {
    const Resources demand{1254, 0, 22, 10, 1};
    const auto occupied = [&](std::int64_t blocks) { return fitted_fpga(blocks).occupied(demand); };
    CHECK(occupied(30) == Resources{1254, 0, 22});
    CHECK(occupied(22) == Resources{1254, 0, 22});
    CHECK(occupied(21) == Resources{1254 + 5, 0, 21});
    CHECK(occupied(10) == Resources{1254 + 60, 0, 10});
    CHECK(occupied(5) == Resources{1254 + 60 + 50, 0, 5});
    CHECK(occupied(1) == Resources{1254 + 60 + 90, 0, 1});
    CHECK(occupied(0) == Resources{1254 + 60 + 90 + 20, 0, 0});
    // dhm-csd has nothing that could become logic.
    CHECK(make_fpga().occupied({10, 1, 5000}) == Resources{10, 1, 5000});
}

TEST_CASE("limits hold exactly when what is occupied fits", "[cost][fpga]") {
    int fits = 0;
    for (std::uint32_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        PlatformOptions options;
        options.form = random.pick<Form>({Form::csd, Form::fitted});
        options.capacity = {random.below(400), random.below(5), random.below(20)};
        options.usable_alm_share = random.pick<double>({1.0, 0.85, 0.5});
        const Fpga fpga = make_fpga(options);
        Resources demand{random.below(400), random.below(4), random.below(30), 0, 0};
        if (options.form == Form::fitted) {
            demand.m20k_dear = random.below(demand.m20k + 1);
            demand.m20k_dearest = random.below(demand.m20k_dear + 1);
        }
        const Resources real = fpga.occupied(demand);
        const bool expected = static_cast<double>(real.alm) <=
                                  options.usable_alm_share * static_cast<double>(options.capacity.alm) &&
                              real.dsp <= options.capacity.dsp && real.m20k <= options.capacity.m20k;
        const bool kept = std::all_of(fpga.limits().begin(), fpga.limits().end(),
                                      [&](const CapacityLimit& l) { return l.use(demand) <= l.limit; });
        CAPTURE(seed);
        REQUIRE(kept == expected);
        fits += kept ? 1 : 0;
    }
    CHECK(fits > 400);
    CHECK(fits < 3600);
}

TEST_CASE("dynamic power follows what is occupied", "[cost][fpga]") {
    const auto power = [](const Fpga& fpga, const Resources& demand) {
        const Hertz clock = fpga.clocks().front();
        return (fpga.base_power(clock) + fpga.work_power(0, demand, clock)).value();
    };
    CHECK(power(make_fpga(), {1000, 0, 50}) == Approx(0.4 + 0.002 + 0.02));
    CHECK(power(make_fpga(), {}) == Approx(0.4));
    // 17 of 22 lines spill: 110 ALM more, 5 blocks left.
    CHECK(power(fitted_fpga(5), {1254, 0, 22, 10, 1}) == Approx(0.4 + 2e-6 * 1364 + 4e-4 * 5));
}

TEST_CASE("a layer streams one position a clock and fills its window", "[cost][fpga]") {
    PlatformOptions options;
    for (const FillRule rule : {FillRule::full_window, FillRule::half_window}) {
        options.fill = rule;
        const Fpga fpga = make_fpga(options);
        for (const std::int64_t kernel : {1, 2, 3, 5}) {
            for (const std::int64_t stride : {1, 2}) {
                const Shape in{3, 11, 13};
                const LayerHardware hw = map(fpga, conv_op(2, kernel, stride), in);
                CAPTURE(kernel, stride);
                CHECK(hw.positions == 143);
                CHECK(hw.interval == 143);
                CHECK(hw.fill_positions == (rule == FillRule::full_window ? (kernel - 1) * 13 + kernel
                                                                          : kernel / 2 * 13 + kernel / 2));
                CHECK(hw.depth == 5 + ceil_log2(3 * kernel * kernel));
            }
        }
        // Never more than the whole map.
        Conv padded = conv_op(1, 5, 1, 4);
        CHECK(map(fpga, padded, {1, 1, 2}).fill_positions == 2);
    }
    options.fill = FillRule::half_window;
    const Fpga fpga = make_fpga(options);
    Conv dilated = conv_op(1, 3);
    dilated.window.dilation_h = 2;
    dilated.window.dilation_w = 3;
    // Spans of 5 rows and 7 columns.
    CHECK(map(fpga, dilated, {1, 20, 10}).fill_positions == 2 * 10 + 3);
    CHECK(map(fpga, FullyConnected{3, true}, {100, 1, 1}).depth == 5 + 7);
    CHECK(map(fpga, Pool{PoolKind::max, square(2, 2), false}, {4, 8, 8}).depth == 5 + 2);
    CHECK(map(fpga, BatchNorm{}, {4, 8, 8}).depth == 5);
    const LayerHardware wires = map(fpga, Shuffle{2}, {4, 8, 8});
    CHECK(wires.resources == Resources{});
    CHECK(wires.depth == 0);
    CHECK(wires.fill_positions == 0);
    CHECK(wires.interval == 64);
}

TEST_CASE("layers without weights cost logic per channel", "[cost][fpga]") {
    const Fpga fpga = make_fpga();
    const Shape in{3, 8, 8};
    // 2x2: 3 comparisons of 8 ALM or additions of 4, for three channels.
    CHECK(map(fpga, Pool{PoolKind::max, square(2, 2), false}, in).resources.alm == 72);
    CHECK(map(fpga, Pool{PoolKind::average, square(2, 2), false}, in).resources.alm == 36);
    CHECK(map(fpga, Pool{PoolKind::max, square(1, 2), false}, in).resources.alm == 0);
    // 64 positions: 6 bits more than 8, at 2 ALM, for three channels; 42 bits of sums in three MLABs.
    CHECK(map(fpga, GlobalAveragePool{}, in).resources.alm == 84 + 30);
    CHECK(map(fpga, Activation{ActivationKind::relu}, in).resources.alm == 24);
    // Two adders a channel.
    CHECK(fpga.variants(work(Add{}, {in, in, in})).at(0).resources.alm == 24);
    // A batch norm that does not fold in: a depthwise multiplier a channel.
    CHECK(map(fpga, BatchNorm{}, in).resources.alm == 3 * 10 + 50);
    CHECK(map(fpga, FullyConnected{2, true}, {7, 1, 1}).resources.alm == 14 * 10 + 50);
}

TEST_CASE("bytes of maps and partial sums", "[cost][fpga]") {
    const Fpga fpga = make_fpga();
    CHECK(fpga.map_bytes() == 1);
    CHECK(fpga.partial_sum_bytes(1) == 2);
    CHECK(fpga.partial_sum_bytes(2) == 3);
    CHECK(fpga.partial_sum_bytes(256) == 3);
    CHECK(fpga.partial_sum_bytes(257) == 4);
    const Fpga wide = changed_fpga([](Implementation& i) { i.bits = 12; });
    CHECK(wide.map_bytes() == 2);
    CHECK(wide.partial_sum_bytes(1) == 3);
    CHECK(wide.partial_sum_bytes(300) == 5);
    // 5 channels of 8 bits are one word, 6 are two; 4 words a block.
    CHECK(fpga.delay_buffer(0, {5, 4}) == Resources{0, 0, 1});
    CHECK(fpga.delay_buffer(0, {6, 5}) == Resources{0, 0, 4});
    CHECK(fitted_fpga(9).delay_buffer(0, {6, 5}) == Resources{0, 0, 4, 4, 4});
}

TEST_CASE("a larger share never costs fewer resources", "[cost][fpga]") {
    int shares = 0;
    const Fpga csd = make_fpga();
    const Fpga fitted = fitted_fpga(100);
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        Random random(seed);
        const RandomConv layer = random_conv(random);
        const LayerWork whole = work(layer.conv, {layer.input});
        CAPTURE(seed);
        for (const Fpga* fpga : {&csd, &fitted}) {
            const auto require_growing = [&](std::int64_t extent, const auto& slice) {
                Resources before;
                for (std::int64_t share = 1; share <= extent; ++share) {
                    const auto variants = fpga->variants(slice(share));
                    REQUIRE(variants.size() == 1);
                    REQUIRE(before.within(variants[0].resources));
                    before = variants[0].resources;
                    ++shares;
                }
                REQUIRE(before == fpga->variants(whole).at(0).resources);
            };
            if (layer.conv.groups > 1) {
                require_growing(layer.conv.groups, [&](std::int64_t g) { return slice_groups(whole, g); });
            } else {
                require_growing(layer.input.channels,
                                [&](std::int64_t g) { return slice_channels(whole, g); });
                require_growing(layer.conv.filters, [&](std::int64_t g) { return slice_filters(whole, g); });
            }
        }
    }
    CHECK(shares > 5000);
}

TEST_CASE("an FPGA that does not exist is refused", "[cost][fpga]") {
    const FpgaModel model = make_fpga_model();
    CHECK_THROWS_AS(Fpga(model, 1, Hertz(1e8), model.capacity), std::invalid_argument);
    CHECK_THROWS_AS(Fpga(model, 0, Hertz(0), model.capacity), std::invalid_argument);
    const Fpga fpga(model, 0, Hertz(2e8), {1, 2, 3});
    CHECK(fpga.clocks().front().value() == 2e8);
    CHECK(fpga.capacity() == Resources{1, 2, 3});
    CHECK(fpga.static_power().value() == 0.6);
}
