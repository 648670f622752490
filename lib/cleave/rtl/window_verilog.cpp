// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/direct_verilog.hpp"
#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::string_view kWindowControl =
    R"(    // A step takes a position, or moves on what is there when a map is complete. An output's window is whole
    // %lag% steps after the position in its middle came.
    reg out_valid;
    wire go = ~out_valid | m_ready;
    reg %position% position;
    reg waiting, active;
    reg %wait% left;
    wire between = position == %position_0%;
    wire can_take = ~between | ~waiting;
    wire take = s_valid & can_take;
    wire flush = between & (active | waiting) & ~take;
    wire step = go & (take | flush);
    wire first = take & between;
    wire starts = %starts%;
    wire is_output = active | starts;
    assign s_ready = go & can_take;

    // The output's row and column, on the grid of the input.
    reg %row% row;
    reg %column% column;
    reg %phase_h% phase_h;
    reg %phase_w% phase_w;
    wire row_last = row == %row_last%;
    wire column_last = column == %column_last%;
    wire wanted = is_output & (phase_h == %phase_h_0%) & (phase_w == %phase_w_0%)%most%;
    always @(posedge clk) begin
        if (step) begin
            if (take) position <= (position == %position_last%) ? %position_0% : position + %position_1%;
            waiting <= (first & %waits%) | (waiting & ~starts);
            left <= first ? %wait_all% : left - %wait_1%;
            active <= is_output & ~(row_last & column_last);
            if (is_output) begin
                column <= column_last ? %column_0% : column + %column_1%;
                phase_w <= (column_last | (phase_w == %phase_w_last%)) ? %phase_w_0% : phase_w + %phase_w_1%;
                if (column_last) begin
                    row <= row_last ? %row_0% : row + %row_1%;
                    phase_h <= (row_last | (phase_h == %phase_h_last%)) ? %phase_h_0% : phase_h + %phase_h_1%;
                end
            end
        end
        if (rst) begin
            position <= %position_0%;
            waiting <= 1'b0;
            active <= 1'b0;
            left <= %wait_1%;
            row <= %row_0%;
            column <= %column_0%;
            phase_h <= %phase_h_0%;
            phase_w <= %phase_w_0%;
        end
    end

    // What is to be known of the output one step later, and two.
    reg stepped, wanted_1, wanted_2;
    reg %row% row_1, row_2;
    reg %column% column_1, column_2;
    reg %in% newest;
    always @(posedge clk) begin
        if (go) begin
            stepped <= step;
            wanted_1 <= step & wanted;
            wanted_2 <= wanted_1;
            row_1 <= row;
            row_2 <= row_1;
            column_1 <= column;
            column_2 <= column_1;
            newest <= s_data;
        end
        if (rst) begin
            stepped <= 1'b0;
            wanted_1 <= 1'b0;
            wanted_2 <= 1'b0;
        end
    end
)";

constexpr std::string_view kWindowLines = R"(
    // Rows before this one: what came that many steps before, the last row lowest.
    reg %lines% lines [0:%places% - 1];
    reg %lines% older;
    reg %place% place, place_1;
    always @(posedge clk) begin
        if (step) place <= (place == %place_last%) ? %place_0% : place + %place_1_%;
        if (go) place_1 <= place;
        if (rst) place <= %place_0%;
    end
%read%    always @(posedge clk) if (go & stepped) lines[place_1] <= {%kept%newest};
)";

}  // namespace

std::int64_t window_lag(const Window& w, const Shape& in) {
    return (w.extent_h() - 1 - w.pad_top) * in.width + w.extent_w() - 1 - w.pad_left;
}

