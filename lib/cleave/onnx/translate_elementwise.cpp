// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/element_type.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

// Operators that compute every element by itself, or from its channel: activations, sums and products,
// normalisation over channels.
namespace cleave {
namespace {

/// The number of an attribute, as it was probably written; nothing if it is not finite.
std::optional<double> number_of(const OnnxNode& node, const std::string& name, double otherwise) {
    const auto* value = find_attribute<double>(node, name);
    const double number = value == nullptr ? otherwise : decimal(*value);
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// Nothing for a constant that an activation has anyway.
std::optional<double> unless(double number, double usual) {
    return static_cast<float>(number) == static_cast<float>(usual) ? std::nullopt : std::optional(number);
}

constexpr double kSixth = 1.0 / 6;

std::optional<Activation> activation_of(const OnnxNode& node) {
    if (node.op == "Relu") {
        return Activation{ActivationKind::relu};
    }
    if (node.op == "Sigmoid") {
        return Activation{ActivationKind::sigmoid};
    }
    if (node.op == "Tanh") {
        return Activation{ActivationKind::tanh};
    }
    if (node.op == "HardSwish") {
        return Activation{ActivationKind::hard_swish};
    }
    const bool leaky = node.op == "LeakyRelu";
    const auto alpha = number_of(node, "alpha", leaky ? 0.01 : 0.2);
    const auto beta = number_of(node, "beta", 0.5);
    if (!alpha || !beta) {
        return std::nullopt;
    }
    return leaky ? Activation{ActivationKind::leaky_relu, unless(*alpha, 0.01)}
                 : Activation{ActivationKind::hard_sigmoid, unless(*alpha, kSixth), unless(*beta, 0.5)};
}

}  // namespace

bool Translator::unary(const OnnxNode& node, const Op& op) {
    Feature* in = feature(node, 0);
    return in != nullptr && pointwise(node, op, *in);
}

bool Translator::activation(const OnnxNode& node) {
    const auto op = activation_of(node);
    return op && unary(node, *op);
}

bool Translator::clip(const OnnxNode& node) {
    const auto bound = [&](const char* name, std::size_t input, double otherwise) -> std::optional<double> {
        if (has(node, input)) {
            const Constant* given = constant(node, input);
            return given != nullptr && given->count() == 1 ? std::optional(given->number(0)) : std::nullopt;
        }
        const auto* given = find_attribute<double>(node, name);
        return given == nullptr ? otherwise : *given;
    };
    const double most = std::numeric_limits<float>::max();
    const auto low = bound("min", 1, -most);
    const auto high = bound("max", 2, most);
    if (!low || !high) {
        return false;
    }
    if (*low == 0 && *high == 6) {
        return unary(node, Activation{ActivationKind::relu6});
    }
    if (*low == 0 && *high >= most) {
        return unary(node, Activation{ActivationKind::relu});
    }
    if (*low <= -most && *high >= most) {
        return identity(node);
    }
    return false;
}

bool Translator::prelu(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const Constant* slopes = constant(node, 1);
    if (in == nullptr || slopes == nullptr) {
        return false;
    }
    // Before opset 7, a list is one number a channel whatever the rank.
    constexpr std::int64_t kBroadcasting = 7;
    const bool list = model_.opset < kBroadcasting && slopes->dims().size() == 1 && in->dims.size() > 2;
    auto numbers =
        per_channel(list ? slopes->with_dims(channel_dims(slopes->count(), in->dims.size())) : *slopes, *in);
    if (!numbers) {
        return false;
    }
    LayerParameters parameters;
    parameters.weights = std::move(*numbers);
    return pointwise(node, Activation{ActivationKind::prelu}, *in, std::move(parameters));
}

bool Translator::softmax(const OnnxNode& node) {
    constexpr std::int64_t kOverOneAxis = 13;
    Feature* in = feature(node, 0);
    if (in == nullptr) {
        return false;
    }
    const bool one_axis = model_.opset >= kOverOneAxis;
    const auto axis = axis_of(integer_attribute(node, "axis", one_axis ? -1 : 1), in->dims.size());
    if (one_axis && axis && !in->is_padded() && (!is_map(*in) || *axis != 1)) {
        return softmax_view(node, *axis);
    }
    auto layer = follow(node, Softmax{}, *in);
    if (!layer || axis != std::size_t{1}) {
        return false;
    }
    // Older operator sets take the softmax over all that follows the axis.
    if (!one_axis && layers_[layer->inputs.front()].shape.positions() != 1) {
        return false;
    }
    return emit(node, std::move(*layer));
}

bool Translator::lrn(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const auto alpha = number_of(node, "alpha", 1e-4);
    const auto beta = number_of(node, "beta", 0.75);
    const auto k = number_of(node, "bias", 1);
    const std::int64_t size = integer_attribute(node, "size", 0);
    if (in == nullptr || in->dims.size() != 4 || !alpha || !beta || !k || size < 1 || size > kLargestExtent) {
        return false;
    }
    auto layer = follow(node, Lrn{size, *alpha, *beta, *k}, *in);
    return layer && emit(node, std::move(*layer));
}

bool Translator::dropout(const OnnxNode& node) {
    const bool mask = node.outputs.size() > 1 && uses(node.outputs[1]) > 0;
    // A model that trains drops at random.
    const Constant* training = constant(node, 2);
    const bool trains =
        has(node, 2) && (training == nullptr || training->count() != 1 || training->number(0) != 0);
    return !mask && !trains && unary(node, Dropout{});
}

bool Translator::identity(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    return in != nullptr && pass(node, *in);
}

bool Translator::cast(const OnnxNode& node) {
    // Before opset 6 types have names.
    static const std::set<std::string> names{"FLOAT", "FLOAT16", "DOUBLE"};
    Feature* in = feature(node, 0);
    const bool to_float = is_float(element_type(integer_attribute(node, "to", 0))) ||
                          names.count(text_attribute(node, "to")) > 0;
    if (in == nullptr || in->codes != nullptr || !to_float) {
        return false;
    }
    Feature result = *in;
    result.type = OnnxType::float32;
    return pass(node, std::move(result));
}

/// A layer of several inputs, of one rank, each whole or broadcast as add and mul do.
bool Translator::join(const OnnxNode& node, const Op& op) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Feature* in = feature(node, i);
        const bool other = in != nullptr && !in->is_padded() && !is_map(*in);
        if (other && (std::holds_alternative<Concat>(op) ? concat_views(node, 1) : join_views(node, op))) {
            return true;
        }
    }
    std::vector<std::size_t> inputs;
    std::vector<Shape> shapes;
    std::size_t rank = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        Feature* in = feature(node, i);
        const auto from = in == nullptr ? std::nullopt : layer_of(*in);
        if (!from || (rank != 0 && rank != in->dims.size())) {
            return !std::holds_alternative<Concat>(op) && join_views(node, op);
        }
        rank = in->dims.size();
        shapes.push_back(layers_[*from].shape);
        const DraftLayer& before = layers_[*from];
        const OnnxNode& step = model_.nodes[before.node];
        const bool is_part = before.op.index() == op.index() && is_step(step) && only_read_here(node, i);
        if (is_part) {
            inputs.insert(inputs.end(), before.inputs.begin(), before.inputs.end());
        } else {
            inputs.push_back(*from);
        }
    }
    try {
        (void)infer_shape(op, shapes);
    } catch (const std::invalid_argument&) {
        return false;
    }
    DraftLayer layer = draft(node, op, inputs.front());
    layer.inputs = std::move(inputs);
    layer.rank = rank;
    return emit(node, std::move(layer));
}

