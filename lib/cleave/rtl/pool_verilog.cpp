// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/pool_verilog.hpp"

#include "cleave/rtl/rounding_verilog.hpp"
#include "cleave/rtl/turns_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace cleave {
namespace {

constexpr std::string_view kPoolLargest = R"(
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

constexpr std::string_view kPoolSum = R"(
    // The sums of a pass.
    reg %sums% sums;
    genvar p;
    generate
        for (p = 0; p < %pe%; p = p + 1) begin : channel
            wire signed [7:0] now = operand[p * 8 +: 8];
            wire signed %sum% so_far = is_first[2] ? %sum_0% : sums[p * %sum_bits% +: %sum_bits%];
            always @(posedge clk)
                if (is_active[2]) sums[p * %sum_bits% +: %sum_bits%] <= so_far + {{%fill%{now[7]}}, now};
        end
    endgenerate
)";

/// Which divisor a position has, from its last clock on to where its sums leave.
constexpr std::string_view kPoolPick = R"(
    reg %pick% picked_1, picked_2, picked_3, picked_4, pick;
    always @(posedge clk) begin
%cases%        picked_2 <= picked_1;
        picked_3 <= picked_2;
        picked_4 <= picked_3;
        if (pass_done) pick <= picked_4;
    end
)";

constexpr std::string_view kPoolMean = R"(
    // Divides, limits.
    wire %out% result;
    reg [%stages% - 1:0] dividing;
    wire result_valid = dividing[%stages% - 1];
    always @(posedge clk) dividing <= rst ? %dividing_0% : {dividing[%stages% - 2:0], leave};
    generate
        for (p = 0; p < %output_bytes%; p = p + 1) begin : finish
            wire signed %sum% total = leaving[p * %sum_bits% +: %sum_bits%];
%divide%            assign result[p * 8 +: 8] = quotient;
        end
    endgenerate
)";

constexpr std::string_view kPoolResult = R"(    wire %out% result = leaving%out%;
    wire result_valid = leave;
)";

}  // namespace

std::string pool_module(const std::string& name, const ModuleNote& note, const MaxPool& pool,
                        const FoldedPlan& plan) {
    const Turns turns{pool.window, pool.in, pool.out, 1, 1, "maximum pool", note, "the largest"};
    // The operand is three clocks behind its address.
    constexpr std::int64_t kLast = 2;
    return reading_text(name, turns, plan, 8, fmt::format("{{{}{{8'h80}}}}", plan.passes.word_bytes)) +
           flags_text(plan, kLast) +
           fill_in(kPoolLargest, {{"in", range(8 * plan.passes.word_bytes)}, {"pe", plan.fold.pe}}) +
           leaving_text(plan, kLast, "largest", 8) +
           fill_in(kPoolResult, {{"out", range(8 * plan.passes.output)}}) + queue_text(plan, 8);
}

Divisors divisors_of(const AveragePool& pool) {
    const Window& w = pool.window;
    const auto inside = [](std::int64_t first, std::int64_t taps, std::int64_t dilation,
                           std::int64_t extent) {
        std::int64_t count = 0;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const std::int64_t at = first + tap * dilation;
            count += at >= 0 && at < extent ? 1 : 0;
        }
        return count;
    };
    StepTable taps;
    for (std::int64_t y = 0; y < pool.out.height; ++y) {
        std::vector<std::int64_t>& row = taps.emplace_back();
        const std::int64_t rows =
            inside(y * w.stride_h - w.pad_top, w.kernel_h, w.dilation_h, pool.in.height);
        for (std::int64_t x = 0; x < pool.out.width; ++x) {
            const std::int64_t columns =
                inside(x * w.stride_w - w.pad_left, w.kernel_w, w.dilation_w, pool.in.width);
            // In the padding altogether the sum is 0, whatever divides it.
            row.push_back(pool.count_pad ? w.taps() : std::max<std::int64_t>(1, rows * columns));
        }
    }
    Divisors result;
    for (const auto& row : taps) {
        result.all.insert(result.all.end(), row.begin(), row.end());
    }
    std::sort(result.all.begin(), result.all.end());
    result.all.erase(std::unique(result.all.begin(), result.all.end()), result.all.end());
    for (auto& row : taps) {
        for (std::int64_t& count : row) {
            count = std::lower_bound(result.all.begin(), result.all.end(), count) - result.all.begin();
        }
    }
    result.which = std::move(taps);
    return result;
}

std::string pool_module(const std::string& name, const ModuleNote& note, const AveragePool& pool,
                        const FoldedPlan& plan) {
    const Turns turns{
        pool.window,
        pool.in,
        pool.out,
        1,
        1,
        "average pool",
        note,
        fmt::format("mean * 2^{}, halves to even, limited to {} to {}", pool.scale, pool.low, pool.high)};
    const auto [divisors, which] = divisors_of(pool);
    constexpr std::int64_t kLast = 2;
    const std::int64_t sum = signed_bits(-128 * pool.window.taps(), 128 * pool.window.taps());
    const std::int64_t pick = unsigned_bits(static_cast<std::int64_t>(divisors.size()) - 1);
    const bool several = divisors.size() > 1;
    std::string text = reading_text(name, turns, plan, 8, unsigned_constant(8 * plan.passes.word_bytes, 0)) +
                       flags_text(plan, kLast) +
                       fill_in(kPoolSum, {{"sums", range(sum * plan.fold.pe)},
                                          {"pe", plan.fold.pe},
                                          {"sum", range(sum)},
                                          {"sum_0", constant(sum, 0)},
                                          {"sum_bits", sum},
                                          {"fill", sum - 8}}) +
                       leaving_text(plan, kLast, "sums", sum);
    if (several) {
        text += fill_in(kPoolPick, {{"pick", range(pick)},
                                    {"cases", step_cases("picked_1", pick, which, 1, "y_now", "x_now")}});
    }
    return text +
           fill_in(kPoolMean, {{"out", range(8 * plan.passes.output)},
                               {"stages", kDivisionStages},
                               {"dividing_0", unsigned_constant(kDivisionStages, 0)},
                               {"output_bytes", plan.passes.output},
                               {"sum", range(sum)},
                               {"sum_bits", sum},
                               {"divide", division_text({"total", sum, pool.scale, divisors, "pick", pool.low,
                                                         pool.high})}}) +
           queue_text(plan, 8);
}

}  // namespace cleave
