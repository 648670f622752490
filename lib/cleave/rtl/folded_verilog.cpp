// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_verilog.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/folded_templates.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace cleave {
using namespace folded_templates;

namespace {

std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }
std::int64_t modulo(std::int64_t value, std::int64_t by) { return ((value % by) + by) % by; }
std::string range(std::int64_t bits) { return fmt::format("[{}:0]", bits - 1); }
std::string unsigned_constant(std::int64_t bits, std::int64_t value) {
    return fmt::format("{}'d{}", bits, value);
}
std::int64_t largest(const StepTable& table) {
    std::int64_t most = 0;
    for (const auto& row : table) {
        most = std::max(most, *std::max_element(row.begin(), row.end()));
    }
    return most;
}

/// Of the exact sums with bias, and with what rounding adds, whatever the input.
std::int64_t sum_bits(const IntegerConv& conv) {
    const std::int64_t each = conv.depth() * conv.window.taps();
    const std::int64_t half =
        conv.shift > 0 ? std::int64_t{1} << std::min<std::int64_t>(conv.shift - 1, 40) : 0;
    std::int64_t most = 1;
    for (std::int64_t n = 0; n < conv.out.channels; ++n) {
        std::int64_t sum = conv.bias.empty() ? 0 : std::abs(conv.bias[place(n)]);
        for (std::int64_t i = 0; i < each; ++i) {
            sum += 128 * std::abs(static_cast<std::int64_t>(conv.weights[place(n * each + i)]));
        }
        most = std::max(most, sum);
    }
    return signed_bits(-most - half, most + half);
}

/// From the first word of a position's window to that of the next, in the ring.
StepTable origin_steps(const IntegerConv& conv, const FoldedPlan& plan) {
    const Window& w = conv.window;
    const std::int64_t width = conv.in.width;
    const std::int64_t back = (conv.out.width - 1) * w.stride_w;
    StepTable steps;
    for (std::int64_t y = 0; y < conv.out.height; ++y) {
        std::vector<std::int64_t>& row = steps.emplace_back(place(conv.out.width), w.stride_w);
        row.back() = y + 1 < conv.out.height
                         ? w.stride_h * width - back
                         : conv.in.positions() - (conv.out.height - 1) * w.stride_h * width - back;
        for (std::int64_t& step : row) {
            step = modulo(step * plan.words, plan.depth);
        }
    }
    return steps;
}

bool pads(const IntegerConv& conv) {
    const Window& w = conv.window;
    const std::int64_t bottom = (conv.out.height - 1) * w.stride_h - w.pad_top + w.extent_h();
    const std::int64_t right = (conv.out.width - 1) * w.stride_w - w.pad_left + w.extent_w();
    return w.pad_top > 0 || w.pad_left > 0 || bottom > conv.in.height || right > conv.in.width;
}

std::string hex_byte(std::int64_t value) {
    return fmt::format("{:02x}", static_cast<unsigned>(value) & 0xffU);
}

/// A word for each clock of a position: pass by pass, rows and columns of the window, words of the channels;
/// in it PE by PE, product by product, the first in the lowest byte.
std::string weight_image(const IntegerConv& conv, const FoldedPlan& plan) {
    const std::int64_t taps = conv.window.taps();
    const std::int64_t depth = conv.depth();
    std::string image;
    for (std::int64_t pass = 0; pass < plan.passes; ++pass) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            for (std::int64_t c = 0; c < plan.length / taps; ++c) {
                for (std::int64_t pe = plan.fold.pe; pe-- > 0;) {
                    for (std::int64_t i = plan.fold.simd; i-- > 0;) {
                        const std::int64_t filter = pass * plan.fold.pe + pe;
                        const std::int64_t channel = c * plan.fold.simd + i;
                        image += hex_byte(conv.weights[place((filter * depth + channel) * taps + tap)]);
                    }
                }
                image += '\n';
            }
        }
    }
    return image;
}

