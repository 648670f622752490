// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_layer.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

namespace cleave {
namespace {

// Far above any network for an embedded device; keeps every product of sizes inside 64 bits.
constexpr IntegerRange kPositive{1, kLargestExtent};
constexpr IntegerRange kNotNegative{0, kLargestExtent};

/// An integer for both dimensions, or [height, width].
std::array<std::int64_t, 2> read_pair(const std::optional<Field>& field) {
    if (!field) {
        return {1, 1};
    }
    if (!field->is(NodeKind::sequence)) {
        const std::int64_t both = field->integer(kPositive).value_or(1);
        return {both, both};
    }
    const std::vector<Field> items = field->items("integers");
    if (items.size() != 2) {
        field->fault(
            fmt::format("has {} (an integer, or [height, width], is needed)", count_items(items.size())));
        return {1, 1};
    }
    return {items[0].integer(kPositive).value_or(1), items[1].integer(kPositive).value_or(1)};
}

/// An integer for all sides, [height, width], or [top, left, bottom, right].
void read_pad(const std::optional<Field>& field, Window& window) {
    if (!field) {
        return;
    }
    std::vector<std::int64_t> pad;
    if (!field->is(NodeKind::sequence)) {
        pad.assign(4, field->integer(kNotNegative).value_or(0));
    } else {
        for (const Field& item : field->items("integers")) {
            pad.push_back(item.integer(kNotNegative).value_or(0));
        }
        if (pad.size() == 2) {
            pad = {pad[0], pad[1], pad[0], pad[1]};
        }
    }
    if (pad.size() != 4) {
        field->fault(
            fmt::format("has {} (an integer, [height, width], or [top, left, bottom, right] is needed)",
                        count_items(pad.size())));
        return;
    }
    window.pad_top = pad[0];
    window.pad_left = pad[1];
    window.pad_bottom = pad[2];
    window.pad_right = pad[3];
}

Window read_window(Fields& fields) {
    Window window;
    const auto kernel = read_pair(fields.require("kernel"));
    window.kernel_h = kernel[0];
    window.kernel_w = kernel[1];
    const auto stride = read_pair(fields.find("stride"));
    window.stride_h = stride[0];
    window.stride_w = stride[1];
    read_pad(fields.find("pad"), window);
    const auto steps = read_pair(fields.find("dilation"));
    window.dilation_h = steps[0];
    window.dilation_w = steps[1];
    return window;
}

std::int64_t read_positive(const std::optional<Field>& field) {
    return field ? field->integer(kPositive).value_or(1) : 1;
}

std::optional<bool> read_flag(const std::optional<Field>& field) {
    return field ? field->boolean() : std::nullopt;
}

LayerOp read_conv(Fields& fields, const LayerDefaults& defaults) {
    Conv conv;
    conv.filters = read_positive(fields.require("filters"));
    conv.window = read_window(fields);
    conv.groups = read_positive(fields.find("groups"));
    conv.bias = read_flag(fields.find("bias")).value_or(defaults.bias);
    return {conv};
}

LayerOp read_depthwise(Fields& fields, const LayerDefaults& defaults) {
    Conv conv;
    conv.window = read_window(fields);
    conv.bias = read_flag(fields.find("bias")).value_or(defaults.bias);
    return {conv, true};
}

LayerOp read_fc(Fields& fields, const LayerDefaults& defaults) {
    FullyConnected fc;
    fc.features = read_positive(fields.require("features"));
    fc.bias = read_flag(fields.find("bias")).value_or(defaults.bias);
    return {fc};
}

LayerOp read_pool(Fields& fields, PoolKind kind) {
    Pool pool;
    pool.kind = kind;
    pool.window = read_window(fields);
    pool.ceil = read_flag(fields.find("ceil")).value_or(false);
    if (kind == PoolKind::average) {
        pool.count_pad = read_flag(fields.find("count_pad")).value_or(false);
    }
    return {pool};
}

std::optional<double> read_number(const std::optional<Field>& field) {
    return field ? field->real({}) : std::nullopt;
}

LayerOp read_lrn(Fields& fields) {
    Lrn lrn;
    if (const auto size = fields.find("size")) {
        lrn.size = size->integer(kPositive).value_or(lrn.size);
    }
    lrn.alpha = read_number(fields.find("alpha")).value_or(lrn.alpha);
    lrn.beta = read_number(fields.find("beta")).value_or(lrn.beta);
    lrn.k = read_number(fields.find("k")).value_or(lrn.k);
    return {lrn};
}

LayerOp read_activation(Fields& fields, ActivationKind kind) {
    Activation activation{kind};
    activation.alpha = read_number(fields.find("alpha"));
    if (kind != ActivationKind::leaky_relu) {
        activation.beta = read_number(fields.find("beta"));
    }
    return {activation};
}

LayerOp read_other(Fields& fields) {
    Other other{"", {1, 1, 1}};
    if (const std::optional<Field> type = fields.require("type")) {
        other.type = type->string().value_or("");
    }
    if (const std::optional<Field> output = fields.require("output")) {
        const std::vector<Field> items = output->items("three integers, [channels, height, width],");
        if (items.size() == 3) {
            other.output = {items[0].integer(kPositive).value_or(1), items[1].integer(kPositive).value_or(1),
                            items[2].integer(kPositive).value_or(1)};
        } else if (output->is(NodeKind::sequence)) {
            output->fault(
                fmt::format("has {} ([channels, height, width] is needed)", count_items(items.size())));
        }
    }
    if (const auto macs = fields.find("macs")) {
        other.macs = macs->integer({0, kMostOtherMacs}).value_or(0);
    }
    if (const auto weights = fields.find("weights")) {
        other.weights = weights->integer({0, kMostOtherWeights}).value_or(0);
    }
    return {other, false, Inputs::any};
}

LayerOp read_slice(Fields& fields) {
    Slice slice{0, 1};
    if (const std::optional<Field> channels = fields.require("channels")) {
        const std::vector<Field> items = channels->items("two integers, [first, count],");
        if (items.size() == 2) {
            slice.first = items[0].integer(kNotNegative).value_or(0);
            slice.count = items[1].integer(kPositive).value_or(1);
        } else if (channels->is(NodeKind::sequence)) {
            channels->fault(fmt::format("has {} ([first, count] is needed)", count_items(items.size())));
        }
    }
    return {slice};
}

using Reader = std::function<LayerOp(Fields&, const LayerDefaults&)>;

template <class T>
Reader plain(T op, Inputs inputs = Inputs::one) {
    return [op, inputs](Fields&, const LayerDefaults&) { return LayerOp{op, false, inputs}; };
}

/// Activations with an alpha, and perhaps a beta.
bool has_constants(ActivationKind kind) {
    return kind == ActivationKind::leaky_relu || kind == ActivationKind::hard_sigmoid ||
           kind == ActivationKind::hard_swish;
}

const Choices<Op>& then_ops() {
    static const Choices<Op> ops = [] {
        Choices<Op> all{{"batch_norm", BatchNorm{}}};
        for (const auto& [kind, name] : names_of(ActivationKind{})) {
            all.emplace_back(name, Activation{kind});
        }
        all.emplace_back("dropout", Dropout{});
        return all;
    }();
    return ops;
}

const Choices<Reader>& readers() {
    static const Choices<Reader> table = [] {
        Choices<Reader> ops{
            {"conv", read_conv},
            {"depthwise", read_depthwise},
            {"fc", read_fc},
            {"max_pool", [](Fields& f, const LayerDefaults&) { return read_pool(f, PoolKind::max); }},
            {"avg_pool", [](Fields& f, const LayerDefaults&) { return read_pool(f, PoolKind::average); }},
            {"global_avg_pool", plain(GlobalAveragePool{})},
            {"add", plain(Add{}, Inputs::several)},
            {"mul", plain(Mul{}, Inputs::several)},
            {"concat", plain(Concat{}, Inputs::several)},
            {"slice", [](Fields& f, const LayerDefaults&) { return read_slice(f); }},
            {"shuffle",
             [](Fields& f, const LayerDefaults&) {
                 return LayerOp{Shuffle{read_positive(f.require("groups"))}};
             }},
            {"softmax", plain(Softmax{})},
            {"lrn", [](Fields& f, const LayerDefaults&) { return read_lrn(f); }},
            {"flatten", plain(Flatten{})},
            {"other", [](Fields& f, const LayerDefaults&) { return read_other(f); }},
        };
        for (const auto& [name, op] : then_ops()) {
            const auto* activation = std::get_if<Activation>(&op);
            if (activation != nullptr && has_constants(activation->kind)) {
                const ActivationKind kind = activation->kind;
                ops.emplace_back(
                    name, [kind](Fields& f, const LayerDefaults&) { return read_activation(f, kind); });
            } else {
                ops.emplace_back(name, plain(op));
            }
        }
        return ops;
    }();
    return table;
}

}  // namespace

std::optional<LayerOp> read_layer_op(Fields& fields, const LayerDefaults& defaults) {
    const std::optional<Field> op = fields.find("op");
    if (!op) {
        fields.self().fault("missing key 'op'");
        return std::nullopt;
    }
    const std::optional<Reader> reader = op->choice(readers(), "operation");
    return reader ? std::optional<LayerOp>((*reader)(fields, defaults)) : std::nullopt;
}

std::vector<ThenOp> read_then(Fields& fields) {
    std::vector<ThenOp> result;
    const std::optional<Field> then = fields.find("then");
    if (!then) {
        return result;
    }
    for (const Field& item : then->items("operations")) {
        if (const std::optional<Op> op = item.choice(then_ops(), "operation")) {
            result.push_back({item.node().text, *op, item.node().place});
        }
    }
    return result;
}

}  // namespace cleave