bool Translator::add(const OnnxNode& node) {
    for (const std::size_t other : {0U, 1U}) {
        const Constant* numbers = constant(node, other);
        Feature* in = feature(node, 1 - other);
        if (numbers == nullptr || in == nullptr) {
            continue;
        }
        const auto values = per_channel(legacy_broadcast(node, *numbers, *in), *in);
        // A number for all channels is rather a part of an activation than a bias.
        const bool one_each = values && (numbers->count() > 1 || values->size() == 1);
        return (one_each && add_bias(node, *values, 1 - other)) || affine(node, *in, *numbers, false);
    }
    return node.inputs.size() == 2 && join(node, Add{});
}

bool Translator::sum(const OnnxNode& node) {
    return node.inputs.size() == 1 ? identity(node) : join(node, Add{});
}

bool Translator::sub(const OnnxNode& node) {
    Feature* left = feature(node, 0);
    Feature* right = feature(node, 1);
    const Constant* numbers = constant(node, left == nullptr ? 0 : 1);
    Feature* in = left == nullptr ? right : left;
    return numbers != nullptr && in != nullptr && affine(node, *in, *numbers, left == nullptr);
}

bool Translator::mul(const OnnxNode& node) {
    for (const std::size_t other : {0U, 1U}) {
        const Constant* numbers = constant(node, other);
        Feature* in = feature(node, 1 - other);
        if (numbers == nullptr || in == nullptr) {
            continue;
        }
        return (numbers->count() == 1 && hard_activation(node, 1 - other, numbers->number(0))) ||
               affine(node, *in, *numbers, false);
    }
    return node.inputs.size() == 2 && (gate(node) || join(node, Mul{}));
}