/// A word for each beat of an output position.
std::string bias_image(const IntegerConv& conv, const FoldedPlan& plan, std::int64_t bits) {
    std::string image;
    for (std::int64_t n = 0; n < conv.out.channels; n += plan.output_bytes) {
        std::string word;
        for (std::int64_t o = plan.output_bytes; o-- > 0;) {
            const std::int64_t value = conv.bias.empty() ? 0 : conv.bias[place(n + o)];
            for (std::int64_t bit = bits; bit-- > 0;) {
                word += ((value >> std::min<std::int64_t>(bit, 63)) & 1) != 0 ? '1' : '0';
            }
        }
        word.insert(0, (4 - word.size() % 4) % 4, '0');
        for (std::size_t i = 0; i < word.size(); i += 4) {
            image += fmt::format("{:x}", std::stoi(word.substr(i, 4), nullptr, 2));
        }
        image += '\n';
    }
    return image;
}

/// Registered adders over `count` terms of each PE. @return their text and the name of the sums
std::pair<std::string, std::string> adder_tree(std::int64_t pe, std::int64_t count) {
    std::string text;
    std::string from = "products";
    for (std::int64_t level = 1, bits = 16; count > 1; ++level, ++bits) {
        const std::int64_t sums = ceil_div(count, 2);
        const std::string to = fmt::format("level{}", level);
        const auto fill = [&](std::string_view part, const std::string& odd) {
            return fill_in(part, {{"all", pe * sums * (bits + 1)},
                                  {"to", to},
                                  {"from", from},
                                  {"pe", pe},
                                  {"pairs", count / 2},
                                  {"count", count},
                                  {"sums", sums},
                                  {"bits_in", bits},
                                  {"bits", bits + 1},
                                  {"odd", odd}});
        };
        text += fill(kTreeLevel, count % 2 == 1 ? fill(kTreeOdd, "") : "");
        from = to;
        count = sums;
    }
    return {text, from};
}

std::string rounding(std::int64_t shift, std::int64_t bits) {
    const std::string indent(12, ' ');
    if (shift >= bits) {
        return fmt::format("{}wire signed {} scaled = {};\n", indent, range(bits), constant(bits, 0));
    }
    if (shift > 0) {
        return fmt::format(
            "{}wire signed {} nudged = biased + {} + $signed({{{{{}{{1'b0}}}}, biased[{}]}});\n"
            "{}wire signed {} scaled = nudged >>> {};\n",
            indent, range(bits), constant(bits, (std::int64_t{1} << (shift - 1)) - 1), bits - 1, shift,
            indent, range(bits), shift);
    }
    return shift == 0 ? fmt::format("{}wire signed {} scaled = biased;\n", indent, range(bits))
                      : fmt::format("{}wire signed {} scaled = {{biased, {}'d0}};\n", indent,
                                    range(bits - shift), -shift);
}

/// How far apart in the ring the first words of a pass and of the next one are.
std::string pass_steps(const IntegerConv& conv, const FoldedPlan& plan, std::int64_t words_each,
                       std::int64_t ring) {
    const std::string wire = fmt::format("    wire {} pass_step = ", range(ring));
    if (conv.depthwise()) {
        return wire + unsigned_constant(ring, modulo(1, plan.depth)) + ";\n";
    }
    if (conv.groups == 1) {
        return wire + unsigned_constant(ring, 0) + ";\n";
    }
    // The passes of a group read the same words.
    const std::int64_t each = plan.passes / conv.groups;
    const std::int64_t bits = unsigned_bits(each - 1);
    return fill_in(R"(    reg %turn% turn;
    wire %turn% turn_now = begin_position ? %turn_0% : turn;
    wire turn_last = turn_now == %turn_last%;
    always @(posedge clk) if (begin_pass) turn <= turn_last ? %turn_0% : turn_now + %turn_1%;
%wire%turn_last ? %group_step% : %ring_0%;
)",
                   {{"turn", range(bits)},
                    {"turn_0", unsigned_constant(bits, 0)},
                    {"turn_1", unsigned_constant(bits, 1)},
                    {"turn_last", unsigned_constant(bits, each - 1)},
                    {"wire", wire},
                    {"group_step", unsigned_constant(ring, modulo(words_each, plan.depth))},
                    {"ring_0", unsigned_constant(ring, 0)}});
}

