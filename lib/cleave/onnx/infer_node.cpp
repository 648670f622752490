// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/infer_node.hpp"

#include "cleave/network/layer.hpp"
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

// Shape rules of operators that the library does not know, or knows in an older form only.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

/// Sizes of feature maps stay below what a double holds exactly.
constexpr double kLargestSize = 1LL << 40;

/// Operators with the shape of their first input, in all versions and domains.
bool keeps_shape(const std::string& op) {
    static const std::set<std::string> names{"Abs",
                                             "BatchNormalization",
                                             "BiasGelu",
                                             "BipolarQuant",
                                             "Ceil",
                                             "Celu",
                                             "Clip",
                                             "CumSum",
                                             "DequantizeLinear",
                                             "Elu",
                                             "Erf",
                                             "Exp",
                                             "FastGelu",
                                             "Floor",
                                             "Gelu",
                                             "GroupNorm",
                                             "GroupNormalization",
                                             "HardSigmoid",
                                             "HardSwish",
                                             "Hardmax",
                                             "Identity",
                                             "InstanceNormalization",
                                             "IntQuant",
                                             "LRN",
                                             "LayerNormalization",
                                             "LeakyRelu",
                                             "Log",
                                             "LogSoftmax",
                                             "LpNormalization",
                                             "MeanVarianceNormalization",
                                             "Mish",
                                             "MultiThreshold",
                                             "Neg",
                                             "PRelu",
                                             "Quant",
                                             "QuantizeLinear",
                                             "QuickGelu",
                                             "RMSNormalization",
                                             "Reciprocal",
                                             "Relu",
                                             "RequantShift",
                                             "RotaryEmbedding",
                                             "Round",
                                             "Selu",
                                             "Shrink",
                                             "Sigmoid",
                                             "Sign",
                                             "SimplifiedLayerNormalization",
                                             "SkipLayerNormalization",
                                             "Softmax",
                                             "Softplus",
                                             "Softsign",
                                             "Sqrt",
                                             "Swish",
                                             "Tanh",
                                             "ThresholdedRelu",
                                             "Trunc"};
    return names.count(op) > 0;
}

/// Before opset 7, the second input broadcasts to the first.
bool is_old_arithmetic(const std::string& op, std::int64_t opset) {
    constexpr std::int64_t kBroadcasting = 7;
    return opset < kBroadcasting && (op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Pow");
}

bool broadcasts(const std::string& op) {
    return op == "BitwiseAnd" || op == "BitwiseOr" || op == "BitwiseXor";
}

std::optional<Dims> integers_of(const std::vector<KnownInput>& inputs, std::size_t i) {
    constexpr std::int64_t kMost = 64;
    if (i >= inputs.size() || !inputs[i].number || inputs[i].number->is_float() ||
        inputs[i].number->count() > kMost) {
        return std::nullopt;
    }
    return inputs[i].number->integers();
}

bool is_reduction(const std::string& op) { return op.starts_with("Reduce"); }

/// From opset 18 on, axes are an input (ReduceSum: from 13 on).
OptionalDims reduced(const OnnxNode& node, const Dims& dims, const std::vector<KnownInput>& inputs) {
    auto axes = integers_attribute(node, "axes");
    const bool given = inputs.size() > 1 && !node.inputs[1].empty();
    if (!axes && given) {
        axes = integers_of(inputs, 1);
        if (!axes) {
            return std::nullopt;
        }
    }
    if (!axes || axes->empty()) {
        if (integer_attribute(node, "noop_with_empty_axes", 0) != 0) {
            return dims;
        }
        axes.emplace();
        for (std::size_t i = 0; i < dims.size(); ++i) {
            axes->push_back(static_cast<std::int64_t>(i));
        }
    }
    std::vector<bool> gone(dims.size(), false);
    for (const std::int64_t axis : *axes) {
        const auto index = axis_of(axis, dims.size());
        if (!index) {
            return std::nullopt;
        }
        gone[*index] = true;
    }
    const bool keep = integer_attribute(node, "keepdims", 1) != 0;
    Dims result;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (!gone[i] || keep) {
            result.push_back(gone[i] ? 1 : dims[i]);
        }
    }
    return result;
}

