// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_layer.hpp"

#include "cleave/cost/even_pace.hpp"
#include "cleave/cost/rounding.hpp"

#include <algorithm>
#include <stdexcept>

namespace cleave {
namespace {

/// Stages of the pipe behind the address besides the adder tree: memory, its output register, operand,
/// product, accumulator, capture, bias, rounding, FIFO.
constexpr std::int64_t kStages = 9;
/// Of a pool: memory, its output register, operand, comparison, capture, FIFO.
constexpr std::int64_t kPoolStages = 6;

/// What follows from passes, for what is read and for what leaves.
void finish_plan(FoldedPlan& plan, const Window& window, const Shape& in, const Shape& out) {
    const std::int64_t pe = plan.fold.pe;
    plan.output_bytes = pe;
    for (std::int64_t bytes = pe; bytes >= 1; --bytes) {
        if (pe % bytes == 0 && pe / bytes <= plan.length) {
            plan.output_bytes = bytes;
        }
    }
    plan.output_beats = pe / plan.output_bytes;
    plan.schedule = schedule_window(window, in, out);
    plan.depth = 4 + plan.words * positions_held(window, in, out, false);
}

}  // namespace

FoldedPlan plan_folded(const IntegerConv& conv, const Fold& fold) {
    const bool depthwise = conv.depthwise();
    const std::int64_t filters = depthwise ? conv.out.channels : conv.out.channels / conv.groups;
    const std::int64_t channels = depthwise ? 1 : conv.depth();
    if (fold.pe < 1 || fold.simd < 1 || filters % fold.pe != 0 || channels % fold.simd != 0 || fold.columns) {
        throw std::invalid_argument("a layer has no such fold");
    }
    FoldedPlan plan;
    plan.fold = fold;
    plan.word_bytes = depthwise ? fold.pe : fold.simd;
    plan.words = conv.in.channels / plan.word_bytes;
    plan.passes = conv.out.channels / fold.pe;
    plan.length = conv.window.taps() * (channels / fold.simd);
    plan.products = fold.simd;
    plan.latency = kStages + ceil_log2(plan.products);
    finish_plan(plan, conv.window, conv.in, conv.out);
    return plan;
}

FoldedPlan plan_pool(const MaxPool& pool, std::int64_t pe) {
    if (pe < 1 || pool.in.channels % pe != 0) {
        throw std::invalid_argument("a pool has no such fold");
    }
    FoldedPlan plan;
    plan.fold = {pe, 1, Multipliers::logic, false};
    plan.word_bytes = pe;
    plan.words = plan.passes = pool.in.channels / pe;
    plan.length = pool.window.taps();
    plan.latency = kPoolStages;
    finish_plan(plan, pool.window, pool.in, pool.out);
    return plan;
}

FoldedTiming folded_timing(const FoldedPlan& plan, const std::vector<std::int64_t>& offered) {
    const WindowSchedule& schedule = plan.schedule;
    const auto outputs = static_cast<std::int64_t>(schedule.need.size());
    const std::int64_t frame_words = schedule.input_positions * plan.words;
    FoldedTiming timing;
    std::vector<std::int64_t> ends;
    // The first output position that has not freed so many words yet.
    std::int64_t freeing = 0;
    const auto freed_by = [&](std::int64_t p) {
        return p / outputs * frame_words + schedule.free[static_cast<std::size_t>(p % outputs)] * plan.words;
    };
    const auto accept_until = [&](std::int64_t word) {
        while (static_cast<std::int64_t>(timing.accepted.size()) <= word) {
            const auto next = static_cast<std::int64_t>(timing.accepted.size());
            std::int64_t clock = offered[static_cast<std::size_t>(next)];
            if (next > 0) {
                clock = std::max(clock, timing.accepted.back() + 1);
            }
            if (next >= plan.depth) {
                while (freed_by(freeing) < next + 1 - plan.depth) {
                    ++freeing;
                }
                clock = std::max(clock, ends[static_cast<std::size_t>(freeing)] + 2);
            }
            timing.accepted.push_back(clock);
        }
        return timing.accepted[static_cast<std::size_t>(word)];
    };
    const auto frames = static_cast<std::int64_t>(offered.size()) / frame_words;
    std::int64_t start = 0;
    for (std::int64_t p = 0; p < frames * outputs; ++p) {
        const std::int64_t need = schedule.need[static_cast<std::size_t>(p % outputs)];
        const std::int64_t last_word = p / outputs * frame_words + (need + 1) * plan.words - 1;
        start = std::max(start, accept_until(last_word) + 2);
        ends.push_back(start + plan.clocks() - 1);
        timing.left.push_back(ends.back() + plan.latency + plan.output_beats - 1);
        start += plan.clocks();
    }
    accept_until(frames * frame_words - 1);
    return timing;
}

}  // namespace cleave
