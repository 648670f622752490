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
    // A division takes %stages% clocks; it waits as a whole for its reader.
    reg [%stages% - 1:0] valid;
    wire move = ~valid[%stages% - 1] | m_ready;
    assign s_ready = ~is_last | move;
    wire take = s_valid & s_ready;
    wire %sums% sum_was = sums[beat];
    wire %sums% sum;
    always @(posedge clk) if (take) sums[beat] <= sum;
    always @(posedge clk) begin
        if (take) begin
            beat <= beat_last ? %beat_0% : beat + %beat_1%;
            if (beat_last) position <= is_last ? %position_0% : position + %position_1%;
        end
        if (move) valid <= {valid[%stages% - 2:0], take & is_last};
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
%divide%            assign m_data[p * 8 +: 8] = quotient;
        end
    endgenerate
endmodule
)";

}  // namespace cleave::stream_templates