OptionalDims padded(const OnnxNode& node, const Dims& dims, const std::vector<KnownInput>& inputs) {
    auto pads = integers_attribute(node, "pads");
    pads = pads ? pads : integers_of(inputs, 1);
    auto axes = integers_of(inputs, 3);
    if (!axes) {
        if (inputs.size() > 3 && !node.inputs[3].empty()) {
            return std::nullopt;
        }
        axes.emplace();
        for (std::size_t i = 0; i < dims.size(); ++i) {
            axes->push_back(static_cast<std::int64_t>(i));
        }
    }
    if (!pads || pads->size() != 2 * axes->size()) {
        return std::nullopt;
    }
    Dims result = dims;
    for (std::size_t i = 0; i < axes->size(); ++i) {
        const auto axis = axis_of((*axes)[i], dims.size());
        const double size = axis ? static_cast<double>(result[*axis]) + static_cast<double>((*pads)[i]) +
                                       static_cast<double>((*pads)[i + axes->size()])
                                 : -1;
        if (!(size >= 0) || size > kLargestSize) {
            return std::nullopt;
        }
        result[*axis] = static_cast<std::int64_t>(size);
    }
    return result;
}

/// By factors or to sizes, of all axes or of some.
OptionalDims resized(const OnnxNode& node, const Dims& dims, const std::vector<KnownInput>& inputs) {
    auto axes = integers_attribute(node, "axes");
    if (!axes) {
        axes.emplace();
        for (std::size_t i = 0; i < dims.size(); ++i) {
            axes->push_back(static_cast<std::int64_t>(i));
        }
    }
    const Constant* factors =
        inputs.size() > 2 && inputs[2].number && inputs[2].number->count() > 0 ? &*inputs[2].number : nullptr;
    const auto sizes = integers_of(inputs, 3);
    const std::size_t count = sizes                ? sizes->size()
                              : factors != nullptr ? static_cast<std::size_t>(factors->count())
                                                   : 0;
    if (count != axes->size()) {
        return std::nullopt;
    }
    Dims result = dims;
    std::vector<double> scales;
    for (std::size_t i = 0; i < count; ++i) {
        const auto axis = axis_of((*axes)[i], dims.size());
        if (!axis) {
            return std::nullopt;
        }
        (*axes)[i] = static_cast<std::int64_t>(*axis);
        const auto size = static_cast<double>(dims[*axis]);
        scales.push_back(sizes ? static_cast<double>((*sizes)[i]) / size
                               : factors->number(static_cast<std::int64_t>(i)));
    }
    const std::string policy = text_attribute(node, "keep_aspect_ratio_policy");
    const bool one = sizes && (policy == "not_larger" || policy == "not_smaller");
    const double common = !one                     ? 0
                          : policy == "not_larger" ? *std::min_element(scales.begin(), scales.end())
                                                   : *std::max_element(scales.begin(), scales.end());
    for (std::size_t i = 0; i < count; ++i) {
        std::int64_t& dim = result[static_cast<std::size_t>((*axes)[i])];
        const double size = one     ? std::floor(common * static_cast<double>(dim) + 0.5)
                            : sizes ? static_cast<double>((*sizes)[i])
                                    : std::floor(static_cast<double>(dim) * scales[i]);
        if (!(size >= 0) || size > kLargestSize) {
            return std::nullopt;
        }
        dim = static_cast<std::int64_t>(size);
    }
    return result;
}

