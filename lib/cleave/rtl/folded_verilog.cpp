// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/folded_verilog.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/folded_templates.hpp"
#include "cleave/rtl/rounding_verilog.hpp"
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
    const std::int64_t half = conv.shift > 0 && conv.result_bytes == 1
                                  ? std::int64_t{1} << std::min<std::int64_t>(conv.shift - 1, 40)
                                  : 0;
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

/// A word for each clock of a position: pass by pass, rows and columns of the window, words of the channels;
/// in it PE by PE, product by product, the first in the lowest byte.
std::string weight_image(const IntegerConv& conv, const FoldedPlan& plan) {
    const std::int64_t taps = conv.window.taps();
    const std::int64_t depth = conv.depth();
    // Behind a column former the rows of a window are products of one clock, channels of a row together.
    const std::int64_t steps = plan.fold.columns ? conv.window.kernel_w : taps;
    std::string image;
    for (std::int64_t pass = 0; pass < plan.passes.count; ++pass) {
        for (std::int64_t step = 0; step < steps; ++step) {
            for (std::int64_t c = 0; c < plan.passes.length / steps; ++c) {
                for (std::int64_t pe = plan.fold.pe; pe-- > 0;) {
                    for (std::int64_t i = plan.products(); i-- > 0;) {
                        const std::int64_t filter = pass * plan.fold.pe + pe;
                        const std::int64_t channel = c * plan.fold.simd + i % plan.fold.simd;
                        const std::int64_t tap = i / plan.fold.simd * conv.window.kernel_w + step;
                        const auto at = place((filter * depth + channel) * taps + tap);
                        image += fmt::format("{:02x}", static_cast<std::uint8_t>(conv.weights[at]));
                    }
                }
                image += '\n';
            }
        }
    }
    return image;
}

/// A word for each beat of an output position, with what rounding adds.
std::string bias_image(const IntegerConv& conv, const FoldedPlan& plan, std::int64_t bits) {
    const std::int64_t half = conv.result_bytes > 1 ? 0 : rounding_half(bits, conv.shift);
    std::string image;
    for (std::int64_t n = 0; n < conv.out.channels; n += plan.passes.output) {
        std::string word;
        for (std::int64_t o = plan.passes.output; o-- > 0;) {
            const std::int64_t value = half + (conv.bias.empty() ? 0 : conv.bias[place(n + o)]);
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

}  // namespace

FoldedModule folded_module(const std::string& name, const std::string& images, const ModuleNote& note,
                           const IntegerConv& conv, const FoldedPlan& plan) {
    const Fold& fold = plan.fold;
    const bool depthwise = conv.depthwise();
    const bool is_exact = conv.result_bytes > 1;
    const std::int64_t result_bits = 8 * conv.result_bytes;
    const bool columns = fold.columns;
    const Turns turns{columns ? row_window(conv.window) : conv.window,
                      columns ? rows_of(conv.in, conv.out) : conv.in,
                      conv.out,
                      depthwise ? 1 : conv.depth() / fold.simd,
                      depthwise ? 1 : plan.passes.count / conv.groups,
                      fmt::format("{}convolution{}", depthwise ? "depthwise " : "",
                                  columns ? ", whole columns of its window" : ""),
                      note,
                      is_exact ? fmt::format("exact sums of {} bits", result_bits)
                               : fmt::format("(sum + bias) / 2^{}, halves to even, limited to {} to {}",
                                             conv.shift, conv.low, conv.high)};
    std::string text =
        reading_text(name, turns, plan, result_bits, unsigned_constant(8 * plan.passes.word_bytes, 0));
    const std::int64_t weight_bits = 8 * fold.pe * plan.products();
    const std::int64_t weight_at = unsigned_bits(plan.passes.clocks() - 1);
    const bool in_logic = fold.multipliers == Multipliers::logic;
    text += fill_in(
        kPipe, {{"weights", range(weight_bits)},
                {"clocks", plan.passes.clocks()},
                {"weight_at", range(weight_at)},
                {"weight_at_0", unsigned_constant(weight_at, 0)},
                {"weight_at_1", unsigned_constant(weight_at, 1)},
                {"weights_file", images + "_w.hex"},
                {"products", 16 * fold.pe * plan.products()},
                {"pe", fold.pe},
                {"simd", plan.products()},
                {"operand_byte", depthwise ? fmt::format("(i * {} + p)", fold.pe) : std::string("i")},
                {"product", fill_in(in_logic ? kLogicProduct : kDspProduct, {{"simd", plan.products()}})}});
    const auto [tree, terms] = adder_tree(fold.pe, plan.products());
    text += tree;

    const std::int64_t levels = ceil_log2(plan.products());
    const std::int64_t term_bits = 16 + levels;
    const std::int64_t acc = std::max(sum_bits(conv), term_bits);
    const std::int64_t beats = conv.out.channels / plan.passes.output;
    const std::int64_t beat = unsigned_bits(beats - 1);
    const std::int64_t pipe = 3 + levels;
    text += flags_text(plan, pipe);
    text += fill_in(kSums, {{"pipe", pipe},
                            {"sums", acc * fold.pe},
                            {"pe", fold.pe},
                            {"term_bits", term_bits},
                            {"terms", terms},
                            {"widened", acc == term_bits ? std::string("narrow")
                                                         : fmt::format("{{{{{}{{narrow[{}]}}}}, narrow}}",
                                                                       acc - term_bits, term_bits - 1)},
                            {"acc", acc}});
    text += leaving_text(plan, pipe, "sums", acc);
    text += fill_in(
        kResults, {{"acc", acc},
                   {"leave", acc * plan.passes.output},
                   {"beats", beats},
                   {"beat", range(beat)},
                   {"beat_0", unsigned_constant(beat, 0)},
                   {"beat_1", unsigned_constant(beat, 1)},
                   {"beat_last", unsigned_constant(beat, beats - 1)},
                   {"bias_file", images + "_b.hex"},
                   {"out", range(result_bits * plan.passes.output)},
                   {"output_bytes", plan.passes.output},
                   {"result_bits", result_bits},
                   {"round", is_exact ? "" : rounded_text("biased", acc, conv.shift)},
                   {"limited", is_exact ? exact_text("biased", acc, result_bits)
                                        : limited_text(scaled_bits(acc, conv.shift), conv.low, conv.high)}});
    text += queue_text(plan, result_bits);
    return {std::move(text), weight_image(conv, plan), bias_image(conv, plan, acc)};
}

}  // namespace cleave
