// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/folded.hpp"

#include "cleave/cost/block_memory.hpp"
#include "cleave/cost/hardware_words.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Folded make_form() {
    Folded form;
    form.tables = {.fixed = 60,
                   .per_multiplier = 8,
                   .per_sum = 9,
                   .per_sum_bit = 1,
                   .per_result_bit = 2,
                   .per_word_byte = 3,
                   .border = 25,
                   .depthwise = 15,
                   .per_address_bit = 4,
                   .per_position_bit = 2,
                   .per_selected_bit = 0.5,
                   .logic_multiplier = 55,
                   .logic_depthwise_multiplier = 70,
                   .column_fixed = 40,
                   .per_column_byte = 5};
    form.registers = {.fixed = 100, .per_multiplier = 60, .per_sum_bit = 2};
    form.alm = {.pool_fixed = 200,
                .per_max = 20,
                .per_mean = 30,
                .division = 100,
                .stream_fixed = 5,
                .per_clamp = 14,
                .per_add = 30,
                .concat_map = 45,
                .per_concat = 6,
                .per_shuffle = 7,
                .mean_fixed = 90,
                .per_mean_bit = 2,
                .per_gathered_byte = 2,
                .per_dealt_byte = 8};
    form.pool_stages = 6;
    form.stream_stages = 3;
    return form;
}

CommonFigures make_common() {
    CommonFigures common;
    common.streaming = {8, 4.5, 1.11, 40, 512};
    common.pipeline_stages = 9;
    common.bits = 8;
    return common;
}

/// The only layer of a network with that input.
LayerWork work_of(const Shape& input, const Op& op, std::size_t inputs = 1) {
    const Network network = Chain(input).add("layer", op, std::vector<std::string>(inputs, "in")).build();
    return whole_layer(network, find_layer(network, "layer"));
}

std::vector<LayerHardware> variants(const LayerWork& work) {
    return make_form().variants(work, make_common());
}

LayerHardware variant(const LayerWork& work, const Fold& fold) {
    for (const LayerHardware& hw : variants(work)) {
        if (hw.choice.fold == fold) {
            return hw;
        }
    }
    throw std::logic_error("no such fold");
}

Fold dsp(std::int64_t pe, std::int64_t simd) { return {pe, simd, Multipliers::dsp, false}; }
Fold logic(std::int64_t pe, std::int64_t simd = 1) { return {pe, simd, Multipliers::logic, false}; }
Fold columns(std::int64_t pe, std::int64_t simd) { return {pe, simd, Multipliers::dsp, true}; }

/// Interval, fill and depth.
std::vector<std::int64_t> timing(const LayerHardware& hw) {
    return {hw.interval, hw.fill_positions, hw.depth};
}

/// That each variant has its own fold, and how many there are.
std::size_t count_folds(const LayerWork& work) {
    const std::vector<LayerHardware> all = variants(work);
    std::set<HardwareChoice> choices;
    for (const LayerHardware& hw : all) {
        CHECK(hw.choice.fold.has_value());
        choices.insert(hw.choice);
    }
    CHECK(choices.size() == all.size());
    return all.size();
}

}  // namespace

