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

const Implementation& folded() {
    static const FpgaModel model =
        load_fpga_model(source_dir() + "/cost_models/cyclone10gx_10cx220.yaml").model;
    const auto found = std::find_if(model.implementations.begin(), model.implementations.end(),
                                    [](const Implementation& one) { return one.name == "folded"; });
    REQUIRE(found != model.implementations.end());
    return *found;
}

/// What the shipped cost model says of an operation in a fold.
LayerHardware modelled(const Op& op, const Shape& in, const Shape& out, const Fold& fold) {
    LayerWork work;
    work.op = op;
    work.inputs = {in};
    work.output = out;
    const std::vector<LayerHardware> all = folded().form.variants(work, folded());
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const LayerHardware& hw) { return hw.choice.fold == fold; });
    REQUIRE(found != all.end());
    return *found;
}

/// With input that comes evenly, a frame an interval.
void check_model(const LayerHardware& hw, const FoldedPlan& plan) {
    constexpr std::int64_t kFrames = 5;
    const std::int64_t words = hw.positions * plan.passes.words;
    std::vector<std::int64_t> offered;
    for (std::int64_t word = 0; word < kFrames * words; ++word) {
        offered.push_back(word / words * hw.interval + word % words * hw.interval / words);
    }
    const std::vector<std::int64_t> left = departures(plan, offered);
    const auto end_of = [&](std::int64_t frame) {
        return left[static_cast<std::size_t>(frame + 1) * plan.schedule.need.size() - 1];
    };
    CHECK(end_of(kFrames - 1) - end_of(kFrames - 2) == hw.interval);
    const std::int64_t fill = (hw.fill_positions * hw.interval + hw.positions - 1) / hw.positions;
    CHECK(end_of(0) + 1 <= hw.interval + fill + hw.depth);
}

}  // namespace

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
