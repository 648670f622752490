// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Modules of streams, to fill_in(). Widths are ranges ("[7:0]"), constants sized.
namespace cleave::stream_templates {

inline constexpr std::string_view kHead = R"(// %what%
module %name% (
%inputs%%outputs%    input  wire clk,
    input  wire rst
);
)";

inline constexpr std::string_view kConverter =
    R"(    // Numbers wait in `held`, the first lowest; `count` says how many times %unit% bytes.
    reg %held% held;
    reg %count% count;
    wire take = s_valid & s_ready;
    wire give = m_valid & m_ready;
    wire %in% come = %come%;
    wire %count% left = give ? count - %count_give% : count;
    wire %held% kept = give ? %after% : held;
    wire %shift% shift = {%shift_fill%, left} * %shift_unit%;
    wire %held% placed = {%pad%, come} << shift;
    assign s_ready = count <= %count_wait%;
    assign m_valid = count >= %count_give%;
    assign m_data = %leave%;
    always @(posedge clk) begin
        held <= take ? kept | placed : kept;
        count <= take ? left + %count_in% : left;
        if (rst) begin
            held <= %held_0%;
            count <= %count_0%;
        end
    end
endmodule
)";

inline constexpr std::string_view kGather = R"(    // Each beat has its slot, the first the lowest.
    reg %held% held;
    reg %slot% slot;
    reg whole;
    wire take = s_valid & s_ready;
    wire slot_last = slot == %slot_last%;
    assign s_ready = ~whole | m_ready;
    assign m_valid = whole;
    assign m_data = held;
    always @(posedge clk) begin
%fills%    end
    always @(posedge clk) begin
        if (take) slot <= slot_last ? %slot_0% : slot + %slot_1%;
        whole <= (take & slot_last) | (whole & ~m_ready);
        if (rst) begin
            slot <= %slot_0%;
            whole <= 1'b0;
        end
    end
endmodule
)";

inline constexpr std::string_view kDeal = R"(    // The lowest leaves first.
    reg %held% held;
    reg %left% left;
    wire take = s_valid & s_ready;
    wire give = m_valid & m_ready;
    assign s_ready = (left == %left_0%) | ((left == %left_1%) & m_ready);
    assign m_valid = left != %left_0%;
    assign m_data = held%out%;
    always @(posedge clk) begin
        if (take) held <= s_data;
        else if (give) held <= held >> %out_bits%;
        if (take) left <= %turns%;
        else if (give) left <= left - %left_1%;
        if (rst) left <= %left_0%;
    end
endmodule
)";

inline constexpr std::string_view kFifo = R"(    reg %data% words [0:%words% - 1];
    reg %data% out;
    reg out_valid;
    reg %place% in_at, out_at;
    reg %count% count;
    wire take = s_valid & s_ready;
    wire load = (count != %count_0%) & (~out_valid | m_ready);
    assign s_ready = count != %count_all%;
    assign m_valid = out_valid;
    assign m_data = out;
    always @(posedge clk) if (take) words[in_at] <= s_data;
    always @(posedge clk) if (load) out <= words[out_at];
    always @(posedge clk) begin
        if (take) in_at <= (in_at == %place_last%) ? %place_0% : in_at + %place_1%;
        if (load) out_at <= (out_at == %place_last%) ? %place_0% : out_at + %place_1%;
        count <= count + (take ? %count_1% : %count_0%) - (load ? %count_1% : %count_0%);
        out_valid <= load | (out_valid & ~m_ready);
        if (rst) begin
            in_at <= %place_0%;
            out_at <= %place_0%;
            count <= %count_0%;
            out_valid <= 1'b0;
        end
    end
endmodule
)";

/// What holds one result until it is taken.
inline constexpr std::string_view kRegister = R"(    reg %data% out;
    reg out_valid;
    wire go = ~out_valid | m_ready;
    wire come = %come%;
    assign m_valid = out_valid;
    assign m_data = out;
    always @(posedge clk) begin
        if (go) out_valid <= come;
        if (go & come) out <= result;
        if (rst) out_valid <= 1'b0;
    end
)";

inline constexpr std::string_view kSumLane = R"(    generate
        for (p = 0; p < %bytes%; p = p + 1) begin : channel
%terms%            wire signed %wide% sum = %sum%;
%scaled%            assign result[p * 8 +: 8] = %limited%;
        end
    endgenerate
)";

inline constexpr std::string_view kSlice = R"(    reg %beat% beat;
    wire wanted = %wanted%;
    assign m_data = s_data;
    assign m_valid = s_valid & wanted;
    assign s_ready = m_ready | ~wanted;
    always @(posedge clk)
        if (rst) beat <= %beat_0%;
        else if (s_valid & s_ready) beat <= (beat == %beat_last%) ? %beat_0% : beat + %beat_1%;
