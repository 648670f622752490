// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"
#include "support/integer_conv.hpp"
#include "support/random.hpp"
#include "support/skip.hpp"
#include "support/verilog_bench.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Bench bench_of(const FoldedCase& c, const FoldedPlan& plan) {
    const FoldedModule module = folded_module("layer", "layer", "a */ `layer\n\\", c.conv, plan);
    return {"layer",
            {{"layer.v", module.verilog}, {"layer_w.hex", module.weights}, {"layer_b.hex", module.biases}},
            plan.word_bytes,
            plan.output_bytes,
            c.frames,
            static_cast<std::size_t>(2 * c.conv.out.elements()),
            {}};
}

}  // namespace

TEST_CASE("a folded layer computes the fixed-point reference, in the clocks that are predicted",
          "[rtl][folded]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 6);
        CAPTURE(describe(c));
        const FoldedPlan plan = plan_folded(c.conv, c.fold);
        std::vector<std::int8_t> expected;
        for (std::size_t frame = 0; frame < 2; ++frame) {
            const auto one = compute(c.conv, c.frames.data() + frame * c.frames.size() / 2);
            expected.insert(expected.end(), one.begin(), one.end());
        }
        Bench bench = bench_of(c, plan);
        const BenchResult steady = simulate(bench);
        REQUIRE(steady.output == expected);
        std::vector<std::int64_t> last_beats;
        const auto beats = static_cast<std::size_t>(plan.passes * plan.output_beats);
        for (std::size_t i = beats - 1; i < steady.clocks.size(); i += beats) {
            last_beats.push_back(steady.clocks[i]);
        }
        std::vector<std::int64_t> offered(c.frames.size() / static_cast<std::size_t>(plan.word_bytes));
        std::iota(offered.begin(), offered.end(), 0);
        CHECK(last_beats == folded_timing(plan, offered).left);
        bench.stalls = seed;
        REQUIRE(simulate(bench).output == expected);
    }
}

TEST_CASE("Verilator has nothing to say about a folded layer", "[rtl][folded][lint]") {
    if (!has_verilator()) {
        skip_case("verilator is not installed");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 6);
        CAPTURE(describe(c));
        CHECK(lint(bench_of(c, plan_folded(c.conv, c.fold))) == "");
    }
}

TEST_CASE("what a user wrote cannot leave its comment", "[rtl][comment]") {
    CHECK(comment_text("conv1/3x3") == "conv1/3x3");
    CHECK(comment_text("a);endmodule//") == "a);endmodule//");
    CHECK(comment_text("`include \"x\"\n$finish;\\") == "?include \"x\"?$finish;?");
    CHECK(comment_text("\xc3\xa9 \x7f") == "?? ?");
}
