// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_node.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cleave {

void fail(std::string message) { throw OnnxError({std::move(message)}); }

void fail(const OnnxNode& node, const std::string& message) {
    fail(fmt::format("node '{}': {}", node.name, message));
}

TensorType tensor_type(const OnnxValue& value) {
    switch (value.type) {
        case OnnxType::float32: return TensorType::float32;
        case OnnxType::int8: return TensorType::int8;
        case OnnxType::int32: return TensorType::int32;
        default: break;
    }
    fail(fmt::format("value '{}' is neither float32 nor int8 nor int32", value.name));
}

Shape shape_of(const OnnxValue& value) {
    const auto& dims = value.dims;
    if (!dims || (dims->size() != 2 && dims->size() != 4) || dims->front() != 1) {
        fail(fmt::format("value '{}' has no shape of 1 x C x H x W or 1 x C", value.name));
    }
    const bool flat = dims->size() == 2;
    const Shape shape{(*dims)[1], flat ? 1 : (*dims)[2], flat ? 1 : (*dims)[3]};
    try {
        return infer_shape(Input{shape}, {});
    } catch (const std::invalid_argument& error) {
        fail(fmt::format("value '{}': {}", value.name, error.what()));
    }
}

const OnnxValue& declared(const OnnxModel& model, const OnnxNode& node) {
    const std::string& name = node.outputs.front();
    if (const auto inside = model.values.find(name); inside != model.values.end()) {
        return inside->second;
    }
    const auto output = std::find_if(model.outputs.begin(), model.outputs.end(),
                                     [&](const OnnxValue& value) { return value.name == name; });
    if (output == model.outputs.end()) {
        fail(node, "has an output of an unknown shape");
    }
    return *output;
}

Window window_of(const OnnxNode& node) {
    using List = std::vector<std::int64_t>;
    const List& kernel = attribute<List>(node, "kernel_shape");
    const List& strides = attribute<List>(node, "strides");
    const List& pads = attribute<List>(node, "pads");
    const List* dilations = find_attribute<List>(node, "dilations");
    if (kernel.size() != 2 || strides.size() != 2 || pads.size() != 4 ||
        (dilations != nullptr && dilations->size() != 2)) {
        fail(node, "the window is not two-dimensional");
    }
    Window w{kernel[0], kernel[1], strides[0], strides[1], 1, 1, pads[0], pads[1], pads[2], pads[3]};
    if (dilations != nullptr) {
        w.dilation_h = (*dilations)[0];
        w.dilation_w = (*dilations)[1];
    }
    return w;
}

float power_of_two(int exponent, const std::string& node) {
    if (exponent < -126 || exponent > 127) {
        throw std::invalid_argument(fmt::format("'{}': the scale 2^{} is no float32", node, exponent));
    }
    return std::ldexp(1.0F, exponent);
}

Attributes window_attributes(const Window& w, bool dilations) {
    using List = std::vector<std::int64_t>;
    Attributes attributes{{"kernel_shape", List{w.kernel_h, w.kernel_w}},
                          {"strides", List{w.stride_h, w.stride_w}},
                          {"pads", List{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}}};
    if (dilations) {
        attributes["dilations"] = List{w.dilation_h, w.dilation_w};
    }
    return attributes;
}

std::optional<double> unless_usual(double value, double usual) {
    return static_cast<float>(value) == static_cast<float>(usual) ? std::nullopt : std::optional(value);
}

Op hard(ActivationKind kind, const OnnxNode& node) {
    return Activation{kind, unless_usual(attribute<double>(node, "alpha"), 1.0 / 6),
                      unless_usual(attribute<double>(node, "beta"), 0.5)};
}

Op pool(const OnnxNode& node) {
    const auto* count_pad = find_attribute<std::int64_t>(node, "count_include_pad");
    return Pool{node.op == "MaxPool" ? PoolKind::max : PoolKind::average, window_of(node),
                attribute<std::int64_t>(node, "ceil_mode") != 0, count_pad != nullptr && *count_pad != 0};
}

Op lrn(const OnnxNode& node) {
    return Lrn{attribute<std::int64_t>(node, "size"), attribute<double>(node, "alpha"),
               attribute<double>(node, "beta"), attribute<double>(node, "bias")};
}

std::optional<Op> plain_op(const std::string& op) {
    static const std::map<std::string, Op> ops = {
        {"Relu", Activation{ActivationKind::relu, {}, {}}},
        {"Sigmoid", Activation{ActivationKind::sigmoid, {}, {}}},
        {"Tanh", Activation{ActivationKind::tanh, {}, {}}},
        {"GlobalAveragePool", GlobalAveragePool{}},
        {"Dropout", Dropout{}},
        {"Flatten", Flatten{}},
        {"Softmax", Softmax{}},
    };
    const auto found = ops.find(op);
    return found == ops.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace cleave
