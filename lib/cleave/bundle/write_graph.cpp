// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/write_graph.hpp"

#include "cleave/bundle/copied_nodes.hpp"
#include "cleave/bundle/read_node.hpp"
#include "cleave/bundle/rounding_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

// How a graph is written, so that graph_of can read it back: a node of the graph is an ONNX node with its
// name. Where one ONNX node does not suffice, nodes without a name stand before it: DequantizeLinear of
// weights, Reshape between C x 1 x 1 and C, the steps of a shuffle, of a swish and of a Quantize to int32;
// and behind it those of rounding to codes.
namespace cleave {
namespace {

constexpr std::int64_t kInt32 = 6;  // TensorProto.DataType

OnnxType onnx_type(TensorType type) {
    switch (type) {
        case TensorType::float32: return OnnxType::float32;
        case TensorType::int8: return OnnxType::int8;
        case TensorType::int32: return OnnxType::int32;
    }
    throw std::logic_error("tensor type out of range");
}

class GraphWriter {
public:
    explicit GraphWriter(const Graph& graph) : graph_(graph), flat_(graph.tensors.size(), false) {
        for (const GraphTensor& tensor : graph.tensors) {
            names_.insert(tensor.name);
            values_.push_back(tensor.name);
        }
        model_.producer = "cleave";
        model_.graph_name = graph.name;
    }

    OnnxModel write() {
        for (const TensorId id : graph_.inputs) {
            model_.inputs.push_back(value_of(id));
            if (const auto& codes = graph_.tensor(id).codes) {
                const std::string from = std::exchange(values_[index(id)], unique(name(id) + ".rounded"));
                round(*codes, from, name(id));
            }
        }
        for (const GraphNode& node : graph_.nodes) {
            write_rounded(node);
            if (!is_output(node.output)) {
                OnnxValue value = value_of(node.output);
                model_.values.emplace(value.name, std::move(value));
            }
        }
        for (const TensorId id : graph_.outputs) {
            model_.outputs.push_back(value_of(id));
        }
        return std::move(model_);
    }

private:
    [[nodiscard]] bool is_output(TensorId id) const {
        return std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
    }
    [[nodiscard]] bool is_flat(TensorId id) const { return flat_[index(id)]; }
    [[nodiscard]] const Shape& shape(TensorId id) const { return graph_.tensor(id).shape; }
    [[nodiscard]] const std::string& name(TensorId id) const { return values_[index(id)]; }

    void round(const Codes& codes, const std::string& from, const std::string& to) {
        add_rounding(model_, codes, from, to, [&](std::string wanted) { return unique(std::move(wanted)); });
    }

    void write_rounded(const GraphNode& node) {
        const auto& codes = graph_.tensor(node.output).codes;
        if (!codes) {
            write_node(node);
            return;
        }
        const std::string rounded =
            std::exchange(values_[index(node.output)], unique(name(node.output) + ".exact"));
        write_node(node);
        OnnxValue exact = value_of(node.output);
        round(*codes, exact.name, rounded);
        model_.values.emplace(exact.name, std::move(exact));
        values_[index(node.output)] = rounded;
    }

    [[nodiscard]] OnnxValue value_of(TensorId id) const {
        const Shape& s = shape(id);
        std::vector<std::int64_t> dims{1, s.channels};
        if (!is_flat(id)) {
            dims.insert(dims.end(), {s.height, s.width});
        }
        return {name(id), onnx_type(graph_.tensor(id).type), dims};
    }

    /// A value name that no other value has.
    std::string unique(std::string wanted) {
        while (!names_.insert(wanted).second) {
            wanted += '_';
        }
        return wanted;
    }

