// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Layers with trained numbers: convolution, fully connected, batch norm, and arithmetic with constants.
namespace cleave {
namespace {

std::string show_list(const std::vector<std::int64_t>& dims) {
    return fmt::format("[{}]", fmt::join(dims, ", "));
}

/// Bias of a Gemm: one number a feature, or one for all.
bool is_bias_of(const Constant& bias, std::int64_t features) {
    const auto& dims = bias.dims();
    const bool row = dims.size() <= 2 && (dims.size() < 2 || dims.front() == 1) &&
                     (dims.empty() || dims.back() == features || dims.back() == 1);
    return bias.is_float() && row && (bias.count() == features || bias.count() == 1);
}

std::vector<float> repeated(std::vector<float> numbers, std::int64_t count) {
    const bool single = numbers.size() == 1;
    return single ? std::vector<float>(static_cast<std::size_t>(count), numbers.front()) : std::move(numbers);
}

void scale(std::vector<float>& numbers, double factor) {
    if (factor != 1) {
        for (float& number : numbers) {
            number = static_cast<float>(factor * static_cast<double>(number));
        }
    }
}

/// N x K with its columns where the elements that they belong to are.
std::vector<float> reordered(const std::vector<float>& numbers, std::size_t rows, const Order& order) {
    std::vector<float> result(numbers.size());
    const std::size_t columns = order.size();
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            const auto place = static_cast<std::size_t>(order[static_cast<std::int64_t>(j)]);
            result[i * columns + place] = numbers[i * columns + j];
        }
    }
    return result;
}

/// K x N to N x K.
std::vector<float> transposed(const std::vector<float>& numbers, std::size_t rows, std::size_t columns) {
    std::vector<float> result(numbers.size());
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            result[j * rows + i] = numbers[i * columns + j];
        }
    }
    return result;
}

}  // namespace

bool Translator::conv(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const Constant* weights = constant(node, 1);
    const Constant* bias = constant(node, 2);
    const std::size_t rank = in == nullptr ? 0 : in->dims.size();
    if ((rank != 4 && rank != 3) || weights == nullptr || weights->dims().size() != rank ||
        !weights->is_float() || (has(node, 2) && (bias == nullptr || !bias->is_float()))) {
        return false;
    }
    const auto& dims = weights->dims();
    Conv op;
    op.filters = dims[0];
    op.groups = integer_attribute(node, "group", 1);
    op.bias = bias != nullptr;
    if (op.groups < 1 || op.groups > in->dims[1] || in->dims[1] % op.groups != 0 ||
        in->dims[1] / op.groups != dims[1]) {
        fault(node, fmt::format("weights {} do not fit {} input channels in {} groups", show_list(dims),
                                in->dims[1], op.groups));
        return true;
    }
    const auto kernel = integers_attribute(node, "kernel_shape");
    if (kernel && *kernel != std::vector<std::int64_t>(dims.begin() + 2, dims.end())) {
        fault(node, fmt::format("kernel_shape {} differs from its weights {}", show_list(*kernel),
                                show_list(dims)));
        return true;
    }
    if (bias != nullptr && (bias->count() != op.filters || bias->dims().size() != 1)) {
        fault(node, fmt::format("its bias has {} values for {} filters", bias->count(), op.filters));
        return true;
    }
    // Padding with zeros before a convolution is its own padding.
    const auto pad = in->pad;
    const bool zeros = in->is_padded() && in->pad_value == 0 && in->order.empty();
    const auto from = zeros ? std::optional(in->layer) : layer_of(*in);
    auto w = window(node, *in, rank == 3 ? 1 : dims[2], dims.back());
    if (!w || !from) {
        return false;
    }
    if (zeros) {
        w->pad_top += pad[0];
        w->pad_left += pad[1];
        w->pad_bottom += pad[2];
        w->pad_right += pad[3];
    }
    op.window = *w;
    DraftLayer layer = draft(node, op, *from);
    layer.rank = rank;
    layer.weights = weights->origin;
    // The shape first: it bounds what the weights can claim.
    emit(node, std::move(layer));
    if (auto* out = std::get_if<Feature>(&values_[node.outputs.front()])) {
        LayerParameters& p = layers_[out->layer].parameters;
        if (take(p.weights, *weights) && bias != nullptr) {
            (void)take(p.bias, *bias);
        }
    }
    return true;
}

/// The layer that a fully connected layer reads. A flattening step without a name is part of it.
std::optional<std::size_t> Translator::fc_input(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || in->dims.size() != 2 || in->dims.front() != 1) {
        return std::nullopt;
    }
    const OnnxNode& shaped = model_.nodes[in->node];
    if (in->order.empty() && !in->is_padded() && is_reshaping(shaped.op) && is_step(shaped)) {
        return in->layer;
    }
    return layer_of(*in);
}

