// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <string>

namespace cleave {

/// How a column former goes over a map.
struct ColumnRows {
    /// Words of a row.
    std::int64_t places = 1;
    /// The row after which the first columns leave, from which row to row `stride` on, and the last row,
    /// which may lie below the map.
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t stride = 1;
    /// Its memory is read and written in one clock; otherwise in two.
    bool is_short = false;
};
[[nodiscard]] ColumnRows column_rows(const IntegerConv& conv, const FoldedPlan& plan);

/// A column former: for each output row, whole columns of its window from left to right, words of
/// plan.passes.word_bytes, the top row in the lowest bytes. Rows beside the map are zeros. It takes words of
/// one row, and has the ports of a stream (stream_verilog).
/// @param plan  of a fold with columns
[[nodiscard]] std::string column_module(const std::string& name, const ModuleNote& note,
                                        const IntegerConv& conv, const FoldedPlan& plan);

}  // namespace cleave