    std::string constant(OnnxTensor tensor) {
        tensor.name = unique(tensor.name);
        model_.initializers.push_back(std::move(tensor));
        return model_.initializers.back().name;
    }
    std::string floats(const std::string& wanted, std::vector<std::int64_t> dims,
                       std::vector<float> numbers) {
        return constant({wanted, OnnxType::float32, std::move(dims), std::move(numbers), {}});
    }
    std::string integers(const std::string& wanted, OnnxType type, std::vector<std::int64_t> dims,
                         std::vector<std::int64_t> numbers) {
        return constant({wanted, type, std::move(dims), {}, std::move(numbers)});
    }
    std::string list(const std::string& wanted, std::vector<std::int64_t> numbers) {
        const auto count = static_cast<std::int64_t>(numbers.size());
        return integers(wanted, OnnxType::int64, {count}, std::move(numbers));
    }

    void emit(std::string node, std::string op, std::vector<std::string> inputs, std::string output,
              Attributes attributes = {}) {
        model_.nodes.push_back({std::move(node),
                                std::move(op),
                                "",
                                std::move(inputs),
                                {std::move(output)},
                                std::move(attributes)});
    }
    /// A node without a name; returns the name of its output.
    std::string step(const std::string& wanted, const std::string& op, std::vector<std::string> inputs,
                     Attributes attributes = {}) {
        std::string output = unique(wanted);
        emit("", op, std::move(inputs), output, std::move(attributes));
        return output;
    }

    /// The tensor as 1 x C x H x W, or as 1 x C.
    std::string as_map(const GraphNode& node, TensorId id) {
        const Shape& s = shape(id);
        return is_flat(id) ? reshaped(node, id, {1, s.channels, s.height, s.width}) : name(id);
    }
    std::string as_flat(const GraphNode& node, TensorId id) {
        return is_flat(id) ? name(id) : reshaped(node, id, {1, shape(id).elements()});
    }
    std::string reshaped(const GraphNode& node, TensorId id, const std::vector<std::int64_t>& dims) {
        const std::string wanted = node.name + ".reshaped";
        return step(wanted, "Reshape", {name(id), list(wanted + "_shape", dims)});
    }

    std::string fixed_point(const std::string& wanted, OnnxType type, const std::vector<std::int64_t>& dims,
                            const std::vector<float>& numbers, int exponent) {
        const bool narrow = type == OnnxType::int8;
        const double limit = narrow ? 128 : 2147483648.0;
        std::vector<std::int64_t> whole;
        for (const float x : numbers) {
            const double number = std::ldexp(static_cast<double>(x), -exponent);
            if (number != std::trunc(number) || number < -limit || number >= limit) {
                throw std::invalid_argument(fmt::format("{}: {} is not an {} times 2^{}", wanted, x,
                                                        narrow ? "int8" : "int32", exponent));
            }
            whole.push_back(static_cast<std::int64_t>(number));
        }
        const std::string scale = floats(wanted + "_scale", {}, {power_of_two(exponent, wanted)});
        std::vector<std::string> inputs{integers(wanted + "_quantized", type, dims, std::move(whole)), scale};
        if (narrow) {
            inputs.push_back(integers(wanted + "_zero_point", OnnxType::int8, {}, {0}));
        }
        return step(wanted, "DequantizeLinear", std::move(inputs));
    }

    /// Weights and, if there is one, bias of a conv or fc, as further inputs of its node.
    void add_weights(const GraphNode& node, const std::vector<std::int64_t>& dims, bool has_bias,
                     std::vector<std::string>& inputs) {
        const LayerParameters& p = node.parameters;
        const std::string weights = node.name + ".weights";
        const std::string bias = node.name + ".bias";
        inputs.push_back(node.fixed_point ? fixed_point(weights, OnnxType::int8, dims, p.weights,
                                                        node.fixed_point->weights)
                                          : floats(weights, dims, p.weights));
        if (has_bias) {
            inputs.push_back(node.fixed_point ? fixed_point(bias, OnnxType::int32, {dims[0]}, p.bias,
                                                            node.fixed_point->bias)
                                              : floats(bias, {dims[0]}, p.bias));
        }
    }