TEST_CASE("tables and registers of a folded convolution share ALMs", "[cost][folded]") {
    const Folded form = make_form();
    const auto parts = [&](const LayerWork& work, const Fold& fold) {
        return form.parts(work, fold, make_common()).value();
    };
    // Sums of 144 products have 8 + 12 + 1 bits; words of 4 bytes, 4 + 4 * 2 * 58 - 1 and a few more: 10
    // address bits; 4 PE * 4 products, of which 12 are added in trees; 1 result leaves at a time.
    const LayerWork conv = work_of({16, 56, 56}, conv_op(64, 3, 1, 1));
    const Folded::Parts blocks = parts(conv, dsp(4, 4));
    CHECK(blocks.tables == 60 + 8 * 16 + 9 * 12 + 4 * 21 + 2 * 21 + 3 * 4 + 25 + 4 * 9 + 2 * 12);
    CHECK(blocks.registers == 100 + 60 * 16 + 2 * 4 * 21);
    CHECK(blocks.alm == 0);
    CHECK(blocks.all() == packed_alm(blocks.tables, blocks.registers));
    CHECK(parts(conv, logic(4, 4)).tables == blocks.tables + 16 * 55);
    // Three rows at a time: 48 multipliers and words of 12 bytes.
    const Folded::Parts rows = parts(conv, columns(4, 4));
    CHECK(rows.registers == 100 + 60 * 48 + 2 * 4 * 21);
    CHECK(rows.tables == 60 + 8 * 48 + 9 * 44 + 4 * 21 + 2 * 21 + 3 * 12 + 25 + 4 * 8 + 2 * 12 + 40 + 5 * 12);
    // Few registers come with their tables; more than twice as many as tables take ALMs of their own.
    CHECK(packed_alm(100, 150) == 100);
    CHECK(packed_alm(100, 200) == 100);
    CHECK(packed_alm(100, 400) == 150);
    // A layer's converters of width: 4 bytes are gathered, nothing is dealt out of one.
    CHECK(variant(conv, dsp(4, 4)).resources ==
          Resources{.alm = static_cast<std::int64_t>(std::ceil(blocks.all() + 2 * 4)), .dsp = 8, .m20k = 9});
    CHECK(form.converter_alm(1, 4) == 8);
    CHECK(form.converter_alm(6, 2) == 32);
    CHECK(form.converter_alm(3, 3) == 0);
    CHECK(!form.parts(conv, dsp(5, 4), make_common()));
}

TEST_CASE("deep memories choose among rows of blocks", "[cost][folded]") {
    const auto selected = [](std::int64_t words, std::int64_t bits) {
        return selected_bits(words, bits, make_common().streaming);
    };
    CHECK(selected(32, 100) == 0);
    CHECK(selected(512, 40) == 0);
    // 1,024 x 20 and 512 x 40 take as many: the deeper one.
    CHECK(selected(1024, 40) == 0);
    CHECK(selected(4096, 5) == 0);
    CHECK(selected(4097, 5) == 5);
    CHECK(selected(16384, 8) == 24);
    // 26 columns of 40 bits, 3 rows.
    CHECK(selected(1152, 1024) == 2048);
    // Two rows of MLABs.
    CHECK(selected(48, 19) == 19);
}

TEST_CASE("a stride needs room for the rows that it passes over", "[cost][folded]") {
    // A depthwise layer, channel by channel: 64 words a position. Besides the input, one block of biases and,
    // where they are more than 512 bits, one of weights.
    const auto blocks = [](std::int64_t kernel, std::int64_t stride, std::int64_t dilation, bool columns) {
        Conv conv;
        conv.window = square(kernel, stride, 0);
        conv.window.dilation_h = conv.window.dilation_w = dilation;
        conv.filters = conv.groups = 64;
        return variant(work_of({64, 56, 56}, conv), {1, 1, Multipliers::dsp, columns}).resources.m20k;
    };
    // 4 + 64 held words of 8 bits, of 2, 56 + 3 and 3 * 56 + 5 positions.
    CHECK(blocks(1, 1, 1, false) == 1 + 1);
    CHECK(blocks(1, 2, 1, false) == 2 + 1);
    CHECK(blocks(1, 4, 1, false) == 6 + 1);
    // Without padding two rows and columns have no output: 4 * 56 + 6 positions.
    CHECK(blocks(3, 1, 1, false) == 8 + 2);
    // A column former of 3,584 words of 16 bits, dilated of 32; behind it words of 24 bits of 6, 10 and, with
    // a stride, 56 + 7 positions.
    CHECK(blocks(3, 1, 1, true) == 4 + 1 + 2);
    CHECK(blocks(3, 1, 2, true) == 7 + 2 + 2);
    CHECK(blocks(3, 2, 1, true) == 4 + 5 + 2);
}

