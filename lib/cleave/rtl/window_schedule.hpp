// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// How a window goes over a feature map whose positions arrive one after the other, row by row. Output
/// positions are counted in the same order; input positions go on counting into the next frame.
struct WindowSchedule {
    /// Of each output position of a frame, the last input position that must have arrived before it is
    /// computed. Never falls: what has arrived stays.
    std::vector<std::int64_t> need;
    /// How many input positions of the frame no later output position reads once this one is computed. After
    /// the last one it is the whole frame, also what no output reads at all and may not have arrived yet.
    std::vector<std::int64_t> free;
    std::int64_t input_positions = 0;
};

/// @param in  height and width of the input
/// @param out  height and width of the output, at least 1 x 1
[[nodiscard]] WindowSchedule schedule_window(const Window& window, const Shape& in, const Shape& out);

/// What increases from one output position to the next, by output row and column: entry [y][x] is the step
/// from (y, x) on; the last one leads into the next frame.
using StepTable = std::vector<std::vector<std::int64_t>>;
/// Input positions that must have arrived in addition.
[[nodiscard]] StepTable need_steps(const WindowSchedule& schedule, const Shape& out);
/// Input positions that are no longer read once (y, x) is computed.
[[nodiscard]] StepTable free_steps(const WindowSchedule& schedule, const Shape& out);

}  // namespace cleave