/// On a vector; `in` may be a map whose elements are in another order, which the weights then are in, too.
bool Translator::fully_connected(const OnnxNode& node, const Constant& weights, bool rows_are_features,
                                 const Constant* bias) {
    const Feature in = *feature(node, 0);
    const std::int64_t features = weights.dims()[rows_are_features ? 0 : 1];
    const std::int64_t inputs = weights.dims()[rows_are_features ? 1 : 0];
    if (inputs != in.dims[1]) {
        fault(node, fmt::format("weights {} do not fit {} inputs", show_list(weights.dims()), in.dims[1]));
        return true;
    }
    if (bias != nullptr && !is_bias_of(*bias, features)) {
        return false;
    }
    const bool turned =
        !in.order.empty() && !in.is_padded() && in.dims[1] == layers_[in.layer].shape.elements();
    const Order order = turned ? in.order : Order();
    const auto from = turned ? std::optional(in.layer) : fc_input(node);
    if (!from) {
        return false;
    }
    DraftLayer layer = draft(node, FullyConnected{features, bias != nullptr}, *from);
    layer.rank = 2;
    layer.weights = weights.origin;
    emit(node, std::move(layer));
    const auto* out = std::get_if<Feature>(&values_[node.outputs.front()]);
    if (out == nullptr) {
        return true;
    }
    const auto factor = [&](const char* name) {
        const auto* value = find_attribute<double>(node, name);
        return value == nullptr ? 1.0 : *value;
    };
    LayerParameters& p = layers_[out->layer].parameters;
    if (!take(p.weights, weights)) {
        return true;
    }
    if (!rows_are_features) {
        p.weights =
            transposed(p.weights, static_cast<std::size_t>(inputs), static_cast<std::size_t>(features));
    }
    if (turned) {
        p.weights = reordered(p.weights, static_cast<std::size_t>(features), order);
    }
    scale(p.weights, factor("alpha"));
    if (bias != nullptr && take(p.bias, *bias)) {
        p.bias = repeated(std::move(p.bias), features);
        scale(p.bias, factor("beta"));
    }
    return true;
}

bool Translator::gemm(const OnnxNode& node) {
    const Constant* weights = constant(node, 1);
    const Constant* bias = constant(node, 2);
    const Feature* in = feature(node, 0);
    if (in == nullptr || in->dims.size() != 2 || in->dims.front() != 1 || weights == nullptr ||
        weights->dims().size() != 2 || !weights->is_float() || integer_attribute(node, "transA", 0) != 0 ||
        (has(node, 2) && bias == nullptr)) {
        return false;
    }
    return fully_connected(node, *weights, integer_attribute(node, "transB", 0) != 0, bias);
}

bool Translator::matmul(const OnnxNode& node) {
    const Constant* weights = constant(node, 1);
    const Feature* in = feature(node, 0);
    if (in == nullptr || weights == nullptr || weights->dims().size() != 2 || !weights->is_float() ||
        in->dims.empty()) {
        return false;
    }
    if (in->dims.size() == 2 && in->dims.front() == 1) {
        return fully_connected(node, *weights, false, nullptr);
    }
    return channel_matmul(node, *weights);
}

/// A product over the channels, which come last, is a convolution of 1 x 1.
bool Translator::channel_matmul(const OnnxNode& node, const Constant& weights) {
    const Feature in = *feature(node, 0);
    const std::int64_t inputs = weights.dims()[0];
    const std::int64_t filters = weights.dims()[1];
    if (inputs != in.dims.back()) {
        fault(node,
              fmt::format("weights {} do not fit {} inputs", show_list(weights.dims()), in.dims.back()));
        return true;
    }
    const auto channels = channels_along(in, in.dims.size() - 1);
    const std::int64_t positions = layers_[in.layer].shape.positions();
    if (!channels || filters < 1 || positions > kMostFollowed / filters) {
        return false;
    }
    Conv op;
    op.filters = filters;
    op.bias = false;
    DraftLayer layer = draft(node, op, in.layer);
    layer.weights = weights.origin;
    Feature view = in;
    view.dims.back() = filters;
    view.node = index_of(node);
    std::vector<std::int32_t> places;
    places.reserve(static_cast<std::size_t>(positions * filters));
    for (std::int64_t row = 0; row < positions; ++row) {
        const std::int64_t position = in.order[row * inputs] % positions;
        for (std::int64_t filter = 0; filter < filters; ++filter) {
            places.push_back(static_cast<std::int32_t>(filter * positions + position));
        }
    }
    view.order = positions == 1 ? Order() : Order(std::move(places));
    emit_view(node, std::move(layer), view);
    const auto* out = std::get_if<Feature>(&values_[node.outputs.front()]);
    if (out == nullptr) {
        return true;
    }
    LayerParameters& p = layers_[out->layer].parameters;
    std::vector<float> numbers;
    if (take(numbers, weights)) {
        p.weights.resize(numbers.size());
        for (std::int64_t k = 0; k < inputs; ++k) {
            for (std::int64_t n = 0; n < filters; ++n) {
                p.weights[static_cast<std::size_t>(n * inputs + (*channels)[static_cast<std::size_t>(k)])] =
                    numbers[static_cast<std::size_t>(k * filters + n)];
            }
        }
    }
    return true;
}