TEST_CASE("a folded layer takes its passes over the weights for each position", "[cost][folded]") {
    // Interval: output positions times the fold f, clocks of a position; or the words that come in. Fill:
    // until the window is there. Depth: f, 9 stages, the adder tree, the results one after the other, 1. 64 /
    // 4 passes of 9 clocks are 144; results of 4 filters leave byte by byte during 9 clocks.
    CHECK(timing(variant(work_of({16, 56, 56}, conv_op(64, 3, 1, 1)), dsp(4, 16))) ==
          std::vector<std::int64_t>{56 * 56 * 144, 58, 144 + 9 + 4 + 4 + 1});
    // 64 passes of 32 clocks.
    CHECK(timing(variant(work_of({128, 7, 7}, conv_op(128, 1)), dsp(2, 4))) ==
          std::vector<std::int64_t>{49 * 2048, 1, 2048 + 9 + 2 + 2 + 1});
    // Depthwise: 96 / 8 passes of 9 clocks, nothing to add across channels.
    CHECK(timing(variant(work_of({96, 56, 56}, conv_op(96, 3, 1, 1, 96)), dsp(8, 1))) ==
          std::vector<std::int64_t>{56 * 56 * 108, 58, 108 + 9 + 8 + 1});
    // Two groups, each with 2 passes of 9 * 2 clocks.
    CHECK(timing(variant(work_of({8, 10, 10}, conv_op(8, 3, 1, 1, 2)), dsp(2, 2))) ==
          std::vector<std::int64_t>{100 * 72, 12, 72 + 9 + 1 + 2 + 1});
    // Strided, all weights at a time: as long as 2 words for each of 14 * 14 positions take to come in.
    CHECK(timing(variant(work_of({4, 14, 14}, conv_op(2, 1, 2)), dsp(2, 2))) ==
          std::vector<std::int64_t>{14 * 14 * 2, 1, 2 + 9 + 1 + 2 + 1});
    // Without padding a whole window fills: 2 rows and 3 positions.
    CHECK(variant(work_of({4, 10, 10}, conv_op(2, 3)), dsp(1, 1)).fill_positions == 2 * 10 + 3);
    // A column former takes 3 rows at a time: 2 passes of 3 clocks.
    const LayerWork stem = work_of({3, 112, 112}, conv_op(8, 3, 2, 1));
    CHECK(timing(variant(stem, columns(4, 3))) ==
          std::vector<std::int64_t>{56 * 56 * 6, 114, 6 + 9 + 4 + 4 / 2 + 1});
    CHECK(variant(stem, columns(4, 3)).resources.dsp == 18);
    // With one pass it is as slow as 112 columns of 114 rows, padding included.
    CHECK(timing(variant(stem, columns(8, 3))) ==
          std::vector<std::int64_t>{114 * 112, 114, 3 + 9 + 4 + 8 / 4 + 1});
    // A pool has 6 stages.
    CHECK(timing(variant(work_of({64, 112, 112}, Pool{PoolKind::max, square(3, 2, 1), false}), logic(4))) ==
          std::vector<std::int64_t>{56 * 56 * 144, 114, 144 + 6 + 4 + 1});
}

TEST_CASE("every fold of a layer is listed once", "[cost][folded]") {
    // PE of 1, 2, 4; SIMD of 1, 2, 3, 6; in blocks or in logic; with a column former or without.
    CHECK(count_folds(work_of({6, 9, 9}, conv_op(4, 3, 1, 1))) == 3 * 4 * 2 * 2);
    CHECK(count_folds(work_of({6, 9, 9}, conv_op(4, 1))) == 3 * 4 * 2);
    CHECK(count_folds(work_of({6, 9, 9}, conv_op(4, 3, 1, 1, 2))) == 2 * 2 * 2 * 2);
    CHECK(count_folds(work_of({6, 9, 9}, conv_op(6, 3, 1, 1, 6))) == 4 * 2 * 2);
    CHECK(count_folds(work_of({6, 1, 1}, FullyConnected{4, true})) == 3 * 4 * 2);
    CHECK(count_folds(work_of({6, 9, 9}, BatchNorm{})) == 4 * 2);
    CHECK(count_folds(work_of({6, 9, 9}, Pool{PoolKind::max, square(3, 1, 1), false})) == 4);
    CHECK(count_folds(work_of({6, 9, 9}, GlobalAveragePool{})) == 4);
    CHECK(count_folds(work_of({6, 9, 9}, Add{}, 2)) == 4);
    CHECK(count_folds(work_of({6, 9, 9}, Concat{}, 2)) == 6);
    // Its weights would be read anew for each position.
    CHECK(variants(work_of({6, 2, 2}, FullyConnected{4, true})).empty());
    CHECK(variants(work_of({6, 1, 1}, Softmax{})).empty());
    for (const LayerHardware& hw : variants(work_of({6, 9, 9}, conv_op(4, 3, 1, 1)))) {
        CHECK(4 % hw.choice.fold->pe == 0);
        CHECK(6 % hw.choice.fold->simd == 0);
    }
}