    void write_node(const GraphNode& node);
    void write_op(const GraphNode& node, const Op& op);
    void write_conv(const GraphNode& node, const Conv& conv);
    void write_pool(const GraphNode& node, const Pool& pool);
    void write_activation(const GraphNode& node, const Activation& activation);
    void write_elementwise(const GraphNode& node, const std::string& binary);
    void write_shuffle(const GraphNode& node, const Shuffle& shuffle);
    void write_quantize(const GraphNode& node, const Quantize& quantize);
    void write_copied(const GraphNode& node, const Other& other);

    const Graph& graph_;
    /// By TensorId: written as 1 x C.
    std::vector<bool> flat_;
    std::set<std::string> names_;
    /// By TensorId: what readers of it read.
    std::vector<std::string> values_;
    OnnxModel model_;
};

void GraphWriter::write_node(const GraphNode& node) {
    // The rank of most outputs is that of the input; write_op says where it differs.
    flat_[index(node.output)] = is_flat(node.inputs.front());
    const std::string& in = name(node.inputs.front());
    const std::string& out = name(node.output);
    std::visit(Overloaded{
                   [&](const Op& op) { write_op(node, op); },
                   [&](const Quantize& quantize) { write_quantize(node, quantize); },
                   [&](const Dequantize& dequantize) {
                       const std::string scale =
                           floats(node.name + ".scale", {}, {power_of_two(dequantize.exponent, node.name)});
                       std::vector<std::string> inputs{in, scale};
                       if (graph_.tensor(node.inputs.front()).type == TensorType::int8) {
                           inputs.push_back(integers(node.name + ".zero_point", OnnxType::int8, {}, {0}));
                       }
                       emit(node.name, "DequantizeLinear", std::move(inputs), out);
                   },
                   [&](const Gather& gather) {
                       emit(node.name, "Gather", {in, list(node.name + ".channels", gather.channels)}, out,
                            {{"axis", std::int64_t{1}}});
                   },
               },
               node.op);
}

void GraphWriter::write_op(const GraphNode& node, const Op& op) {
    const TensorId first = node.inputs.front();
    const std::string& in = name(first);
    const std::string& out = name(node.output);
    const auto becomes = [&](bool flat) { flat_[index(node.output)] = flat; };
    const auto none = [&](const std::string& type) {
        throw std::invalid_argument(fmt::format("'{}': operation {} has no ONNX form", node.name, type));
    };
    std::visit(
        Overloaded{
            [&](const Input&) { none("input"); },
            [&](const Conv& conv) {
                write_conv(node, conv);
                becomes(false);
            },
            [&](const FullyConnected& fc) {
                std::vector<std::string> inputs{as_flat(node, first)};
                add_weights(node, {fc.features, shape(first).elements()}, fc.bias, inputs);
                emit(node.name, "Gemm", std::move(inputs), out, {{"transB", std::int64_t{1}}});
                becomes(true);
            },
            [&](const Pool& pool) {
                write_pool(node, pool);
                becomes(false);
            },
            [&](const GlobalAveragePool&) {
                emit(node.name, "GlobalAveragePool", {as_map(node, first)}, out);
                becomes(false);
            },
            [&](const BatchNorm&) {
                const LayerParameters& p = node.parameters;
                const std::vector<std::int64_t> dims{shape(first).channels};
                emit(node.name, "BatchNormalization",
                     {in, floats(node.name + ".scale", dims, p.scale),
                      floats(node.name + ".shift", dims, p.shift), floats(node.name + ".mean", dims, p.mean),
                      floats(node.name + ".variance", dims, p.variance)},
                     out, {{"epsilon", p.epsilon}});
            },
            [&](const Activation& activation) { write_activation(node, activation); },
            [&](const Dropout&) { emit(node.name, "Dropout", {in}, out); },
            [&](const Add&) { write_elementwise(node, "Add"); },
            [&](const Mul&) { write_elementwise(node, "Mul"); },
            [&](const Concat&) { write_elementwise(node, "Concat"); },
            [&](const Slice& slice) {
                emit(node.name, "Slice",
                     {in, list(node.name + ".starts", {slice.first}),
                      list(node.name + ".ends", {slice.first + slice.count}), list(node.name + ".axes", {1})},
                     out);
            },
            [&](const Shuffle& shuffle) {
                write_shuffle(node, shuffle);
                becomes(false);
            },
            [&](const Flatten&) {
                emit(node.name, "Flatten", {in}, out, {{"axis", std::int64_t{1}}});
                becomes(true);
            },
            [&](const Softmax&) {
                emit(node.name, "Softmax", {in}, out, {{"axis", std::int64_t{1}}});
            },
            [&](const Lrn& lrn) {
                emit(node.name, "LRN", {as_map(node, first)}, out,
                     {{"size", lrn.size}, {"alpha", lrn.alpha}, {"beta", lrn.beta}, {"bias", lrn.k}});
                becomes(false);
            },
            [&](const Other& other) {
                if (node.parameters.copied.empty()) {
                    none(other.type);
                }
                write_copied(node, other);
                becomes(false);
            },
        },
        op);
}

void GraphWriter::write_conv(const GraphNode& node, const Conv& conv) {
    const TensorId first = node.inputs.front();
    std::vector<std::string> inputs{as_map(node, first)};
    add_weights(
        node, {conv.filters, shape(first).channels / conv.groups, conv.window.kernel_h, conv.window.kernel_w},
        conv.bias, inputs);
    Attributes attributes = window_attributes(conv.window, true);
    attributes["group"] = conv.groups;
    emit(node.name, "Conv", std::move(inputs), name(node.output), std::move(attributes));
}

void GraphWriter::write_pool(const GraphNode& node, const Pool& pool) {
    Attributes attributes = window_attributes(pool.window, pool.kind == PoolKind::max);
    attributes["ceil_mode"] = std::int64_t{pool.ceil ? 1 : 0};
    if (pool.kind == PoolKind::average) {
        if (pool.window.dilation_h != 1 || pool.window.dilation_w != 1) {
            throw std::invalid_argument(
                fmt::format("'{}': average pooling with dilation has no ONNX form (opset 13)", node.name));
        }
        attributes["count_include_pad"] = std::int64_t{pool.count_pad ? 1 : 0};
    }
    emit(node.name, pool.kind == PoolKind::max ? "MaxPool" : "AveragePool",
         {as_map(node, node.inputs.front())}, name(node.output), std::move(attributes));
}

void GraphWriter::write_activation(const GraphNode& node, const Activation& activation) {
    const TensorId first = node.inputs.front();
    const std::string& in = name(first);
    const std::string& out = name(node.output);
    const Attributes line{{"alpha", alpha_of(activation)}, {"beta", beta_of(activation)}};
    switch (activation.kind) {
        case ActivationKind::relu: emit(node.name, "Relu", {in}, out); return;
        case ActivationKind::relu6:
            emit(node.name, "Clip",
                 {in, floats(node.name + ".min", {}, {0}), floats(node.name + ".max", {}, {6})}, out);
            return;
        case ActivationKind::leaky_relu:
            emit(node.name, "LeakyRelu", {in}, out, {{"alpha", alpha_of(activation)}});
            return;
        case ActivationKind::prelu: {
            std::vector<std::int64_t> dims{shape(first).channels};
            if (!is_flat(first)) {
                dims.insert(dims.end(), {1, 1});
            }
            emit(node.name, "PRelu", {in, floats(node.name + ".slope", dims, node.parameters.weights)}, out);
            return;
        }
        case ActivationKind::sigmoid: emit(node.name, "Sigmoid", {in}, out); return;
        case ActivationKind::hard_sigmoid: emit(node.name, "HardSigmoid", {in}, out, line); return;
        case ActivationKind::hard_swish:
            emit(node.name, "Mul", {in, step(node.name + ".gate", "HardSigmoid", {in}, line)}, out);
            return;
        case ActivationKind::swish:
            emit(node.name, "Mul", {in, step(node.name + ".gate", "Sigmoid", {in})}, out);
            return;
        case ActivationKind::tanh: emit(node.name, "Tanh", {in}, out); return;
    }
    throw std::logic_error("activation kind out of range");
}

void GraphWriter::write_elementwise(const GraphNode& node, const std::string& op) {
    bool flat = true;
    for (const TensorId in : node.inputs) {
        flat = flat && is_flat(in);
    }
    flat_[index(node.output)] = flat;
    std::vector<std::string> inputs;
    for (const TensorId in : node.inputs) {
        inputs.push_back(flat ? name(in) : as_map(node, in));
    }
    if (op == "Concat") {
        emit(node.name, op, std::move(inputs), name(node.output), {{"axis", std::int64_t{1}}});
        return;
    }
    // Both take two inputs: products and sums of more are built up.
    std::string left = inputs.front();
    for (std::size_t i = 1; i + 1 < inputs.size(); ++i) {
        left = step(node.name + ".part", op, {left, inputs[i]});
    }
    emit(node.name, op, {left, inputs.back()}, name(node.output));
}

void GraphWriter::write_shuffle(const GraphNode& node, const Shuffle& shuffle) {
    const TensorId first = node.inputs.front();
    const Shape& s = shape(first);
    const std::string split = step(
        node.name + ".split", "Reshape",
        {as_map(node, first), list(node.name + ".split_shape",
                                   {1, shuffle.groups, s.channels / shuffle.groups, s.height, s.width})});
    const std::string moved = step(node.name + ".moved", "Transpose", {split},
                                   {{"perm", std::vector<std::int64_t>{0, 2, 1, 3, 4}}});
    emit(node.name, "Reshape", {moved, list(node.name + ".joined_shape", {1, s.channels, s.height, s.width})},
         name(node.output));
}

void GraphWriter::write_quantize(const GraphNode& node, const Quantize& quantize) {
    const std::string& in = name(node.inputs.front());
    const std::string& out = name(node.output);
    const std::string scale = floats(node.name + ".scale", {}, {power_of_two(quantize.exponent, node.name)});
    switch (quantize.type) {
        case TensorType::int8:
            emit(node.name, "QuantizeLinear",
                 {in, scale, integers(node.name + ".zero_point", OnnxType::int8, {}, {0})}, out);
            return;
        case TensorType::int32: {
            const std::string scaled = step(node.name + ".scaled", "Div", {in, scale});
            emit(node.name, "Cast", {step(node.name + ".rounded", "Round", {scaled})}, out, {{"to", kInt32}});
            return;
        }
        case TensorType::float32: break;
    }
    throw std::invalid_argument(fmt::format("'{}': quantises to float32", node.name));
}

void GraphWriter::write_copied(const GraphNode& node, const Other& other) {
    const OnnxModel part = read_onnx(node.parameters.copied);
    CopiedNames names{node.name, other.type, {}, name(node.output)};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const TensorId in = node.inputs[i];
        const Shape& s = shape(in);
        const std::vector<std::int64_t> own{1, s.channels, s.height, s.width};
        const auto wanted = i < part.inputs.size() ? part.inputs[i].dims : std::nullopt;
        names.inputs.push_back(is_flat(in) || own != wanted ? reshaped(node, in, wanted.value_or(own))
                                                            : name(in));
    }
    insert_copied(model_, part, names, [&](std::string wanted) { return unique(std::move(wanted)); });
}

}  // namespace

OnnxModel onnx_of(const Graph& graph) { return GraphWriter(graph).write(); }

}  // namespace cleave
