// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"

#include <string>

namespace cleave {

/// A column former: for each output row, whole columns of its window from left to right, words of
/// plan.passes.word_bytes, the top row in the lowest bytes. Rows beside the map are zeros. It takes words of
/// one row, and has the ports of a stream (stream_verilog).
/// @param plan  of a fold with columns
[[nodiscard]] std::string column_module(const std::string& name, const std::string& note,
                                        const IntegerConv& conv, const FoldedPlan& plan);

}  // namespace cleave
