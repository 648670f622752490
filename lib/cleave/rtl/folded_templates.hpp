// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Parts of the module that a folded convolution becomes, to fill_in(). Widths are ranges ("[7:0]"),
/// constants sized; `%ring_1%` is a 1 as wide as `%ring%`.
namespace cleave::folded_templates {

inline constexpr std::string_view kControl =
    R"(// %kind%, %kernel%, stride %stride%, dilation %dilation%, padding %padding%
// layer:   %note%
// maps:    %in_shape% -> %out_shape%, 8 bits
// fold:    PE %pe% x SIMD %simd%: %clocks% clocks an output position, in passes of %length%
// result:  (sum + bias) / 2^%shift%, halves to even, limited to %low% to %high%
module %name% (
    input  wire %in% s_data,
    input  wire s_valid,
    output reg  s_ready,
    output wire %out% m_data,
    output wire m_valid,
    input  wire m_ready,
    input  wire clk,
    input  wire rst
);
    // Input memory, a ring of words. `held`: words in it, less those that were freed before they came.
    reg %in% ring [0:%depth% - 1];
    reg %in% write_word;
    reg %ring% write_at, write_next;
    reg write_now, free_now;
    reg signed %held% held, free_step;
    wire accept = s_valid & s_ready;
    wire signed %held% held_next = held + (accept ? %held_1% : %held_0%) - (free_now ? free_step : %held_0%);
    always @(posedge clk) begin
        write_now <= accept;
        write_word <= s_data;
        write_at <= write_next;
        if (accept) write_next <= (write_next == %ring_last%) ? %ring_0% : write_next + %ring_1%;
        held <= held_next;
        s_ready <= held_next < %held_depth%;
        if (rst) begin
            write_now <= 1'b0;
            write_next <= %ring_0%;
            held <= %held_0%;
            s_ready <= 1'b0;
        end
    end
    always @(posedge clk) if (write_now) ring[write_at] <= write_word;

    // A pass begins if all that it gives has room in the output queue, the first one of a position if its window
    // is there. `lead`: words that came, less those that the next position needs.
    reg %room% room;
    reg signed %lead% lead, need_step;
    reg active, unfinished, primed;
    reg %step% step;
    reg %pass% pass;
    wire pop = m_valid & m_ready;
    wire pass_end = active & (step == %step_last%);
    wire position_end = pass_end & (pass == %pass_last%);
    wire more = unfinished & ~position_end;
    wire begin_pass = (~active | pass_end) & (room >= %room_beats%) & (more | ~lead[%lead_sign%]);
    wire begin_position = begin_pass & ~more;
    always @(posedge clk) begin
        lead <= lead + (accept ? %lead_1% : %lead_0%) - (begin_position ? need_step : %lead_0%);
        room <= room + (pop ? %room_1% : %room_0%) - (begin_pass ? %room_beats% : %room_0%);
        unfinished <= begin_position | more;
        active <= begin_pass | (active & ~pass_end);
        step <= (active & ~pass_end) ? step + %step_1% : %step_0%;
        if (begin_position) pass <= %pass_0%;
        else if (begin_pass) pass <= pass + %pass_1%;
        if (rst) begin
            lead <= %lead_start%;
            room <= %room_all%;
            unfinished <= 1'b0;
            active <= 1'b0;
        end
    end

    // (y, x): the output position whose steps are looked up next, one ahead of that which begins next.
    // (y_now, x_now): the one being computed.
    reg %y% y, y_now;
    reg %x% x, x_now;
    wire look_up = begin_position | ~primed;
    always @(posedge clk) begin
        primed <= ~rst;
        if (look_up) begin
            x <= (x == %x_last%) ? %x_0% : x + %x_1%;
            if (x == %x_last%) y <= (y == %y_last%) ? %y_0% : y + %y_1%;
        end
        if (begin_position) begin
            x_now <= (x_now == %x_last%) ? %x_0% : x_now + %x_1%;
            if (x_now == %x_last%) y_now <= (y_now == %y_last%) ? %y_0% : y_now + %y_1%;
        end
        free_now <= position_end;
        if (rst) begin
            x <= %x_0%;
            y <= %y_0%;
            x_now <= %x_last%;
            y_now <= %y_last%;
            free_now <= 1'b0;
        end
    end
    // Words that the next position needs in addition, and how far its window is from this one's.
    reg %ring% origin_step;
    always @(posedge clk)
        if (look_up) begin
%need_cases%%origin_cases%        end
    // Words that no later position reads.
    always @(posedge clk)
        if (position_end) begin
%free_cases%        end
)";

inline constexpr std::string_view kAddresses = R"(
    // Addresses in the ring: of the next position's window, of the next pass and of the next word. Sums are made
    // with and without the ring's length taken off, and the sign chooses.
    reg %ring% origin, pass_origin, word_at;
    reg %word% word;
    reg %column% column;
    wire word_last = word == %word_last%;
    wire column_last = column == %column_last%;
    wire %ring% word_step = ~word_last ? %word_step% : column_last ? %row_step% : %column_step%;
    wire %ring% pass_from = begin_position ? origin : pass_origin;
