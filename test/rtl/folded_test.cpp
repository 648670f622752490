// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_verilog.hpp"
#include "cleave/rtl/pool_verilog.hpp"
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
    const FoldedModule module = folded_module("layer", "layer", {"a */ `layer\n\\"}, c.conv, plan);
    return {"layer",
            {{"layer.v", module.verilog}, {"layer_w.hex", module.weights}, {"layer_b.hex", module.biases}},
            plan.passes.word_bytes,
            plan.passes.output,
            c.frames,
            static_cast<std::size_t>(2 * c.conv.out.elements()),
            {}};
}

Bench bench_of(const PoolCase& c, const FoldedPlan& plan) {
    return {"pool",
            {{"pool.v", pool_module("pool", {"a pool"}, c.pool, plan)}},
            plan.passes.word_bytes,
            plan.passes.output,
            c.frames,
            static_cast<std::size_t>(2 * c.pool.out.elements()),
            {}};
}

/// Two frames, without stalls and with.
template <class Layer>
void check_circuit(Bench bench, const Layer& layer, const FoldedPlan& plan, std::uint32_t seed) {
    std::vector<std::int8_t> expected;
    for (std::size_t frame = 0; frame < 2; ++frame) {
        const auto one = compute(layer, bench.input.data() + frame * bench.input.size() / 2);
        expected.insert(expected.end(), one.begin(), one.end());
    }
    const BenchResult steady = simulate(bench);
    REQUIRE(steady.output == expected);
    std::vector<std::int64_t> last_beats;
    const auto beats = static_cast<std::size_t>(plan.passes.count * plan.output_beats());
    for (std::size_t i = beats - 1; i < steady.clocks.size(); i += beats) {
        last_beats.push_back(steady.clocks[i]);
    }
    std::vector<std::int64_t> offered(bench.input.size() / static_cast<std::size_t>(plan.passes.word_bytes));
    std::iota(offered.begin(), offered.end(), 0);
    CHECK(last_beats == departures(plan, offered));
    bench.stalls = seed;
    REQUIRE(simulate(bench).output == expected);
}

}  // namespace

TEST_CASE("a folded layer computes the fixed-point reference, in the clocks that are predicted",
          "[rtl][folded]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 150 / kFewer; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 6);
        CAPTURE(describe(c));
        const FoldedPlan plan = plan_folded(c.conv, c.fold);
        check_circuit(bench_of(c, plan), c.conv, plan, seed);
    }
}

TEST_CASE("a folded pool computes the largest, in the clocks that are predicted", "[rtl][folded]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 60 / kFewer; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const PoolCase c = random_pool_case(random, 6);
        const FoldedPlan plan = plan_pool(c.pool, c.pe);
        check_circuit(bench_of(c, plan), c.pool, plan, seed);
    }
}

TEST_CASE("Verilator has nothing to say about folded layers", "[rtl][folded][lint]") {
    if (!has_verilator()) {
        skip_case("verilator is not installed");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 15; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const FoldedCase c = random_folded_case(random, 6);
        CAPTURE(describe(c));
        CHECK(lint(bench_of(c, plan_folded(c.conv, c.fold))) == "");
        const PoolCase p = random_pool_case(random, 6);
        CHECK(lint(bench_of(p, plan_pool(p.pool, p.pe))) == "");
    }
}

TEST_CASE("what a user wrote cannot leave its comment", "[rtl][comment]") {
    CHECK(comment_text("conv1/3x3") == "conv1/3x3");
    CHECK(comment_text("a);endmodule//") == "a);endmodule//");
    CHECK(comment_text("`include \"x\"\n$finish;\\") == "?include \"x\"?$finish;?");
    CHECK(comment_text("\xc3\xa9 \x7f") == "?? ?");
}