TEST_CASE("what only streams takes control and some logic for each lane", "[cost][folded]") {
    // Two maps of 4 bytes are gathered, and one dealt out.
    const LayerHardware sum = variant(work_of({8, 5, 5}, Add{}, 2), logic(4));
    CHECK(sum.resources == Resources{.alm = 4 * 30 + 2 * 8 + 8 * 3});
    CHECK(timing(sum) == std::vector<std::int64_t>{25 * 2, 1, 3});
    CHECK(variant(work_of({8, 5, 5}, Activation{ActivationKind::relu}), logic(1)).resources ==
          Resources{.alm = 14});
    CHECK(variant(work_of({8, 5, 5}, Slice{0, 4}), logic(1)).resources == Resources{.alm = 5});
    // Of each map two positions of 2 words wait, in an MLAB.
    const LayerHardware concat = variant(work_of({4, 5, 5}, Concat{}, 2), logic(2));
    CHECK(concat.resources == Resources{.alm = 2 * 45 + 2 * 6 + 2 * 4 + 8 + 2 * 10});
    CHECK(timing(concat) == std::vector<std::int64_t>{25 * 4, 1, 3 + 4});
    // No width of 3 or more divides 4: all channels at once.
    CHECK(variant(work_of({6, 5, 5}, Concat{}, 2), logic(4)).interval == 25 * 2);
    // Two banks of two positions, each of 4 channels in a word; a lane of one passes by twos.
    const LayerHardware shuffle = variant(work_of({8, 5, 5}, Shuffle{2}), logic(4));
    CHECK(shuffle.resources == Resources{.alm = 5 + 2 * 4 * 7 + 8 + 8 * 3 + 2 * 20});
    CHECK(timing(shuffle) == std::vector<std::int64_t>{25 * 2, 1, 3 + 2});
    CHECK(variant(work_of({8, 5, 5}, Shuffle{2}), logic(1)).interval == 25 * 4);
    // Sums of 49 values of 8 bits have 14; 4 words of two of them. A division for both in turn.
    const LayerHardware mean = variant(work_of({8, 7, 7}, GlobalAveragePool{}), logic(2));
    CHECK(mean.resources == Resources{.alm = 90 + 2 * 28 + 100 + 4 + 20});
    CHECK(timing(mean) == std::vector<std::int64_t>{48 * 4 + 8, 1, 3 + 6 + 8});
    // 4 + 2 * (2 * 10 + 3) words of 4 bytes: 6 address bits.
    const LayerHardware pool =
        variant(work_of({8, 10, 10}, Pool{PoolKind::max, square(3, 1, 1), false}), logic(4));
    CHECK(pool.resources == Resources{.alm = 200 + 25 + 4 * 6 + 2 * 8 + 80 + 8, .m20k = 1});
    const LayerHardware average =
        variant(work_of({8, 10, 10}, Pool{PoolKind::average, square(3, 1, 1), false}), logic(4));
    CHECK(average.resources == Resources{.alm = 200 + 25 + 4 * 6 + 2 * 8 + 120 + 100 + 8, .m20k = 1});
    CHECK(average.depth == pool.depth + 6);
    // 16 results cannot leave one by one within 9 clocks: 2 bytes wide. 4 + 23 words.
    const LayerHardware wide =
        variant(work_of({16, 10, 10}, Pool{PoolKind::max, square(3, 1, 1), false}), logic(16));
    CHECK(wide.resources == Resources{.alm = 200 + 25 + 4 * 5 + 2 * 8 + 320 + 32 + 8 + 70});
    CHECK(timing(wide) == std::vector<std::int64_t>{100 * 9, 12, 9 + 6 + 8 + 1});
    const LayerHardware wires = variant(work_of({8, 5, 5}, Dropout{}), logic(8));
    CHECK(wires.resources == Resources{});
    CHECK(timing(wires) == std::vector<std::int64_t>{25, 0, 0});
}