%pass_step%    wire %sum% origin_sum = {1'b0, origin} + {1'b0, origin_step};
    wire %sum% origin_less = origin_sum - %sum_depth%;
    wire %sum% pass_sum = {1'b0, pass_from} + {1'b0, pass_step};
    wire %sum% pass_less = pass_sum - %sum_depth%;
    wire %sum% word_sum = {1'b0, word_at} + {1'b0, word_step};
    wire %sum% word_less = word_sum - %sum_depth%;
    always @(posedge clk) begin
        if (begin_position) origin <= origin_less[%sum_sign%] ? origin_sum%ring% : origin_less%ring%;
        if (begin_pass) pass_origin <= pass_less[%sum_sign%] ? pass_sum%ring% : pass_less%ring%;
        word_at <= begin_pass ? pass_from : word_less[%sum_sign%] ? word_sum%ring% : word_less%ring%;
        word <= (begin_pass | word_last) ? %word_0% : word + %word_1%;
        if (begin_pass) column <= %column_0%;
        else if (word_last) column <= column_last ? %column_0% : column + %column_1%;
        if (rst) origin <= %origin_start%;
    end
)";

inline constexpr std::string_view kMask = R"(
    // Whether the tap lies on the map: in the padding there are zeros.
    reg signed %row_at% top, tap_top, row_at;
    reg signed %column_at% first, tap_first, column_at;
    reg on_map;
    always @(posedge clk) begin
        if (begin_position) begin
            first <= (x_now == %x_last%) ? %first_start% : first + %first_step%;
            if (x_now == %x_last%) top <= (y_now == %y_last%) ? %top_start% : top + %top_step%;
        end
        if (begin_pass) begin
            tap_first <= %first_0%;
            tap_top <= %top_0%;
        end else if (word_last) begin
            tap_first <= column_last ? %first_0% : tap_first + %first_dilation%;
            if (column_last) tap_top <= tap_top + %top_dilation%;
        end
        row_at <= top + tap_top;
        column_at <= first + tap_first;
        on_map <= ~row_at[%row_sign%] & (row_at < %rows%) & ~column_at[%column_sign%] & (column_at < %columns%);
        if (rst) begin
            first <= %first_start%;
            top <= %top_start%;
        end
    end
)";

inline constexpr std::string_view kPipe = R"(
    // Memories, their output registers, operands.
    reg %in% ring_out, ring_read, operand;
    reg %weights% weights [0:%clocks% - 1];
    reg %weights% weight_out, weight_read, weight;
    reg %weight_at% weight_at;
    initial $readmemh("%weights_file%", weights);
    always @(posedge clk) begin
        if (active) weight_at <= position_end ? %weight_at_0% : weight_at + %weight_at_1%;
        if (rst) weight_at <= %weight_at_0%;
    end
    always @(posedge clk) begin
        ring_out <= ring[word_at];
        ring_read <= ring_out;
        operand <= %masked%;
        weight_out <= weights[weight_at];
        weight_read <= weight_out;
        weight <= weight_read;
    end

    // Products.
    genvar p, i;
    reg [%products% - 1:0] products;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : pe
            for (i = 0; i < %simd%; i = i + 1) begin : lane
                wire signed [7:0] a = operand[%operand_byte% * 8 +: 8];
                wire signed [7:0] w = weight[(p * %simd% + i) * 8 +: 8];
%product%            end
        end
    endgenerate
)";

