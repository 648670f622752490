// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"
#include "cleave/rtl/circuit_clocks.hpp"
#include "cleave/rtl/folded_layer.hpp"
#include "support/integer_conv.hpp"
#include "support/random.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

const Implementation& implementation(const std::string& name) {
    static const FpgaModel model =
        load_fpga_model(source_dir() + "/cost_models/cyclone10gx_10cx220.yaml").model;
    const auto found = std::find_if(model.implementations.begin(), model.implementations.end(),
                                    [&](const Implementation& one) { return one.name == name; });
    REQUIRE(found != model.implementations.end());
    return *found;
}

/// What the shipped cost model says of an operation in a fold.
LayerHardware modelled(const Op& op, const Shape& in, const Shape& out, const Fold& fold) {
    LayerWork work;
    work.op = op;
    work.inputs = {in};
    work.output = out;
    const Implementation& folded = implementation("folded");
    const std::vector<LayerHardware> all = folded.form.variants(work, folded);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const LayerHardware& hw) { return hw.choice.fold == fold; });
    REQUIRE(found != all.end());
    return *found;
}

/// With input that comes evenly, a frame an interval.
void check_model(const LayerHardware& hw, const FoldedPlan& plan) {
    constexpr std::int64_t kModelFrames = 5;
    const std::int64_t words = hw.positions * plan.passes.words;
    std::vector<std::int64_t> offered;
    for (std::int64_t word = 0; word < kModelFrames * words; ++word) {
        offered.push_back(word / words * hw.interval + word % words * hw.interval / words);
    }
    const std::vector<std::int64_t> left = departures(plan, offered);
    const auto end_of = [&](std::int64_t frame) {
        return left[static_cast<std::size_t>(frame + 1) * plan.schedule.need.size() - 1];
    };
    CHECK(end_of(kModelFrames - 1) - end_of(kModelFrames - 2) == hw.interval);
    const std::int64_t fill = (hw.fill_positions * hw.interval + hw.positions - 1) / hw.positions;
    CHECK(end_of(0) + 1 <= hw.interval + fill + hw.depth);
}

/// An operation mapped directly, alone: clocks of its circuit, whose streams carry a position a beat, and
/// those of the shipped cost model.
struct DirectClocks {
    std::int64_t circuit = 0;
    std::int64_t modelled = 0;
};

DirectClocks direct_clocks(const Op& op, const CircuitOp& made, const std::vector<Shape>& inputs,
                           const Shape& out) {
    LayerWork work;
    work.op = op;
    work.inputs = inputs;
    work.output = out;
    Circuit circuit;
    CircuitNode node{made, {out.channels, 1}, true, {}, {}, inputs.front(), out, "a layer"};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        circuit.inputs.push_back({inputs[i], 1, "in", inputs[i].channels});
        node.reads.push_back({true, i});
        node.waits.push_back(0);
    }
    circuit.nodes.push_back(std::move(node));
    circuit.outputs.push_back({{out, 1, "out", out.channels}, {false, 0}});
    const Implementation& csd = implementation("dhm-csd");
    const LayerHardware hw = csd.form.variants(work, csd).front();
    return {frame_clocks(circuit, 1).single, hw.interval - 1 + hw.fill_positions + hw.depth};
}

}  // namespace

TEST_CASE("layers mapped directly take no longer than the cost model says", "[rtl][model]") {
    std::size_t convolutions = 0;
    for (std::uint32_t seed = 1; seed <= 1000 / kFewer; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        FoldedCase c = random_folded_case(random, 12);
        const Window& w = c.conv.window;
        CAPTURE(describe(c));
        // Others have no circuit, or need more than the half of a window that the model waits for.
        if (2 * std::max(w.pad_top, w.pad_bottom) > w.extent_h() - 1 ||
            2 * std::max(w.pad_left, w.pad_right) > w.extent_w() - 1) {
            continue;
        }
        ++convolutions;
        c.conv.result_bytes = 1;
        Conv op;
        op.window = w;
        op.filters = c.conv.out.channels;
        op.groups = c.conv.groups;
        const DirectClocks conv = direct_clocks(op, c.conv, {c.conv.in}, c.conv.out);
        CHECK(conv.circuit <= conv.modelled);
        const Shape in = c.conv.in;
        const Shape pooled{in.channels, c.conv.out.height, c.conv.out.width};
        const DirectClocks largest =
            direct_clocks(Pool{PoolKind::max, w, false}, MaxPool{w, in, pooled}, {in}, pooled);
        CHECK(largest.circuit <= largest.modelled);
        const DirectClocks average =
            direct_clocks(Pool{PoolKind::average, w, false}, AveragePool{w, in, pooled}, {in}, pooled);
        CHECK(average.circuit <= average.modelled);
        const Shape single{in.channels, 1, 1};
        const DirectClocks mean =
            direct_clocks(GlobalAveragePool{}, StreamMean{in.positions()}, {in}, single);
        CHECK(mean.circuit <= mean.modelled);
        const Shape joined{2 * in.channels, in.height, in.width};
        const DirectClocks concat =
            direct_clocks(Concat{}, StreamConcat{{in.channels, in.channels}, {0, 0}}, {in, in}, joined);
        CHECK(concat.circuit <= concat.modelled);
        const DirectClocks sum = direct_clocks(Add{}, StreamSum{{0, 0}}, {in, in}, in);
        CHECK(sum.circuit <= sum.modelled);
    }
    CHECK(convolutions > 200 / kFewer);
}

TEST_CASE("a layer mapped directly takes exactly what the cost model says", "[rtl][model]") {
    IntegerConv conv;
    conv.window.kernel_h = conv.window.kernel_w = 3;
    conv.window.pad_top = conv.window.pad_left = conv.window.pad_bottom = conv.window.pad_right = 1;
    conv.in = {5, 9, 7};
    conv.out = {2, 9, 7};
    conv.weights.assign(2 * 5 * 9, 3);
    Conv op;
    op.window = conv.window;
    op.filters = 2;
    const DirectClocks clocks = direct_clocks(op, conv, {conv.in}, conv.out);
    // All positions, a row and one more, 3 stages of the window, 3 beside sums, and sums of 45.
    CHECK(clocks.circuit == 9 * 7 - 1 + 7 + 1 + 6 + 6);
    CHECK(clocks.modelled == clocks.circuit);
}

TEST_CASE("folded circuits keep the pace and the time of the cost model", "[rtl][folded][model]") {
    for (std::uint32_t seed = 1; seed <= 3000 / kFewer; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 20);
        CAPTURE(describe(c));
        Conv op;
        op.window = c.conv.window;
        op.filters = c.conv.out.channels;
        op.groups = c.conv.groups;
        check_model(modelled(op, c.conv.in, c.conv.out, c.fold), plan_folded(c.conv, c.fold));
        const PoolCase p = random_pool_case(random, 20);
        check_model(modelled(Pool{PoolKind::max, p.pool.window, false}, p.pool.in, p.pool.out,
                             {p.pe, 1, Multipliers::logic, false}),
                    plan_pool(p.pool, p.pe));
    }
}
