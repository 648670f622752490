// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/op_module.hpp"

#include "cleave/rtl/column_verilog.hpp"
#include "cleave/rtl/direct_verilog.hpp"
#include "cleave/rtl/folded_verilog.hpp"
#include "cleave/rtl/pool_verilog.hpp"
#include "cleave/rtl/stream_verilog.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// Of windows that are mapped directly.
OpWidths direct_widths(const Window& window, const Shape& in, std::int64_t out_bytes) {
    return {{in.channels}, out_bytes, in.channels * window.taps()};
}

OpWidths pool_widths(const FoldedPlan& plan) { return {{plan.passes.word_bytes}, plan.passes.output, 0}; }

/// A map that comes in beats, and one that leaves in beats of the same width, or all channels at once.
OpWidths beat_widths(std::int64_t beat, const CircuitNode& node) {
    return beat > 0 ? OpWidths{{beat}, beat} : OpWidths{{node.in.channels}, node.out.channels};
}

std::string window_text(const Window& w) {
    return fmt::format("window:  {}x{}, stride {}x{}, dilation {}x{}, padding {} {} {} {}", w.kernel_h,
                       w.kernel_w, w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.pad_top, w.pad_left,
                       w.pad_bottom, w.pad_right);
}

/// What headers say: of what takes turns, the module adds maps and window itself.
ModuleNote note_of(const CircuitNode& node) {
    ModuleNote note{node.note};
    const auto windowed = [&](const Window& window) {
        if (node.direct) {
            note.facts.push_back("maps:    " + shape_text(node.in) + " -> " + shape_text(node.out));
            note.facts.push_back(window_text(window));
        }
    };
    std::visit(
        Overloaded{
            [&](const IntegerConv& conv) { windowed(conv.window); },
            [&](const MaxPool& pool) { windowed(pool.window); },
            [&](const AveragePool& pool) { windowed(pool.window); },
            [&](const auto&) {
                note.facts.push_back("maps:    " + shape_text(node.in) + " -> " + shape_text(node.out));
            },
        },
        node.op);
    if (!node.numbers.empty()) {
        note.facts.push_back("numbers: " + node.numbers);
    }
    return note;
}

}  // namespace

std::int64_t concat_beat(const StreamConcat& concat, const CircuitNode& node) {
    std::int64_t common = 0;
    for (const std::int64_t channels : concat.channels) {
        common = std::gcd(common, channels);
    }
    return beat_of(common, node.fold.pe);
}

std::int64_t slice_beat(const StreamSlice& slice, const CircuitNode& node) {
    const std::int64_t common = std::gcd(std::gcd(node.in.channels, slice.first), slice.count);
    return node.direct ? 0 : beat_of(common, node.fold.pe);
}

std::int64_t shuffle_beat(const StreamShuffle& shuffle, const CircuitNode& node) {
    return node.direct ? 0 : shuffle_beat(node.in.channels, shuffle.groups, node.fold.pe);
}

OpWidths op_widths(const CircuitNode& node) {
    const std::int64_t each = node.fold.pe;
    return std::visit(
        Overloaded{
            [&](const IntegerConv& conv) -> OpWidths {
                if (node.direct) {
                    return direct_widths(conv.window, conv.in, conv.out.channels * conv.result_bytes);
                }
                const FoldedPlan plan = plan_folded(conv, node.fold);
                const std::int64_t word = plan.passes.word_bytes;
                const std::int64_t out = plan.passes.output * conv.result_bytes;
                return node.fold.columns ? OpWidths{{word / conv.window.kernel_h}, out, word}
                                         : OpWidths{{word}, out};
            },
            [&](const MaxPool& pool) {
                return node.direct ? direct_widths(pool.window, pool.in, pool.in.channels)
                                   : pool_widths(plan_pool(pool, each));
            },
            [&](const AveragePool& pool) {
                return node.direct ? direct_widths(pool.window, pool.in, pool.in.channels)
                                   : pool_widths(plan_pool(pool, each));
            },
            [&](const StreamSum&) -> OpWidths {
                return {std::vector<std::int64_t>(node.reads.size(), each), each};
            },
            [&](const StreamConcat& concat) -> OpWidths {
                const std::int64_t beat = concat_beat(concat, node);
                return beat == 0 ? OpWidths{concat.channels, node.out.channels}
                                 : OpWidths{std::vector<std::int64_t>(node.reads.size(), beat), beat};
            },
            [&](const StreamSlice& slice) -> OpWidths { return beat_widths(slice_beat(slice, node), node); },
            [&](const StreamShuffle& shuffle) -> OpWidths {
                return beat_widths(shuffle_beat(shuffle, node), node);
            },
            [&](const StreamMean&) -> OpWidths {
                return {{each}, mean_lanes(each, node.in.positions())};
            },
            [](const Wires&) -> OpWidths { throw std::logic_error("wires are no module"); },
        },
        node.op);
}

OpModule op_module(const CircuitNode& node, const std::string& name) {
    const std::int64_t each = node.fold.pe;
    const ModuleNote note = note_of(node);
    const auto pool_of = [&](const auto& pool) -> OpModule {
        return node.direct ? OpModule{direct_module(name, note, pool)}
                           : OpModule{pool_module(name, note, pool, plan_pool(pool, each))};
    };
    return std::visit(
        Overloaded{
            [&](const IntegerConv& conv) -> OpModule {
                if (node.direct) {
                    return {direct_module(name, note, conv)};
                }
                FoldedModule made = folded_module(name, name, note, conv, plan_folded(conv, node.fold));
                return {std::move(made.verilog), std::move(made.weights), std::move(made.biases)};
            },
            [&](const MaxPool& pool) { return pool_of(pool); },
            [&](const AveragePool& pool) { return pool_of(pool); },
            [&](const StreamSum& sum) -> OpModule { return {sum_module(name, note, sum, each)}; },
            [&](const StreamConcat& concat) -> OpModule {
                return {concat_module(name, note, concat, concat_beat(concat, node))};
            },
            [&](const StreamSlice& slice) -> OpModule {
                return {slice_module(name, note, slice, node.in.channels, slice_beat(slice, node))};
            },
            [&](const StreamShuffle& shuffle) -> OpModule {
                const std::int64_t beat = shuffle_beat(shuffle, node);
                return {beat > 0 ? shuffle_module(name, note, node.in.channels, shuffle.groups, beat)
                                 : shuffle_module(name, note, shuffle, node.in.channels)};
            },
            [&](const StreamMean& mean) -> OpModule {
                return {mean_module(name, note, mean, node.in, each)};
            },
            [](const Wires&) -> OpModule { throw std::logic_error("wires are no module"); },
        },
        node.op);
}

std::string former_module(const CircuitNode& node, const std::string& name) {
    return std::visit(
        Overloaded{
            [&](const IntegerConv& conv) {
                return node.direct ? window_module(name, {node.note}, conv.window, conv.in, conv.out, 0)
                                   : column_module(name, {node.note}, conv, plan_folded(conv, node.fold));
            },
            [&](const MaxPool& pool) {
                return window_module(name, {node.note}, pool.window, pool.in, pool.out, -128);
            },
            [&](const AveragePool& pool) {
                return window_module(name, {node.note}, pool.window, pool.in, pool.out, 0);
            },
            [](const auto&) -> std::string { throw std::logic_error("has no module in front of it"); },
        },
        node.op);
}

const char* former_suffix(const CircuitNode& node) { return node.direct ? "_window" : "_columns"; }

}  // namespace cleave