bool Translator::div(const OnnxNode& node) {
    const Constant* numbers = constant(node, 1);
    Feature* in = feature(node, 0);
    if (numbers == nullptr || in == nullptr) {
        return false;
    }
    return (numbers->count() == 1 && numbers->number(0) != 0 &&
            hard_activation(node, 0, 1 / numbers->number(0))) ||
           affine(node, *in, *numbers, false);
}

/// x times its own sigmoid is a swish, times its own hard sigmoid a hard swish.
bool Translator::gate(const OnnxNode& node) {
    for (const std::size_t side : {0U, 1U}) {
        Feature* in = feature(node, 1 - side);
        const auto sigmoid = only_read_here(node, side);
        if (in == nullptr || !sigmoid) {
            continue;
        }
        const auto* gate = std::get_if<Activation>(&layers_[*sigmoid].op);
        if (gate == nullptr ||
            (gate->kind != ActivationKind::sigmoid && gate->kind != ActivationKind::hard_sigmoid)) {
            continue;
        }
        // Where cleave wrote the model, a gate with a name is a layer.
        if (model_.producer == "cleave" && !is_step(model_.nodes[layers_[*sigmoid].node])) {
            continue;
        }
        Activation op = *gate;
        op.kind = op.kind == ActivationKind::sigmoid ? ActivationKind::swish : ActivationKind::hard_swish;
        const std::size_t gated = layers_[*sigmoid].inputs.front();
        const Feature* opened = feature(node, side);
        const bool in_place = !in->is_padded() && !is_map(*in);
        if (in_place && in->layer == gated && in->order == opened->order && in->dims == opened->dims) {
            return pointwise(node, op, *in);
        }
        auto layer = in_place ? std::nullopt : follow(node, op, *in);
        if (layer && layer->inputs.front() == gated) {
            return emit(node, std::move(*layer));
        }
    }
    return false;
}

/// x and b of a layer that computes relu6(x + b).
std::optional<std::pair<std::size_t, double>> Translator::shifted_relu6(std::size_t layer) const {
    const auto* clamp = std::get_if<Activation>(&layers_[layer].op);
    if (clamp == nullptr || clamp->kind != ActivationKind::relu6) {
        return std::nullopt;
    }
    const DraftLayer& shift = layers_[layers_[layer].inputs.front()];
    if (!shift.scalar || shift.scalar->scale != 1) {
        return std::nullopt;
    }
    return std::pair(shift.inputs.front(), shift.scalar->shift);
}

/// relu6(x + b) / 6 is a hard sigmoid, x relu6(x + b) / 6 a hard swish. @param scale  what input is
/// multiplied by
bool Translator::hard_activation(const OnnxNode& node, std::size_t input, double scale) {
    const auto from = only_read_here(node, input);
    if (!from || static_cast<float>(scale) != static_cast<float>(kSixth)) {
        return false;
    }
    Activation op{ActivationKind::hard_sigmoid};
    std::optional<std::pair<std::size_t, double>> clamp = shifted_relu6(*from);
    if (!clamp && std::holds_alternative<Mul>(layers_[*from].op) && layers_[*from].inputs.size() == 2) {
        op.kind = ActivationKind::hard_swish;
        const auto& factors = layers_[*from].inputs;
        for (const std::size_t side : {0U, 1U}) {
            const auto candidate = shifted_relu6(factors[side]);
            if (candidate && candidate->first == factors[1 - side]) {
                clamp = candidate;
            }
        }
    }
    if (!clamp) {
        return false;
    }
    op.beta = unless(clamp->second / 6, 0.5);
    DraftLayer layer = draft(node, op, clamp->first);
    Feature* in = feature(node, input);
    if (!is_map(*in)) {
        return emit_view(node, std::move(layer), *in);
    }
    layer.rank = in->dims.size();
    return emit(node, std::move(layer));
}

}  // namespace cleave