TEST_CASE("a FIFO in front of a folded layer keeps the pace of its run", "[cost][folded]") {
    const auto fifo = [](const WaitingMap& map) { return Folded::delay_buffer(map, make_common()); };
    // Four bytes a clock at least: 400 and 30 words.
    CHECK(fifo({16, 100, 256, 100'000}) == Resources{.m20k = 1});
    CHECK(fifo({4, 30, 256, 100'000}) == Resources{.alm = 20});
    // 16,384 bytes within 4,096 clocks, and one less; 800 and 640 words.
    CHECK(fifo({64, 50, 256, 4096}) == memory_blocks(800, 32, make_common().streaming));
    CHECK(fifo({64, 50, 256, 4095}) == memory_blocks(640, 40, make_common().streaming));
    // Within 768: 22 bytes a clock, 146 words of 176 bits.
    CHECK(fifo({64, 50, 256, 768}) == Resources{.m20k = 5});
    // All at once.
    CHECK(fifo({64, 50, 1, 1}) == Resources{.m20k = 13});
}

TEST_CASE("a memory takes the shape that needs the fewest blocks", "[cost][folded]") {
    struct Row {
        std::int64_t words;
        std::int64_t bits;
        std::int64_t alm;
        std::int64_t m20k;
    };
    // 512 x 40, 1024 x 20, 2048 x 10, 4096 x 5, 8192 x 2, 16384 x 1; MLABs of 32 x 20 in 10 ALM, also where
    // less than 1,024 bits of each block would be used.
    const std::vector<Row> rows{
        {0, 8, 0, 0},        {8, 0, 0, 0},    {32, 20, 10, 0}, {32, 21, 20, 0},  {33, 1, 10, 0},
        {512, 40, 0, 1},     {513, 40, 0, 2}, {512, 41, 0, 2}, {1024, 20, 0, 1}, {2048, 10, 0, 1},
        {4096, 5, 0, 1},     {8192, 2, 0, 1}, {8192, 3, 0, 2}, {16384, 1, 0, 1}, {16385, 1, 0, 2},
        {1152, 1024, 0, 78}, {5000, 5, 0, 2}, {600, 60, 0, 3}, {33, 32, 0, 1},   {48, 19, 20, 0},
        {1023, 1, 20, 0},    {33, 41, 50, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.words, row.bits);
        CHECK(memory_blocks(row.words, row.bits, make_common().streaming) ==
              Resources{.alm = row.alm, .m20k = row.m20k});
    }
}

TEST_CASE("what a layer is as hardware, in words", "[cost][folded]") {
    PlatformOptions options;
    options.form = Form::folded_beside_csd;
    const Platform platform = make_platform(options);
    const Op conv = conv_op(8, 3);
    const auto words = [&](std::size_t number, std::optional<Fold> fold, const Op& op) {
        return hardware_words(platform.fpga, {number, fold}, op);
    };
    CHECK(words(0, Fold{4, 16, Multipliers::dsp, false}, conv) == "folded PE 4 x SIMD 16");
    CHECK(words(0, Fold{4, 16, Multipliers::logic, false}, conv) == "folded PE 4 x SIMD 16 in logic");
    CHECK(words(0, Fold{1, 2, Multipliers::dsp, true}, conv) == "folded PE 1 x SIMD 2, column former");
    // Nothing is multiplied.
    CHECK(words(0, Fold{8, 1, Multipliers::logic, false}, Concat{}) == "folded PE 8");
    CHECK(words(1, std::nullopt, conv) == platform.fpga.implementation(1).name);
}
