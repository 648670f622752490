// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Parts of the module that a folded convolution becomes, to fill_in(). Widths are ranges ("[7:0]"),
/// constants sized; `%ring_1%` is a 1 as wide as `%ring%`.
namespace cleave::folded_templates {

inline constexpr std::string_view kPipe = R"(
    // Weights: memory, its output register, and what is multiplied with.
    reg %weights% weights [0:%clocks% - 1];
    reg %weights% weight_out, weight_read, weight;
    reg %weight_at% weight_at;
    initial $readmemh("%weights_file%", weights);
    always @(posedge clk) begin
        if (active) weight_at <= position_end ? %weight_at_0% : weight_at + %weight_at_1%;
        if (rst) weight_at <= %weight_at_0%;
    end
    always @(posedge clk) begin
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

inline constexpr std::string_view kSums = R"(
    // Sums of a pass.
    reg [%sums% - 1:0] sums;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : accumulate
            wire signed [%term_bits% - 1:0] narrow = %terms%[p * %term_bits% +: %term_bits%];
            wire signed [%acc% - 1:0] term = %widened%;
            wire signed [%acc% - 1:0] sum = sums[p * %acc% +: %acc%];
            always @(posedge clk)
                if (is_active[%pipe%]) sums[p * %acc% +: %acc%] <= is_first[%pipe%] ? term : sum + term;
        end
    endgenerate
)";

inline constexpr std::string_view kResults = R"(
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
                result[p * %result_bits% +: %result_bits%] <= %limited%;
        end
    endgenerate
)";

}  // namespace cleave::folded_templates
