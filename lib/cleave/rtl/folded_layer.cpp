// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_layer.hpp"

#include "cleave/cost/even_pace.hpp"
#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/rounding_verilog.hpp"

#include <algorithm>
#include <stdexcept>

namespace cleave {
namespace {

/// Stages of the pipe behind the address besides the adder tree: memory, its output register, operand,
/// product, accumulator, capture, bias, rounding, FIFO.
constexpr std::int64_t kStages = 9;
/// Of a pool: memory, its output register, operand, comparison, capture, FIFO.
constexpr std::int64_t kPoolStages = 6;

FoldedPlan plan_of(const FoldedTurns& turns, const Fold& fold, const Shape& in, const Shape& out,
                   std::int64_t stages) {
    if (fold.pe < 1 || fold.simd < 1 || turns.filters % fold.pe != 0 || turns.channels % fold.simd != 0 ||
        (fold.columns && turns.window.kernel_h < 2)) {
        throw std::invalid_argument("has no such fold");
    }
    FoldedPlan plan;
    plan.fold = fold;
    plan.passes = passes_of(turns, fold);
    plan.latency = stages + ceil_log2(plan.products());
    plan.schedule = fold.columns ? schedule_window(row_window(turns.window), rows_of(in, out), out)
                                 : schedule_window(turns.window, in, out);
    plan.depth = plan.passes.input_words(positions_held(turns.window, in, out, fold.columns));
    return plan;
}

}  // namespace

std::int64_t FoldedPlan::queue_beats() const {
    // A pass holds its places from its beginning until its beats have left, and the next ones go on.
    const std::int64_t lasts = passes.length + latency + output_beats() + 1;
    std::int64_t queue = 2;
    while (queue < output_beats() * ceil_div(lasts, passes.length)) {
        queue *= 2;
    }
    return queue;
}

Window row_window(const Window& window) {
    Window row = window;
    row.kernel_h = row.stride_h = row.dilation_h = 1;
    row.pad_top = row.pad_bottom = 0;
    return row;
}

Shape rows_of(const Shape& in, const Shape& out) { return {in.channels, out.height, in.width}; }

FoldedPlan plan_folded(const IntegerConv& conv, const Fold& fold) {
    const FoldedTurns turns = conv.depthwise() ? FoldedTurns{conv.window, conv.out.channels, 1, 1, true}
                                               : FoldedTurns{conv.window, conv.out.channels / conv.groups,
                                                             conv.depth(), conv.groups, false};
    return plan_of(turns, fold, conv.in, conv.out, kStages);
}

FoldedPlan plan_pool(const MaxPool& pool, std::int64_t pe) {
    return plan_of({pool.window, pool.in.channels, 1, 1, true}, {pe, 1, Multipliers::logic, false}, pool.in,
                   pool.out, kPoolStages);
}

FoldedPlan plan_pool(const AveragePool& pool, std::int64_t pe) {
    return plan_of({pool.window, pool.in.channels, 1, 1, true}, {pe, 1, Multipliers::logic, false}, pool.in,
                   pool.out, kPoolStages + kDivisionStages);
}

std::vector<std::int64_t> departures(const FoldedPlan& plan, const std::vector<std::int64_t>& offered) {
    const WindowSchedule& schedule = plan.schedule;
    const auto outputs = static_cast<std::int64_t>(schedule.need.size());
    const std::int64_t frame_words = schedule.input_positions * plan.passes.words;
    std::vector<std::int64_t> accepted;
    std::vector<std::int64_t> ends;
    std::vector<std::int64_t> left;
    // The first output position that has not freed so many words yet.
    std::int64_t freeing = 0;
    const auto freed_by = [&](std::int64_t p) {
        return p / outputs * frame_words +
               schedule.free[static_cast<std::size_t>(p % outputs)] * plan.passes.words;
    };
    const auto accept_until = [&](std::int64_t word) {
        while (static_cast<std::int64_t>(accepted.size()) <= word) {
            const auto next = static_cast<std::int64_t>(accepted.size());
            std::int64_t clock = offered[static_cast<std::size_t>(next)];
            if (next > 0) {
                clock = std::max(clock, accepted.back() + 1);
            }
            if (next >= plan.depth) {
                while (freed_by(freeing) < next + 1 - plan.depth) {
                    ++freeing;
                }
                clock = std::max(clock, ends[static_cast<std::size_t>(freeing)] + 2);
            }
            accepted.push_back(clock);
        }
        return accepted[static_cast<std::size_t>(word)];
    };
    const auto frames = static_cast<std::int64_t>(offered.size()) / frame_words;
    std::int64_t start = 0;
    for (std::int64_t p = 0; p < frames * outputs; ++p) {
        const std::int64_t need = schedule.need[static_cast<std::size_t>(p % outputs)];
        const std::int64_t last_word = p / outputs * frame_words + (need + 1) * plan.passes.words - 1;
        start = std::max(start, accept_until(last_word) + 2);
        ends.push_back(start + plan.passes.clocks() - 1);
        left.push_back(ends.back() + plan.latency + plan.output_beats() - 1);
        start += plan.passes.clocks();
    }
    return left;
}

}  // namespace cleave
