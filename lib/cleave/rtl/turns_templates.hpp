// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Parts of the module of what takes turns, to fill_in(). Widths are ranges ("[7:0]"), constants sized;
/// `%ring_1%` is a 1 as wide as `%ring%`.
namespace cleave::turns_templates {

inline constexpr std::string_view kControl =
    R"(// %kind%, window %kernel%, stride %stride%, dilation %dilation%, padding %padding%
// %note%
// maps:    %in_shape% -> %out_shape%, 8 bits
// fold:    PE %pe% x SIMD %simd%: %clocks% clocks an output position, in passes of %length%
// result:  %result%
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

inline constexpr std::string_view kOperand = R"(
    // The memory, its output register, and what is computed with.
    reg %in% ring_out, ring_read, operand;
    always @(posedge clk) begin
        ring_out <= ring[word_at];
        ring_read <= ring_out;
        operand <= %masked%;
    end
)";

inline constexpr std::string_view kFlags = R"(
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
)";

inline constexpr std::string_view kLeaving = R"(
    // What a pass gave, on its way out while the next one is computed.
    reg [%all% - 1:0] leaving;
    reg pass_done;
    reg %left% left;
    wire leave = left != %left_0%;
    always @(posedge clk) begin
        pass_done <= is_last[%pipe%] & ~rst;
        if (pass_done) begin
            leaving <= %results%;
            left <= %left_beats%;
        end else if (leave) begin
            leaving <= leaving >> %leave%;
            left <= left - %left_1%;
        end
        if (rst) left <= %left_0%;
    end
)";

inline constexpr std::string_view kQueue = R"(
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

}  // namespace cleave::turns_templates
