// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/column_verilog.hpp"

#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

constexpr std::string_view kColumnControl =
    R"(    // What is at each place of a row, in the rows before it, the last one lowest.
    reg %lines% lines [0:%places% - 1];
    reg %place% place;
    reg %row% row, next_row;
    wire place_last = place == %place_last%;
    wire row_last = row == %row_last%;
    // Rows below the map are zeros, and nothing comes.
    wire below = row > %row_map%;
    reg out_valid;
    wire go = ~out_valid | m_ready;
    wire step = go & (below | s_valid);
    wire gives = row == next_row;
    assign s_ready = go & ~below;
    always @(posedge clk) begin
        if (step) begin
            place <= place_last ? %place_0% : place + %place_1%;
            if (place_last) begin
                row <= row_last ? %row_0% : row + %row_1%;
                if (row_last) next_row <= %row_first%;
                else if (gives) next_row <= next_row + %row_step%;
            end
        end
        if (rst) begin
            place <= %place_0%;
            row <= %row_0%;
            next_row <= %row_first%;
        end
    end
    wire %in% come = below ? %in_0% : s_data;
)";

/// Read and written in one clock: few places.
constexpr std::string_view kColumnShort = R"(    wire %lines% older = lines[place];
    wire %lines% after = {%kept%come};
    always @(posedge clk) if (step) lines[place] <= after;
    wire %in% newest = come;
    wire taken = step;
    wire taken_gives = gives;
%taken_masks%)";

/// Read in one clock, and written in the next.
constexpr std::string_view kColumnLong = R"(    reg %lines% older;
    reg %in% newest;
    reg %place% taken_at;
    reg has_taken, taken_gives;
    wire taken = go & has_taken;
    wire %lines% after = {%kept%newest};
    always @(posedge clk) if (go) older <= lines[place];
    always @(posedge clk) if (taken) lines[taken_at] <= after;
    always @(posedge clk) begin
        if (go) begin
            newest <= come;
            taken_at <= place;
            taken_gives <= gives;
            has_taken <= step;
        end
        if (rst) has_taken <= 1'b0;
    end
%taken_masks%)";

constexpr std::string_view kColumnOut = R"(    reg %out% out;
    assign m_data = out;
    assign m_valid = out_valid;
    always @(posedge clk) begin
        if (go) out_valid <= taken & taken_gives;
        if (taken & taken_gives) out <= {%column%};
        if (rst) out_valid <= 1'b0;
    end
endmodule
)";

}  // namespace

ColumnRows column_rows(const IntegerConv& conv, const FoldedPlan& plan) {
    constexpr std::int64_t kFewPlaces = 32;
    const Window& w = conv.window;
    ColumnRows rows;
    rows.places = conv.in.width * plan.passes.words;
    rows.first = w.extent_h() - 1 - w.pad_top;
    rows.last = std::max(conv.in.height - 1, rows.first + (conv.out.height - 1) * w.stride_h);
    rows.stride = w.stride_h;
    rows.is_short = rows.places <= kFewPlaces;
    return rows;
}

std::string column_module(const std::string& name, const ModuleNote& note, const IntegerConv& conv,
                          const FoldedPlan& plan) {
    const Window& w = conv.window;
    const std::int64_t word = plan.passes.word_bytes / w.kernel_h;
    const std::int64_t bits = 8 * word;
    const std::int64_t lines = w.extent_h() - 1;
    const auto [places, first, last, stride, is_short] = column_rows(conv, plan);
    const std::int64_t place = unsigned_bits(places - 1);
    const std::int64_t row = unsigned_bits(last + stride);
    std::string masks;
    std::string column;
    for (std::int64_t i = w.kernel_h; i-- > 0;) {
        const std::int64_t back = (w.kernel_h - 1 - i) * w.dilation_h;
        std::string tap = back == 0 ? "newest" : fmt::format("older[{} +: {}]", (back - 1) * bits, bits);
        if (back > 0 && first < back) {
            // Above the map lies what is left of the frame before.
            const std::string above = fmt::format("row < {}", unsigned_constant(row, back));
            masks +=
                is_short
                    ? fmt::format("    wire above_{} = {};\n", i, above)
                    : fmt::format("    reg above_{0};\n    always @(posedge clk) if (go) above_{0} <= {1};\n",
                                  i, above);
            tap = fmt::format("above_{} ? {} : {}", i, unsigned_constant(bits, 0), tap);
        }
        column += fmt::format("{}{}", column.empty() ? "" : ", ", tap);
    }
    const std::string what =
        fmt::format("Column former: {} rows of the window at a time, for each row of outputs.", w.kernel_h);
    const std::string maps = fmt::format("\n// maps:    {} x {} x {}, words of {} channels", conv.in.channels,
                                         conv.in.height, conv.in.width, word);
    return stream_head(name, noted(what, note) + maps, {word}, {word * w.kernel_h}) +
           fill_in(kColumnControl, {{"in", range(bits)},
                                    {"in_0", unsigned_constant(bits, 0)},
                                    {"lines", range(bits * lines)},
                                    {"places", places},
                                    {"place", range(place)},
                                    {"place_0", unsigned_constant(place, 0)},
                                    {"place_1", unsigned_constant(place, 1)},
                                    {"place_last", unsigned_constant(place, places - 1)},
                                    {"row", range(row)},
                                    {"row_0", unsigned_constant(row, 0)},
                                    {"row_1", unsigned_constant(row, 1)},
                                    {"row_last", unsigned_constant(row, last)},
                                    {"row_map", unsigned_constant(row, conv.in.height - 1)},
                                    {"row_first", unsigned_constant(row, first)},
                                    {"row_step", unsigned_constant(row, stride)}}) +
           fill_in(is_short ? kColumnShort : kColumnLong,
                   {{"lines", range(bits * lines)},
                    {"in", range(bits)},
                    {"place", range(place)},
                    {"kept", lines > 1 ? fmt::format("older[{}:0], ", bits * (lines - 1) - 1) : ""},
                    {"taken_masks", masks}}) +
           fill_in(kColumnOut, {{"out", range(bits * w.kernel_h)}, {"column", column}});
}

}  // namespace cleave
