// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/folded_passes.hpp"
#include "cleave/cost/resources.hpp"
#include "cleave/network/layer.hpp"
#include "cleave/rtl/window_schedule.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// A convolution in whole numbers: 8-bit maps and weights, exact sums, and what leaves is
///     clamp( (sum + bias) / 2^shift, rounded to nearest, halves to even ).
/// A fully connected layer on one position is a 1x1 convolution.
struct IntegerConv {
    Window window;
    Shape in;
    Shape out;
    std::int64_t groups = 1;
    /// Filter by filter, C / groups channels each, rows, columns.
    std::vector<std::int8_t> weights;
    /// One a filter, or none.
    std::vector<std::int64_t> bias;
    /// May be negative: then sums are multiplied.
    std::int64_t shift = 0;
    std::int64_t low = -128;
    std::int64_t high = 127;
    /// More than 1: sums leave as they are, in so many bytes each.
    std::int64_t result_bytes = 1;

    [[nodiscard]] bool depthwise() const { return groups == in.channels && groups == out.channels; }
    /// Channels that a filter reads.
    [[nodiscard]] std::int64_t depth() const { return in.channels / groups; }
};

/// How a folded convolution goes about its work. See docs/cost-models.md, "Resources: folded".
struct FoldedPlan {
    Fold fold;
    FoldedPasses passes;
    /// Clocks from the last of a pass to when its first beat can leave.
    std::int64_t latency = 0;
    /// Words that the input memory holds.
    std::int64_t depth = 0;
    WindowSchedule schedule;

    /// Products that a PE adds up in a clock.
    [[nodiscard]] std::int64_t products() const { return passes.multipliers / fold.pe; }
    /// Beats of the output stream for each pass.
    [[nodiscard]] std::int64_t output_beats() const { return fold.pe / passes.output; }
    /// Of the output queue: so many that passes never wait for one whose results leave at once.
    [[nodiscard]] std::int64_t queue_beats() const;
};

/// What is behind a column former: the window along its row, over a map that has a row for each row of
/// outputs.
[[nodiscard]] Window row_window(const Window& window);
[[nodiscard]] Shape rows_of(const Shape& in, const Shape& out);

/// @throws std::invalid_argument for a fold that does not divide the layer
[[nodiscard]] FoldedPlan plan_folded(const IntegerConv& conv, const Fold& fold);

/// The largest of the numbers of each channel in a window. Padding does not count, and a window that lies in
/// the padding altogether gives -128.
struct MaxPool {
    Window window;
    Shape in;
    Shape out;
};

/// The mean of the numbers of each channel in a window:
///     clamp( sum * 2^scale / taps, rounded to nearest, halves to even ).
struct AveragePool {
    Window window;
    Shape in;
    Shape out;
    /// Taps in the padding count, as zeros.
    bool count_pad = false;
    /// May be negative.
    std::int64_t scale = 0;
    std::int64_t low = -128;
    std::int64_t high = 127;
};

/// `pe` channels at a time.
/// @throws std::invalid_argument if that does not divide the channels
[[nodiscard]] FoldedPlan plan_pool(const MaxPool& pool, std::int64_t pe);
[[nodiscard]] FoldedPlan plan_pool(const AveragePool& pool, std::int64_t pe);

/// In which clock the last beat of each output position can leave, frame after frame: exactly that of the
/// module, as long as nothing holds up its output. With A the clock in which the last word of a position is
/// accepted, position p begins and its last beat leaves at
///     S(p) = max( S(p - 1) + clocks, A(need(p)) + 2 ),    S(p) + clocks - 1 + latency + output_beats - 1,
/// and a word is accepted in the clock in which it is offered, if the one before has been and, `depth` words
/// after one that position p frees, from S(p) + clocks + 1 on.
/// @param offered  of each word, whole frames
[[nodiscard]] std::vector<std::int64_t> departures(const FoldedPlan& plan,
                                                   const std::vector<std::int64_t>& offered);

}  // namespace cleave