bool Translator::batch_norm(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || integer_attribute(node, "training_mode", 0) != 0 ||
        integer_attribute(node, "spatial", 1) != 1) {
        return false;
    }
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        if (uses(node.outputs[i]) > 0) {
            return false;
        }
    }
    const std::size_t rank = in->dims.size();
    if (rank < 2) {
        return false;
    }
    LayerParameters p;
    std::size_t input = 1;
    for (std::vector<float>* numbers : {&p.scale, &p.shift, &p.mean, &p.variance}) {
        const Constant* given = constant(node, input++);
        if (given == nullptr || !given->is_float()) {
            return false;
        }
        if (given->count() != in->dims[1]) {
            fault(node, fmt::format("{} has {} values for {} channels", quoted(node.inputs[input - 1]),
                                    given->count(), in->dims[1]));
            return true;
        }
        auto values = per_channel(given->with_dims(channel_dims(given->count(), rank)), *in);
        if (!values) {
            return false;
        }
        *numbers = std::move(*values);
    }
    const auto* epsilon = find_attribute<double>(node, "epsilon");
    p.epsilon = epsilon == nullptr ? 1e-5 : decimal(*epsilon);
    return pointwise(node, BatchNorm{}, *in, std::move(p));
}

/// A number a channel, added to a convolution or fully connected layer without bias, is its bias.
bool Translator::add_bias(const OnnxNode& node, const std::vector<float>& numbers,
                          std::size_t feature_input) {
    const auto from = only_read_here(node, feature_input);
    if (!from) {
        return false;
    }
    DraftLayer& layer = layers_[*from];
    auto* conv = std::get_if<Conv>(&layer.op);
    auto* fc = std::get_if<FullyConnected>(&layer.op);
    if ((conv == nullptr || conv->bias) && (fc == nullptr || fc->bias)) {
        return false;
    }
    (conv != nullptr ? conv->bias : fc->bias) = true;
    layer.parameters.bias = numbers;
    return pass(node, *feature(node, feature_input), feature_input);
}

/// Arithmetic with constants, one a channel or one for all, is a batch norm with these numbers.
bool Translator::affine(const OnnxNode& node, Feature& feature, const Constant& numbers,
                        bool constant_first) {
    const Constant given = legacy_broadcast(node, numbers, feature);
    const auto values = per_channel(given, feature);
    const std::string& op = node.op;
    if (!values || (op == "Div" && constant_first)) {
        return false;
    }
    LayerParameters p;
    const std::size_t count = values->size();
    p.scale.assign(count, op == "Sub" && constant_first ? -1.0F : 1.0F);
    p.shift.assign(count, 0.0F);
    p.mean.assign(count, 0.0F);
    p.variance.assign(count, 1.0F);
    p.epsilon = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const float number = (*values)[i];
        if (op == "Add" || (op == "Sub" && constant_first)) {
            p.shift[i] = number;
        } else if (op == "Sub") {
            p.shift[i] = -number;
        } else {
            p.scale[i] = op == "Div" ? 1.0F / number : number;
        }
    }
    std::optional<ScalarAffine> scalar;
    if (numbers.count() == 1) {
        scalar = ScalarAffine{p.scale.front(), p.shift.front()};
    }
    return pointwise(node, BatchNorm{}, feature, std::move(p), scalar);
}

/// Before opset 7, a second input broadcasts only if an attribute says so, from an axis on.
Constant Translator::legacy_broadcast(const OnnxNode& node, const Constant& numbers,
                                      const Feature& feature) const {
    constexpr std::int64_t kBroadcasting = 7;
    const std::int64_t rank = static_cast<std::int64_t>(feature.dims.size());
    const std::int64_t axis = integer_attribute(node, "axis", -1);
    const auto given = static_cast<std::int64_t>(numbers.dims().size());
    if (model_.opset >= kBroadcasting || integer_attribute(node, "broadcast", 0) == 0 || axis < 0 ||
        axis + given > rank) {
        return numbers;
    }
    std::vector<std::int64_t> dims = numbers.dims();
    dims.resize(static_cast<std::size_t>(rank - axis), 1);
    return numbers.with_dims(std::move(dims));
}

}  // namespace cleave
