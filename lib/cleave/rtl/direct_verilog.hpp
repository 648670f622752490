// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <string>

namespace cleave {

// Direct hardware mapping: a position a clock, all its channels and all products at a time. Two modules with
// the ports of a stream (stream_verilog), one behind the other.

/// Positions that come after the one in the top left corner of an output's window, less its padding, until
/// the window is whole.
[[nodiscard]] std::int64_t window_lag(const Window& window, const Shape& in);

/// Whole windows, row by row: for each output position the taps from the top left on, all channels of each;
/// taps beside the map are `padding`. A frame is flushed by the next one's positions, or by itself.
/// @throws std::invalid_argument where an output's window lies below or right of all input positions
[[nodiscard]] std::string window_module(const std::string& name, const ModuleNote& note, const Window& window,
                                        const Shape& in, const Shape& out, std::int64_t padding);

/// Stages of direct_module(), each a clock.
[[nodiscard]] std::int64_t direct_stages(const IntegerConv& conv);
[[nodiscard]] std::int64_t direct_stages(const MaxPool& pool);
[[nodiscard]] std::int64_t direct_stages(const AveragePool& pool);

/// What a convolution makes of a window: a multiplier in logic for each odd weight that a number of the
/// window is multiplied with (canonical signed digits, shared by all filters), registered sums in pairs, then
/// bias, rounding and limits.
[[nodiscard]] std::string direct_module(const std::string& name, const ModuleNote& note,
                                        const IntegerConv& conv);
/// The largest of each channel of a window, in pairs.
[[nodiscard]] std::string direct_module(const std::string& name, const ModuleNote& note, const MaxPool& pool);
/// The mean of each channel of a window: registered sums in pairs, then a division.
[[nodiscard]] std::string direct_module(const std::string& name, const ModuleNote& note,
                                        const AveragePool& pool);

}  // namespace cleave