std::string shape_text(const Shape& s) { return fmt::format("{} x {} x {}", s.channels, s.height, s.width); }

}  // namespace

FoldedModule folded_module(const std::string& name, const std::string& images, const std::string& note,
                           const IntegerConv& conv, const FoldedPlan& plan) {
    const Window& w = conv.window;
    const Fold& fold = plan.fold;
    const bool depthwise = conv.depthwise();
    const std::int64_t in_bits = 8 * plan.word_bytes;
    const std::int64_t out_bits = 8 * plan.output_bytes;
    const std::int64_t width = conv.in.width;

    const StepTable need = need_steps(plan.schedule, conv.out);
    const StepTable free = free_steps(plan.schedule, conv.out);
    const std::int64_t start = (plan.schedule.need.front() + 1) * plan.words;
    const std::int64_t unread = (plan.schedule.input_positions - 1 - plan.schedule.need.back()) * plan.words;
    const std::int64_t most_lead = std::max({plan.depth, start, largest(need) * plan.words});
    const std::int64_t most_held = std::max({plan.depth, unread, largest(free) * plan.words});
    const std::int64_t lead = signed_bits(-most_lead, most_lead + 1);
    const std::int64_t held = signed_bits(-most_held, most_held + 1);
    const std::int64_t ring = unsigned_bits(plan.depth - 1);
    // A pass holds its places from its beginning until its beats have left, and the next ones go on.
    const std::int64_t lasts = plan.length + plan.latency + plan.output_beats + 1;
    std::int64_t queue = 2;
    while (queue < plan.output_beats * ceil_div(lasts, plan.length)) {
        queue *= 2;
    }
    const std::int64_t room = unsigned_bits(queue);
    const std::int64_t queue_place = unsigned_bits(queue - 1);
    const std::int64_t step = unsigned_bits(plan.length - 1);
    const std::int64_t pass = unsigned_bits(plan.passes - 1);
    const std::int64_t y = unsigned_bits(conv.out.height - 1);
    const std::int64_t x = unsigned_bits(conv.out.width - 1);
    std::string text = fill_in(
        kControl, {{"kind", std::string(depthwise ? "depthwise convolution" : "convolution")},
                   {"kernel", fmt::format("{}x{}", w.kernel_h, w.kernel_w)},
                   {"stride", fmt::format("{}x{}", w.stride_h, w.stride_w)},
                   {"dilation", fmt::format("{}x{}", w.dilation_h, w.dilation_w)},
                   {"padding", fmt::format("{} {} {} {}", w.pad_top, w.pad_left, w.pad_bottom, w.pad_right)},
                   {"note", comment_text(note)},
                   {"in_shape", shape_text(conv.in)},
                   {"out_shape", shape_text(conv.out)},
                   {"pe", fold.pe},
                   {"simd", fold.simd},
                   {"clocks", plan.clocks()},
                   {"length", plan.length},
                   {"shift", conv.shift},
                   {"low", conv.low},
                   {"high", conv.high},
                   {"name", name},
                   {"in", range(in_bits)},
                   {"out", range(out_bits)},
                   {"depth", plan.depth},
                   {"ring", range(ring)},
                   {"ring_last", unsigned_constant(ring, plan.depth - 1)},
                   {"ring_0", unsigned_constant(ring, 0)},
                   {"ring_1", unsigned_constant(ring, 1)},
                   {"held", range(held)},
                   {"held_0", constant(held, 0)},
                   {"held_1", constant(held, 1)},
                   {"held_depth", constant(held, plan.depth)},
                   {"lead", range(lead)},
                   {"lead_0", constant(lead, 0)},
                   {"lead_1", constant(lead, 1)},
                   {"lead_sign", lead - 1},
                   {"lead_start", constant(lead, -start)},
                   {"room", range(room)},
                   {"room_0", unsigned_constant(room, 0)},
                   {"room_1", unsigned_constant(room, 1)},
                   {"room_beats", unsigned_constant(room, plan.output_beats)},
                   {"room_all", unsigned_constant(room, queue)},
                   {"step", range(step)},
                   {"step_0", unsigned_constant(step, 0)},
                   {"step_1", unsigned_constant(step, 1)},
                   {"step_last", unsigned_constant(step, plan.length - 1)},
                   {"pass", range(pass)},
                   {"pass_0", unsigned_constant(pass, 0)},
                   {"pass_1", unsigned_constant(pass, 1)},
                   {"pass_last", unsigned_constant(pass, plan.passes - 1)},
                   {"y", range(y)},
                   {"y_0", unsigned_constant(y, 0)},
                   {"y_1", unsigned_constant(y, 1)},
                   {"y_last", unsigned_constant(y, conv.out.height - 1)},
                   {"x", range(x)},
                   {"x_0", unsigned_constant(x, 0)},
                   {"x_1", unsigned_constant(x, 1)},
                   {"x_last", unsigned_constant(x, conv.out.width - 1)},
                   {"need_cases", step_cases("need_step", lead, need, plan.words, "y", "x")},
                   {"origin_cases", step_cases("origin_step", ring, origin_steps(conv, plan), 1, "y", "x")},
                   {"free_cases", step_cases("free_step", held, free, plan.words, "y_now", "x_now")}});

    const std::int64_t words_each = depthwise ? 1 : conv.depth() / fold.simd;
    const std::int64_t word = unsigned_bits(words_each - 1);
    const std::int64_t column = unsigned_bits(w.kernel_w - 1);
    const std::int64_t to_column = w.dilation_w * plan.words - (words_each - 1);
    const std::int64_t to_row =
        w.dilation_h * width * plan.words - (w.kernel_w - 1) * w.dilation_w * plan.words - (words_each - 1);
    const auto in_ring = [&](std::int64_t value) {
        return unsigned_constant(ring, modulo(value, plan.depth));
    };
    text += fill_in(kAddresses, {{"ring", range(ring)},
                                 {"word", range(word)},
                                 {"word_0", unsigned_constant(word, 0)},
                                 {"word_1", unsigned_constant(word, 1)},
                                 {"word_last", unsigned_constant(word, words_each - 1)},
                                 {"column", range(column)},
                                 {"column_0", unsigned_constant(column, 0)},
                                 {"column_1", unsigned_constant(column, 1)},
                                 {"column_last", unsigned_constant(column, w.kernel_w - 1)},
                                 {"word_step", in_ring(1)},
                                 {"column_step", in_ring(to_column)},
                                 {"row_step", in_ring(to_row)},
                                 {"pass_step", pass_steps(conv, plan, words_each, ring)},
                                 {"sum", range(ring + 1)},
                                 {"sum_sign", ring},
                                 {"sum_depth", unsigned_constant(ring + 1, plan.depth)},
                                 {"origin_start", in_ring(-(w.pad_top * width + w.pad_left) * plan.words)}});

    const bool masked = pads(conv);
    if (masked) {
        const std::int64_t rows =
            (conv.out.height - 1) * w.stride_h + w.extent_h() + w.pad_top + conv.in.height;
        const std::int64_t columns = (conv.out.width - 1) * w.stride_w + w.extent_w() + w.pad_left + width;
        const std::int64_t row_at = signed_bits(-rows, rows);
        const std::int64_t column_at = signed_bits(-columns, columns);
        text += fill_in(kMask, {{"row_at", range(row_at)},
                                {"column_at", range(column_at)},
                                {"x_last", unsigned_constant(x, conv.out.width - 1)},
                                {"y_last", unsigned_constant(y, conv.out.height - 1)},
                                {"first_start", constant(column_at, -w.pad_left)},
                                {"first_step", constant(column_at, w.stride_w)},
                                {"first_0", constant(column_at, 0)},
                                {"first_dilation", constant(column_at, w.dilation_w)},
                                {"top_start", constant(row_at, -w.pad_top)},
                                {"top_step", constant(row_at, w.stride_h)},
                                {"top_0", constant(row_at, 0)},
                                {"top_dilation", constant(row_at, w.dilation_h)},
                                {"row_sign", row_at - 1},
                                {"column_sign", column_at - 1},
                                {"rows", constant(row_at, conv.in.height)},
                                {"columns", constant(column_at, width)}});
    }

    const std::int64_t weight_bits = 8 * fold.pe * plan.products;
    const std::int64_t weight_at = unsigned_bits(plan.clocks() - 1);
    const bool in_logic = fold.multipliers == Multipliers::logic;
    text += fill_in(
        kPipe, {{"in", range(in_bits)},
                {"weights", range(weight_bits)},
                {"clocks", plan.clocks()},
                {"weight_at", range(weight_at)},
                {"weight_at_0", unsigned_constant(weight_at, 0)},
                {"weight_at_1", unsigned_constant(weight_at, 1)},
                {"weights_file", images + "_w.hex"},
                {"masked", masked ? fmt::format("on_map ? ring_read : {}", unsigned_constant(in_bits, 0))
                                  : std::string("ring_read")},
                {"products", 16 * fold.pe * plan.products},
                {"pe", fold.pe},
                {"simd", plan.products},
                {"operand_byte", std::string(depthwise ? "p" : "i")},
                {"product", fill_in(in_logic ? kLogicProduct : kDspProduct, {{"simd", plan.products}})}});
    const auto [tree, terms] = adder_tree(fold.pe, plan.products);
    text += tree;

    const std::int64_t levels = ceil_log2(plan.products);
    const std::int64_t term_bits = 16 + levels;
    const std::int64_t acc = std::max(sum_bits(conv), term_bits);
    const std::int64_t left = unsigned_bits(plan.output_beats);
    const std::int64_t beats = conv.out.channels / plan.output_bytes;
    const std::int64_t beat = unsigned_bits(beats - 1);
    const std::int64_t pipe = 3 + levels;
    const std::int64_t scaled = acc + std::max<std::int64_t>(0, -conv.shift);
    text += fill_in(kResults, {{"pipe", pipe},
                               {"pipe_0", unsigned_constant(pipe + 1, 0)},
                               {"step_0", unsigned_constant(step, 0)},
                               {"sums", acc * fold.pe},
                               {"left", range(left)},
                               {"left_0", unsigned_constant(left, 0)},
                               {"left_1", unsigned_constant(left, 1)},
                               {"left_beats", unsigned_constant(left, plan.output_beats)},
                               {"pe", fold.pe},
                               {"term_bits", term_bits},
                               {"terms", terms},
                               {"widened", acc == term_bits ? std::string("narrow")
                                                            : fmt::format("{{{{{}{{narrow[{}]}}}}, narrow}}",
                                                                          acc - term_bits, term_bits - 1)},
                               {"acc", acc},
                               {"leave", acc * plan.output_bytes},
                               {"beats", beats},
                               {"beat", range(beat)},
                               {"beat_0", unsigned_constant(beat, 0)},
                               {"beat_1", unsigned_constant(beat, 1)},
                               {"beat_last", unsigned_constant(beat, beats - 1)},
                               {"bias_file", images + "_b.hex"},
                               {"out", range(out_bits)},
                               {"output_bytes", plan.output_bytes},
                               {"round", rounding(conv.shift, acc)},
                               {"scaled_low", constant(scaled, conv.low)},
                               {"scaled_high", constant(scaled, conv.high)},
                               {"low_byte", constant(8, conv.low)},
                               {"high_byte", constant(8, conv.high)},
                               {"queue", queue},
                               {"place", range(queue_place)},
                               {"place_0", unsigned_constant(queue_place, 0)},
                               {"place_1", unsigned_constant(queue_place, 1)},
                               {"room", range(room)},
                               {"room_0", unsigned_constant(room, 0)},
                               {"room_1", unsigned_constant(room, 1)}});
    return {std::move(text), weight_image(conv, plan), bias_image(conv, plan, acc)};
}

}  // namespace cleave
