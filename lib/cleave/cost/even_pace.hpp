// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"

#include <cstdint>

namespace cleave {

// A window that goes over a feature map whose positions arrive evenly, row by row, while its outputs are
// computed evenly, a frame in the same time.

/// Positions that a memory of its input holds, so that neither side waits for the other: the window, and what
/// is ahead. Where both have other numbers of rows or columns (a stride, padding), one is ahead.
/// @param columns  behind a column former: each row that is needed arrives at the input's pace, to be
/// computed over the time of all
[[nodiscard]] std::int64_t positions_held(const Window& window, const Shape& in, const Shape& out,
                                          bool columns);

/// Positions that have arrived when the outputs can begin and go on to the end: how far what an output needs
/// is ahead of the even pace at most. At least 1, at most all.
[[nodiscard]] std::int64_t positions_ahead(const Window& window, const Shape& in, const Shape& out);

}  // namespace cleave
