// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_verilog.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/folded_templates.hpp"
#include "cleave/rtl/turns_verilog.hpp"
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

}  // namespace

FoldedModule folded_module(const std::string& name, const std::string& images, const std::string& note,
                           const IntegerConv& conv, const FoldedPlan& plan) {
    const Fold& fold = plan.fold;
    const bool depthwise = conv.depthwise();
    const std::int64_t in_bits = 8 * plan.word_bytes;
    const std::int64_t out_bits = 8 * plan.output_bytes;
    const Turns turns{conv.window,
                      conv.in,
                      conv.out,
                      depthwise ? 1 : conv.depth() / fold.simd,
                      depthwise ? 1 : plan.passes / conv.groups,
                      depthwise ? "depthwise convolution" : "convolution",
                      note,
                      fmt::format("(sum + bias) / 2^{}, halves to even, limited to {} to {}", conv.shift,
                                  conv.low, conv.high)};
    const bool masked = pads(turns);
    std::string text = control_text(name, turns, plan) + address_text(turns, plan);
    if (masked) {
        text += mask_text(turns);
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
                               {"step_0", unsigned_constant(unsigned_bits(plan.length - 1), 0)},
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
                               {"high_byte", constant(8, conv.high)}});
    text += queue_text(plan);
    return {std::move(text), weight_image(conv, plan), bias_image(conv, plan, acc)};
}

}  // namespace cleave