/// Radix 4 of the weight: digits 0 to 3, the highest -2 to 1.
inline constexpr std::string_view kLogicProduct = R"(                wire signed [9:0] a2 = {a[7], a, 1'b0};
                wire signed [9:0] a3 = a2 + $signed({{2{a[7]}}, a});
                wire signed [9:0] d0 = w[1] ? (w[0] ? a3 : a2) : w[0] ? {{2{a[7]}}, a} : 10'sd0;
                wire signed [9:0] d1 = w[3] ? (w[2] ? a3 : a2) : w[2] ? {{2{a[7]}}, a} : 10'sd0;
                wire signed [9:0] d2 = w[5] ? (w[4] ? a3 : a2) : w[4] ? {{2{a[7]}}, a} : 10'sd0;
                wire signed [9:0] d3 = w[7] ? (w[6] ? -{{2{a[7]}}, a} : -a2) : w[6] ? {{2{a[7]}}, a} : 10'sd0;
                wire signed [12:0] low = $signed({{3{d0[9]}}, d0}) + $signed({d1[9], d1, 2'b0});
                wire signed [11:0] high = $signed({{2{d2[9]}}, d2}) + $signed({d3, 2'b0});
                always @(posedge clk)
                    products[(p * %simd% + i) * 16 +: 16] <= {{3{low[12]}}, low} + {high, 4'b0};
)";

inline constexpr std::string_view kDspProduct =
    R"(                (* multstyle = "dsp", use_dsp = "yes" *) wire signed [15:0] product;
                assign product = a * w;
                always @(posedge clk) products[(p * %simd% + i) * 16 +: 16] <= product;
)";

inline constexpr std::string_view kTreeLevel = R"(    reg [%all% - 1:0] %to%;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : %to%_pe
            for (i = 0; i < %pairs%; i = i + 1) begin : pair
                wire signed [%bits_in% - 1:0] a = %from%[(p * %count% + 2 * i) * %bits_in% +: %bits_in%];
                wire signed [%bits_in% - 1:0] b = %from%[(p * %count% + 2 * i + 1) * %bits_in% +: %bits_in%];
                always @(posedge clk)
                    %to%[(p * %sums% + i) * %bits% +: %bits%] <= {a[%bits_in% - 1], a} + {b[%bits_in% - 1], b};
            end
%odd%        end
    endgenerate
)";

inline constexpr std::string_view kTreeOdd =
    R"(            wire signed [%bits_in% - 1:0] odd = %from%[(p * %count% + %count% - 1) * %bits_in% +: %bits_in%];
            always @(posedge clk) %to%[(p * %sums% + %sums% - 1) * %bits% +: %bits%] <= {odd[%bits_in% - 1], odd};
)";

inline constexpr std::string_view kResults = R"(
    // What each clock of a pass is, along the pipe.
    reg [%pipe%:0] is_active, is_first, is_last;
    always @(posedge clk) begin
        is_active <= {is_active[%pipe% - 1:0], active};
        is_first <= {is_first[%pipe% - 1:0], step == %step_0%};
        is_last <= {is_last[%pipe% - 1:0], pass_end};
        if (rst) begin
            is_active <= %pipe_0%;
            is_last <= %pipe_0%;
        end
    end

    // Sums of a pass, and on their way out while the next ones are made.
    reg [%sums% - 1:0] sums, leaving;
    reg sums_done;
    reg %left% left;
    wire leave = left != %left_0%;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : accumulate
            wire signed [%term_bits% - 1:0] narrow = %terms%[p * %term_bits% +: %term_bits%];
            wire signed [%acc% - 1:0] term = %widened%;
            wire signed [%acc% - 1:0] sum = sums[p * %acc% +: %acc%];
            always @(posedge clk)
                if (is_active[%pipe%]) sums[p * %acc% +: %acc%] <= is_first[%pipe%] ? term : sum + term;
        end
    endgenerate
    always @(posedge clk) begin
        sums_done <= is_last[%pipe%] & ~rst;
        if (sums_done) begin
            leaving <= sums;
            left <= %left_beats%;
        end else if (leave) begin
            leaving <= leaving >> %leave%;
            left <= left - %left_1%;
        end
        if (rst) left <= %left_0%;
    end

    // Bias, read one ahead.
    reg [%leave% - 1:0] biases [0:%beats% - 1];
    reg [%leave% - 1:0] bias;
    reg %beat% beat;
    wire %beat% beat_next = ~leave ? beat : (beat == %beat_last%) ? %beat_0% : beat + %beat_1%;
    initial $readmemh("%bias_file%", biases);
    always @(posedge clk) begin
        beat <= rst ? %beat_0% : beat_next;
        bias <= biases[beat_next];
    end

    // Rounds halves to even, limits.
    reg %out% result;
    reg biased_valid, result_valid;
    always @(posedge clk) begin
        biased_valid <= leave & ~rst;
        result_valid <= biased_valid & ~rst;
    end
    generate
        for (p = 0; p < %output_bytes%; p = p + 1) begin : finish
            wire signed [%acc% - 1:0] sum = leaving[p * %acc% +: %acc%];
            wire signed [%acc% - 1:0] offset = bias[p * %acc% +: %acc%];
            reg signed [%acc% - 1:0] biased;
            always @(posedge clk) biased <= sum + offset;
%round%            always @(posedge clk)
                result[p * 8 +: 8] <= (scaled < %scaled_low%) ? %low_byte% : (scaled > %scaled_high%) ? %high_byte% : scaled[7:0];
        end
    endgenerate

    // Output queue.
    reg %out% queue [0:%queue% - 1];
    reg %place% queue_in, queue_out;
    reg %room% queued;
    assign m_valid = queued != %room_0%;
    assign m_data = queue[queue_out];
    always @(posedge clk) if (result_valid) queue[queue_in] <= result;
    always @(posedge clk) begin
        if (result_valid) queue_in <= queue_in + %place_1%;
        if (pop) queue_out <= queue_out + %place_1%;
        queued <= queued + (result_valid ? %room_1% : %room_0%) - (pop ? %room_1% : %room_0%);
        if (rst) begin
            queue_in <= %place_0%;
            queue_out <= %place_0%;
            queued <= %room_0%;
        end
    end
endmodule
)";

}  // namespace cleave::folded_templates