/// Of an average whose taps lie apart, which is newer than libonnx 1.12.
OptionalDims averaged(const OnnxNode& node, const Dims& dims) {
    const std::size_t axes = dims.size() < 2 ? 0 : dims.size() - 2;
    const auto list = [&](const char* name, std::size_t count, std::int64_t usual) {
        auto numbers = integers_attribute(node, name);
        return numbers && !numbers->empty() ? *numbers : Dims(count, usual);
    };
    const Dims kernel = list("kernel_shape", 0, 1);
    const Dims strides = list("strides", axes, 1);
    const Dims dilations = list("dilations", axes, 1);
    const Dims pads = list("pads", 2 * axes, 0);
    const std::string rule = text_attribute(node, "auto_pad");
    const bool same = rule == "SAME_UPPER" || rule == "SAME_LOWER";
    const bool ceil = integer_attribute(node, "ceil_mode", 0) != 0;
    if (axes == 0 || kernel.size() != axes || strides.size() != axes || dilations.size() != axes ||
        pads.size() != 2 * axes) {
        return std::nullopt;
    }
    const auto is_sound = [](std::int64_t least) {
        return [least](std::int64_t n) { return n >= least && n <= kLargestExtent; };
    };
    if (!std::all_of(kernel.begin(), kernel.end(), is_sound(1)) ||
        !std::all_of(strides.begin(), strides.end(), is_sound(1)) ||
        !std::all_of(dilations.begin(), dilations.end(), is_sound(1)) ||
        !std::all_of(pads.begin(), pads.end(), is_sound(0))) {
        return std::nullopt;
    }
    Dims result = dims;
    for (std::size_t i = 0; i < axes; ++i) {
        std::int64_t& size = result[i + 2];
        const std::int64_t stride = strides[i];
        const bool padded = rule != "VALID";
        const std::int64_t before = padded ? pads[i] : 0;
        const std::int64_t room =
            size + before + (padded ? pads[i + axes] : 0) - dilations[i] * (kernel[i] - 1) - 1;
        if (same) {
            size = (size + stride - 1) / stride;
            continue;
        }
        if (room < 0) {
            return std::nullopt;
        }
        std::int64_t count = (room + (ceil ? stride - 1 : 0)) / stride + 1;
        // No window begins behind the map.
        count -= ceil && (count - 1) * stride >= size + before ? 1 : 0;
        size = count;
    }
    return result;
}

std::vector<OptionalDims> split(const OnnxNode& node, const Dims& dims,
                                const std::vector<KnownInput>& inputs) {
    std::vector<OptionalDims> outputs(node.outputs.size());
    ConstantInputs numbers;
    for (const KnownInput& input : inputs) {
        numbers.push_back(input.number);
    }
    const auto axis = axis_of(integer_attribute(node, "axis", 0), dims.size());
    const auto sizes = axis ? split_sizes(node, dims[*axis], numbers) : std::nullopt;
    for (std::size_t i = 0; sizes && i < outputs.size(); ++i) {
        outputs[i] = dims;
        (*outputs[i])[*axis] = (*sizes)[i];
    }
    return outputs;
}

/// Of an operator's first output.
OptionalDims own_rule(const OnnxNode& node, std::int64_t opset, const std::vector<KnownInput>& inputs) {
    constexpr std::int64_t kWithAxes = 18;
    const Dims& dims = *inputs.front().dims;
    if (keeps_shape(node.op) || is_old_arithmetic(node.op, opset)) {
        return dims;
    }
    if (broadcasts(node.op) && inputs.size() == 2 && inputs[1].dims) {
        return broadcast(dims, *inputs[1].dims);
    }
    if (!node.domain.empty() || opset < kWithAxes) {
        return std::nullopt;
    }
    if (node.op == "AveragePool" && opset > kWithAxes && integers_attribute(node, "dilations")) {
        return averaged(node, dims);
    }
    return is_reduction(node.op) ? reduced(node, dims, inputs)
           : node.op == "Pad"    ? padded(node, dims, inputs)
           : node.op == "Resize" ? resized(node, dims, inputs)
                                 : std::nullopt;
}

}  // namespace

std::vector<OptionalDims> infer_outputs(const OnnxNode& node, std::int64_t opset,
                                        const std::vector<KnownInput>& inputs) {
    const bool fixed = !inputs.empty() && inputs.front().dims && count_elements(*inputs.front().dims);
    if (fixed && node.domain.empty() && node.op == "Split") {
        return split(node, *inputs.front().dims, inputs);
    }
    if (fixed && !node.outputs.empty()) {
        if (auto dims = own_rule(node, opset, inputs)) {
            std::vector<OptionalDims> outputs(node.outputs.size());
            outputs.front() = std::move(dims);
            return outputs;
        }
    }
    return infer_by_library(node, opset, inputs);
}

}  // namespace cleave
