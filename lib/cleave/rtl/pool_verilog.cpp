// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/pool_verilog.hpp"

#include "cleave/rtl/turns_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

constexpr std::string_view kLargest = R"(
    // The largest of a pass.
    reg %in% largest;
    genvar p;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : channel
            wire signed [7:0] now = operand[p * 8 +: 8];
            wire signed [7:0] best = largest[p * 8 +: 8];
            always @(posedge clk)
                if (is_active[2] & (is_first[2] | (now > best))) largest[p * 8 +: 8] <= now;
        end
    endgenerate
)";

constexpr std::string_view kResult = R"(    wire %out% result = leaving%out%;
    wire result_valid = leave;
)";

}  // namespace

std::string pool_module(const std::string& name, const std::string& note, const MaxPool& pool,
                        const FoldedPlan& plan) {
    const Turns turns{pool.window, pool.in, pool.out, 1, 1, "maximum pool", note, "the largest"};
    // The operand is three clocks behind its address.
    constexpr std::int64_t kLast = 2;
    return reading_text(name, turns, plan, fmt::format("{{{}{{8'h80}}}}", plan.passes.word_bytes)) +
           flags_text(plan, kLast) +
           fill_in(kLargest, {{"in", range(8 * plan.passes.word_bytes)}, {"pe", plan.fold.pe}}) +
           leaving_text(plan, kLast, "largest", 8) +
           fill_in(kResult, {{"out", range(8 * plan.passes.output)}}) + queue_text(plan);
}

}  // namespace cleave