std::string window_module(const std::string& name, const ModuleNote& note, const Window& w, const Shape& in,
                          const Shape& out, std::int64_t padding) {
    const std::int64_t lag = window_lag(w, in);
    const std::int64_t row_most = (out.height - 1) * w.stride_h;
    const std::int64_t column_most = (out.width - 1) * w.stride_w;
    if (lag < 0 || row_most >= in.height || column_most >= in.width) {
        throw std::invalid_argument("has a padding that is wider than its window, which has no circuit");
    }
    const std::int64_t bits = 8 * in.channels;
    const std::int64_t lines = w.extent_h() - 1;
    const std::int64_t position = unsigned_bits(in.positions() - 1);
    const std::int64_t wait = unsigned_bits(std::max<std::int64_t>(1, lag));
    const std::int64_t row = unsigned_bits(in.height - 1);
    const std::int64_t column = unsigned_bits(in.width - 1);
    const std::int64_t phase_h = unsigned_bits(w.stride_h - 1);
    const std::int64_t phase_w = unsigned_bits(w.stride_w - 1);
    const std::string what = fmt::format(
        "Windows {}x{}, stride {}x{}, dilation {}x{}, padding {} {} {} {} of a map of {} x {} x {}.",
        w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.pad_top, w.pad_left,
        w.pad_bottom, w.pad_right, in.channels, in.height, in.width);
    std::string text = stream_head(name, noted(what, note), {in.channels}, {in.channels * w.taps()});
    text += fill_in(
        kWindowControl,
        {{"lag", lag},
         {"in", range(bits)},
         {"position", range(position)},
         {"position_0", unsigned_constant(position, 0)},
         {"position_1", unsigned_constant(position, 1)},
         {"position_last", unsigned_constant(position, in.positions() - 1)},
         {"wait", range(wait)},
         {"wait_1", unsigned_constant(wait, 1)},
         {"wait_all", unsigned_constant(wait, lag)},
         {"waits", std::string(lag > 0 ? "1'b1" : "1'b0")},
         {"starts", lag > 0 ? fmt::format("waiting & (left == {})", unsigned_constant(wait, 1)) : "first"},
         {"row", range(row)},
         {"row_0", unsigned_constant(row, 0)},
         {"row_1", unsigned_constant(row, 1)},
         {"row_last", unsigned_constant(row, in.height - 1)},
         {"most",
          (row_most + 1 < in.height ? fmt::format(" & (row <= {})", unsigned_constant(row, row_most)) : "") +
              (column_most + 1 < in.width
                   ? fmt::format(" & (column <= {})", unsigned_constant(column, column_most))
                   : "")},
         {"column", range(column)},
         {"column_0", unsigned_constant(column, 0)},
         {"column_1", unsigned_constant(column, 1)},
         {"column_last", unsigned_constant(column, in.width - 1)},
         {"phase_h", range(phase_h)},
         {"phase_h_0", unsigned_constant(phase_h, 0)},
         {"phase_h_1", unsigned_constant(phase_h, 1)},
         {"phase_h_last", unsigned_constant(phase_h, w.stride_h - 1)},
         {"phase_w", range(phase_w)},
         {"phase_w_0", unsigned_constant(phase_w, 0)},
         {"phase_w_1", unsigned_constant(phase_w, 1)},
         {"phase_w_last", unsigned_constant(phase_w, w.stride_w - 1)}});
    if (lines > 0) {
        const std::int64_t place = unsigned_bits(in.width - 1);
        // A map one column wide is written where it is read in the same clock.
        const std::string read =
            in.width > 1 ? "    always @(posedge clk) if (go) older <= lines[place];\n"
                         : fmt::format(
                               "    always @(posedge clk) if (go) older <= stepped ? {{{}newest}} : "
                               "lines[place];\n",
                               lines > 1 ? fmt::format("older[{}:0], ", bits * (lines - 1) - 1) : "");
        text += fill_in(kWindowLines,
                        {{"lines", range(bits * lines)},
                         {"places", in.width},
                         {"place", range(place)},
                         {"place_0", unsigned_constant(place, 0)},
                         {"place_1_", unsigned_constant(place, 1)},
                         {"place_last", unsigned_constant(place, in.width - 1)},
                         {"read", read},
                         {"kept", lines > 1 ? fmt::format("older[{}:0], ", bits * (lines - 1) - 1) : ""}});
    }
    // Columns before this one, of the rows that the window has taps in.
    std::string window;
    std::string taps;
    for (std::int64_t i = 0; i < w.kernel_h; ++i) {
        const std::int64_t back = (w.kernel_h - 1 - i) * w.dilation_h;
        const std::string now =
            back == 0 ? "newest" : fmt::format("older[{} +: {}]", (back - 1) * bits, bits);
        const std::int64_t span = w.extent_w();
        window += fmt::format(
            "    reg {} row_{}_taps;\n    always @(posedge clk) if (go & stepped) "
            "row_{}_taps <= {{{}{}}};\n",
            range(bits * span), i, i,
            span > 1 ? fmt::format("row_{}_taps[{}:0], ", i, bits * (span - 1) - 1) : "", now);
        for (std::int64_t j = 0; j < w.kernel_w; ++j) {
            const std::int64_t slot = (w.kernel_w - 1 - j) * w.dilation_w;
            const std::int64_t up = i * w.dilation_h - w.pad_top;
            const std::int64_t right = j * w.dilation_w - w.pad_left;
            std::string on_map;
            const auto add = [&](const std::string& condition) {
                on_map += (on_map.empty() ? "" : " & ") + ("(" + condition + ")");
            };
            if (up < 0) {
                add(fmt::format("row_2 >= {}", unsigned_constant(row, -up)));
            }
            if (up > 0 && row_most + up >= in.height) {
                add(fmt::format("row_2 <= {}", unsigned_constant(row, in.height - 1 - up)));
            }
            if (right < 0) {
                add(fmt::format("column_2 >= {}", unsigned_constant(column, -right)));
            }
            if (right > 0 && column_most + right >= in.width) {
                add(fmt::format("column_2 <= {}", unsigned_constant(column, in.width - 1 - right)));
            }
            const std::string tap = fmt::format("row_{}_taps[{} +: {}]", i, slot * bits, bits);
            const std::string beside = fmt::format("{{{}{{8'd{}}}}}", in.channels, padding & 255);
            taps += fmt::format("            window[{} +: {}] <= {};\n", (i * w.kernel_w + j) * bits, bits,
                                on_map.empty() ? tap : fmt::format("({}) ? {} : {}", on_map, tap, beside));
        }
    }
    return text + window +
           fill_in(R"(    reg %out% window;
    assign m_data = window;
    assign m_valid = out_valid;
    wire unused = &{1'b0, row_2, column_2};
    always @(posedge clk) begin
        if (go) begin
            out_valid <= wanted_2;
%taps%        end
        if (rst) out_valid <= 1'b0;
    end
endmodule
)",
                   {{"out", range(bits * w.taps())}, {"taps", taps}});
}

}  // namespace cleave
