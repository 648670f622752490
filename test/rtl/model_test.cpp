// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"
#include "cleave/rtl/folded_layer.hpp"
#include "support/integer_conv.hpp"
#include "support/random.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// What the shipped cost model says of the layer in that fold.
LayerHardware modelled(const Implementation& folded, const FoldedCase& c) {
    const IntegerConv& conv = c.conv;
    Conv op;
    op.window = conv.window;
    op.filters = conv.out.channels;
    op.groups = conv.groups;
    LayerWork work;
    work.op = op;
    work.inputs = {conv.in};
    work.output = conv.out;
    const std::vector<LayerHardware> all = folded.form.variants(work, folded);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const LayerHardware& hw) { return hw.choice.fold == c.fold; });
    REQUIRE(found != all.end());
    return *found;
}

}  // namespace

TEST_CASE("a folded circuit keeps the pace, the time and the memory of the cost model",
          "[rtl][folded][model]") {
    const FpgaModel model = load_fpga_model(source_dir() + "/cost_models/cyclone10gx_10cx220.yaml").model;
    const auto folded = std::find_if(model.implementations.begin(), model.implementations.end(),
                                     [](const Implementation& one) { return one.name == "folded"; });
    REQUIRE(folded != model.implementations.end());
    constexpr std::int64_t kFrames = 5;
    for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 20);
        CAPTURE(describe(c));
        const LayerHardware hw = modelled(*folded, c);
        const FoldedPlan plan = plan_folded(c.conv, c.fold);
        // The input comes evenly, a frame an interval.
        const std::int64_t words = c.conv.in.positions() * plan.words;
        std::vector<std::int64_t> offered;
        for (std::int64_t word = 0; word < kFrames * words; ++word) {
            offered.push_back(word / words * hw.interval + word % words * hw.interval / words);
        }
        const FoldedTiming timing = folded_timing(plan, offered);
        const auto end_of = [&](std::int64_t frame) {
            return timing.left[static_cast<std::size_t>((frame + 1) * c.conv.out.positions() - 1)];
        };
        CHECK(end_of(kFrames - 1) - end_of(kFrames - 2) == hw.interval);
        const std::int64_t fill = (hw.fill_positions * hw.interval + hw.positions - 1) / hw.positions;
        CHECK(end_of(0) + 1 <= hw.interval + fill + hw.depth);
    }
}