endmodule
)";

inline constexpr std::string_view kMean = R"(    // Sums of the channels, a word for each beat of a position.
    reg %sums% sums [0:%beats% - 1];
    reg %beat% beat;
    reg %position% position;
    wire is_first = position == %position_0%;
    wire is_last = position == %position_last%;
    wire beat_last = beat == %beat_last%;
    // Sums of the last position wait for their division, lanes of it in turn. That takes %stages% clocks, and waits
    // as a whole for its reader.
    reg [%stages% - 1:0] valid;
    reg %sums% waiting;
    reg %left% left;
    wire move = ~valid[%stages% - 1] | m_ready;
    assign s_ready = ~is_last | (left == %left_0%) | ((left == %left_1%) & move);
    wire take = s_valid & s_ready;
    wire load = take & is_last;
    wire give = (left != %left_0%) & move;
    always @(posedge clk) begin
        if (load) waiting <= sum;
        else if (give) waiting <= waiting >> %turn_bits%;
        if (load) left <= %turns%;
        else if (give) left <= left - %left_1%;
        if (rst) left <= %left_0%;
    end
    wire %sums% sum_was = sums[beat];
    wire %sums% sum;
    always @(posedge clk) if (take) sums[beat] <= sum;
    always @(posedge clk) begin
        if (take) begin
            beat <= beat_last ? %beat_0% : beat + %beat_1%;
            if (beat_last) position <= is_last ? %position_0% : position + %position_1%;
        end
        if (move) valid <= {valid[%stages% - 2:0], give};
        if (rst) begin
            beat <= %beat_0%;
            position <= %position_0%;
            valid <= %valid_0%;
        end
    end
    assign m_valid = valid[%stages% - 1];
    genvar p;
    generate
        for (p = 0; p < %bytes%; p = p + 1) begin : channel
            wire signed [7:0] x = s_data[p * 8 +: 8];
            wire signed %sum% was = sum_was[p * %sum_bits% +: %sum_bits%];
            wire signed %sum% now = (is_first ? %sum_0% : was) + {{%sum_fill%{x[7]}}, x};
            assign sum[p * %sum_bits% +: %sum_bits%] = now;
        end
        for (p = 0; p < %lanes%; p = p + 1) begin : lane
            wire signed %sum% value = waiting[p * %sum_bits% +: %sum_bits%];
%divide%            assign m_data[p * 8 +: 8] = quotient;
        end
    endgenerate
endmodule
)";

inline constexpr std::string_view kShuffleBank = R"(    reg %data% bank_%bank% [0:%words% - 1];
    reg %data% word_%bank%;
    always @(posedge clk) if (take & (group == %this%)) bank_%bank%[in_at] <= s_data;
    always @(posedge clk) if (load) word_%bank% <= bank_%bank%[out_at];
)";

/// A bank for each group, of two positions: one comes while the other leaves.
inline constexpr std::string_view kShuffle = R"(    reg %at% in_at, out_at;
    reg %group% group, part;
    // Which half comes, which leaves, and whether they are whole.
    reg in_second, out_second, first_whole, second_whole, have;
    wire part_last = part == %group_last%;
    wire group_last = group == %group_last%;
    assign s_ready = ~(in_second ? second_whole : first_whole);
    assign m_valid = have;
    wire take = s_valid & s_ready;
    wire give = have & m_ready;
    wire load = (out_second ? second_whole : first_whole) & (~have | (give & part_last));
    wire %at% in_last = in_second ? %second_last% : %first_last%;
    wire %at% out_last = out_second ? %second_last% : %first_last%;
    wire words_in = take & (in_at == in_last);
    wire comes = words_in & group_last;
    wire leaves = load & (out_at == out_last);
    always @(posedge clk) begin
        if (take) in_at <= ~words_in ? in_at + %at_1% : (in_second ^ group_last) ? %words% : %at_0%;
        if (words_in) group <= group_last ? %group_0% : group + %group_1%;
        if (comes) in_second <= ~in_second;
        if (load) out_at <= ~leaves ? out_at + %at_1% : out_second ? %at_0% : %words%;
        if (leaves) out_second <= ~out_second;
        first_whole <= (comes & ~in_second) | (first_whole & ~(leaves & ~out_second));
        second_whole <= (comes & in_second) | (second_whole & ~(leaves & out_second));
        have <= load | (have & ~(give & part_last));
        if (load) part <= %group_0%;
        else if (give) part <= part + %group_1%;
        if (rst) begin
            in_at <= %at_0%;
            out_at <= %at_0%;
            group <= %group_0%;
            in_second <= 1'b0;
            out_second <= 1'b0;
            first_whole <= 1'b0;
            second_whole <= 1'b0;
            have <= 1'b0;
        end
    end
%banks%%out%endmodule
)";

}  // namespace cleave::stream_templates
