// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/pool_verilog.hpp"

#include "cleave/rtl/turns_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

constexpr std::string_view kPoolPipe = R"(
    // Memory, its output register, operands: in the padding the least there is.
    reg %in% ring_out, ring_read, operand;
    always @(posedge clk) begin
        ring_out <= ring[word_at];
        ring_read <= ring_out;
        operand <= %masked%;
    end

    // What each clock of a pass is, along the pipe.
    reg [2:0] is_active, is_first, is_last;
    always @(posedge clk) begin
        is_active <= {is_active[1:0], active};
        is_first <= {is_first[1:0], step == %step_0%};
        is_last <= {is_last[1:0], pass_end};
        if (rst) begin
            is_active <= 3'd0;
            is_last <= 3'd0;
        end
    end

    // The largest of a pass, and on their way out while the next ones are found.
    reg %in% largest, leaving;
    reg largest_done;
    reg %left% left;
    wire leave = left != %left_0%;
    genvar p;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : channel
            wire signed [7:0] now = operand[p * 8 +: 8];
            wire signed [7:0] best = largest[p * 8 +: 8];
            always @(posedge clk)
                if (is_active[2] & (is_first[2] | (now > best))) largest[p * 8 +: 8] <= now;
        end
    endgenerate
    always @(posedge clk) begin
        largest_done <= is_last[2] & ~rst;
        if (largest_done) begin
            leaving <= largest;
            left <= %left_beats%;
        end else if (leave) begin
            leaving <= leaving >> %leave%;
            left <= left - %left_1%;
        end
        if (rst) left <= %left_0%;
    end
    wire %out% result = leaving%out%;
    wire result_valid = leave;
)";

}  // namespace

std::string pool_module(const std::string& name, const std::string& note, const MaxPool& pool,
                        const FoldedPlan& plan) {
    const Turns turns{pool.window, pool.in, pool.out, 1, 1, "maximum pool", note, "the largest"};
    const bool masked = pads(turns);
    const std::int64_t in_bits = 8 * plan.word_bytes;
    const std::int64_t left = unsigned_bits(plan.output_beats);
    std::string text = control_text(name, turns, plan) + address_text(turns, plan);
    if (masked) {
        text += mask_text(turns);
    }
    text += fill_in(kPoolPipe,
                    {{"in", range(in_bits)},
                     {"out", range(8 * plan.output_bytes)},
                     {"masked", masked ? fmt::format("on_map ? ring_read : {{{}{{8'h80}}}}", plan.word_bytes)
                                       : "ring_read"},
                     {"step_0", unsigned_constant(unsigned_bits(plan.length - 1), 0)},
                     {"pe", plan.fold.pe},
                     {"left", range(left)},
                     {"left_0", unsigned_constant(left, 0)},
                     {"left_1", unsigned_constant(left, 1)},
                     {"left_beats", unsigned_constant(left, plan.output_beats)},
                     {"leave", 8 * plan.output_bytes}});
    return text + queue_text(plan);
}

}  // namespace cleave
