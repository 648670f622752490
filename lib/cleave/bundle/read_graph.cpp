// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/copied_nodes.hpp"
#include "cleave/bundle/read_node.hpp"
#include "cleave/bundle/rounding_nodes.hpp"
#include "cleave/bundle/write_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

// Reads what write_graph.cpp writes: see there.
namespace cleave {
namespace {

class GraphReader {
public:
    explicit GraphReader(const OnnxModel& model) : model_(model), roundings_(find_roundings(model)) {
        for (const OnnxTensor& tensor : model.initializers) {
            initializers_[tensor.name] = &tensor;
        }
        for (const OnnxNode& node : model.nodes) {
            for (const std::string& output : node.outputs) {
                if (!producers_.emplace(output, &node).second) {
                    fail(fmt::format("value '{}' is computed twice", output));
                }
            }
        }
    }

    Graph read() {
        graph_.name = model_.graph_name;
        for (const OnnxValue& value : model_.inputs) {
            graph_.inputs.push_back(add(value.name, shape_of(value), tensor_type(value)));
            round(value.name, graph_.inputs.back());
        }
        std::set<std::string> names;
        for (const OnnxNode& node : model_.nodes) {
            if (node.name.empty()) {
                continue;
            }
            if (!names.insert(node.name).second) {
                fail(node, "the name is used twice");
            }
            read_node(node);
        }
        for (const OnnxNode& node : model_.nodes) {
            if (node.name.empty() && steps_.count(&node) == 0) {
                fail(fmt::format("a node without a name ({}) belongs to none", node.op));
            }
        }
        for (const OnnxValue& value : model_.outputs) {
            const TensorId id = find(value.name);
            const GraphTensor& tensor = graph_.tensor(id);
            if (tensor.shape != shape_of(value) || tensor.type != tensor_type(value)) {
                fail(fmt::format("output '{}' has another shape or type than what computes it", value.name));
            }
            graph_.outputs.push_back(id);
        }
        return std::move(graph_);
    }

private:
    TensorId add(const std::string& name, const Shape& shape, TensorType type) {
        if (name.empty() || !tensors_.emplace(name, tensor_id(graph_.tensors.size())).second) {
            fail(fmt::format("the value name '{}' is empty or used twice", name));
        }
        return graph_.add_tensor(name, shape, type);
    }

    /// Readers of a rounded value read it by another name.
    void round(const std::string& name, TensorId id) {
        if (const auto found = roundings_.find(name); found != roundings_.end()) {
            graph_.tensors[index(id)].codes = found->second.codes;
            tensors_.emplace(found->second.rounded, id);
            steps_.insert(found->second.nodes.begin(), found->second.nodes.end());
        }
    }

    [[nodiscard]] TensorId find(const std::string& name) const {
        const auto found = tensors_.find(name);
        if (found == tensors_.end()) {
            fail(fmt::format("value '{}' is read before it is computed", name));
        }
        return found->second;
    }

    /// The node without a name of kind `op` that computes a value, if there is one; no product that ends a
    /// rounding.
    const OnnxNode* step(const std::string& value, const std::string& op) {
        const auto found = producers_.find(value);
        if (found == producers_.end() || !found->second->name.empty() || found->second->op != op ||
            found->second->inputs.empty() || (op == "Mul" && steps_.count(found->second) > 0)) {
            return nullptr;
        }
        steps_.insert(found->second);
        return found->second;
    }

    /// The tensor behind an input of a node, through a reshape that only changes the rank.
    TensorId tensor(const std::string& value) {
        const OnnxNode* reshape = step(value, "Reshape");
        return find(reshape == nullptr ? value : reshape->inputs.front());
    }

    const std::string& input(const OnnxNode& node, std::size_t i) {
        if (i >= node.inputs.size()) {
            fail(node, fmt::format("input {} is missing", i + 1));
        }
        return node.inputs[i];
    }

    const OnnxTensor& initializer(const OnnxNode& node, const std::string& name) {
        const auto found = initializers_.find(name);
        if (found == initializers_.end()) {
            fail(node, fmt::format("'{}' is no constant", name));
        }
        return *found->second;
    }

    std::vector<float> floats(const OnnxNode& node, std::size_t i) {
        return initializer(node, input(node, i)).floats;
    }

    std::int64_t integer(const OnnxNode& node, std::size_t i) {
        const OnnxTensor& tensor = initializer(node, input(node, i));
        if (tensor.ints.size() != 1) {
            fail(node, fmt::format("'{}' is no single whole number", tensor.name));
        }
        return tensor.ints.front();
    }

    int exponent(const OnnxNode& node, std::size_t i) {
        const std::vector<float> scale = floats(node, i);
        int exponent = 0;
        if (scale.size() != 1 || std::frexp(scale.front(), &exponent) != 0.5F) {
            fail(node, "the scale is no power of two");
        }
        return exponent - 1;
    }

    void check_zero_point(const OnnxNode& node) {
        if (node.inputs.size() > 2 && integer(node, 2) != 0) {
            fail(node, "the zero point is not 0");
        }
    }

    /// Numbers of weights or bias, times their scale if they are fixed point; sets `exponent_found` then.
    /// `dims` gets the shape.
    std::vector<float> numbers(const OnnxNode& node, std::size_t i, OnnxType type,
                               std::optional<int>& exponent_found, std::vector<std::int64_t>& dims) {
        const OnnxNode* dequantize = step(input(node, i), "DequantizeLinear");
        const OnnxTensor& tensor =
            initializer(node, dequantize == nullptr ? input(node, i) : dequantize->inputs.front());
        dims = tensor.dims;
        if (dequantize == nullptr) {
            return tensor.floats;
        }
        if (tensor.type != type) {
            fail(node, fmt::format("'{}' has the wrong type", tensor.name));
        }
        check_zero_point(*dequantize);
        exponent_found = exponent(*dequantize, 1);
        std::vector<float> result;
        for (const std::int64_t number : tensor.ints) {
            result.push_back(std::ldexp(static_cast<float>(number), *exponent_found));
        }
        return result;
    }

    /// Fills the parameters of a conv or fc; returns the shape of its weights, of `rank` dimensions.
    std::vector<std::int64_t> read_weights(const OnnxNode& node, std::size_t rank, GraphNode& result) {
        std::optional<int> weights;
        std::optional<int> bias;
        std::vector<std::int64_t> dims;
        std::vector<std::int64_t> bias_dims;
        result.parameters.weights = numbers(node, 1, OnnxType::int8, weights, dims);
        if (dims.size() != rank) {
            fail(node, fmt::format("the weights do not have {} dimensions", rank));
        }
        if (node.inputs.size() > 2) {
            result.parameters.bias = numbers(node, 2, OnnxType::int32, bias, bias_dims);
            if (weights.has_value() != bias.has_value()) {
                fail(node, "only one of weights and bias is quantised");
            }
        }
        if (weights) {
            result.fixed_point = FixedPoint{*weights, bias.value_or(0)};
        }
        return dims;
    }

    /// Operands of a sum or product, which is built up from two at a time.
    void operands(const OnnxNode& node, std::vector<TensorId>& result) {
        if (node.inputs.size() != 2) {
            fail(node, "does not have two inputs");
        }
        const OnnxNode* left = step(node.inputs[0], node.op);
        if (left != nullptr) {
            operands(*left, result);
        } else {
            result.push_back(tensor(node.inputs[0]));
        }
        result.push_back(tensor(node.inputs[1]));
    }

    void read_node(const OnnxNode& node);
    NodeOp read_op(const OnnxNode& node, GraphNode& result);
    std::optional<NodeOp> read_joint(const OnnxNode& node, GraphNode& result);
    NodeOp read_batch_norm(const OnnxNode& node, LayerParameters& p);
    NodeOp read_clip(const OnnxNode& node);
    NodeOp read_slice(const OnnxNode& node);
    NodeOp read_gather(const OnnxNode& node);
    NodeOp read_product(const OnnxNode& node, GraphNode& result);
    NodeOp read_shuffle(const OnnxNode& node, GraphNode& result);
    NodeOp read_cast(const OnnxNode& node, GraphNode& result);
    NodeOp read_copied(const OnnxNode& node, const std::string& type, GraphNode& result);

    const OnnxModel& model_;
    Graph graph_;
    std::map<std::string, TensorId> tensors_;
    std::map<std::string, const OnnxTensor*> initializers_;
    std::map<std::string, const OnnxNode*> producers_;
    /// Nodes without a name that have been read as a part of one with a name.
    std::set<const OnnxNode*> steps_;
    std::map<std::string, FoundRounding> roundings_;
};

NodeOp GraphReader::read_product(const OnnxNode& node, GraphNode& result) {
    const OnnxNode* sigmoid = step(input(node, 1), "Sigmoid");
    const OnnxNode* hard_gate = sigmoid == nullptr ? step(input(node, 1), "HardSigmoid") : nullptr;
    const OnnxNode* gate = sigmoid == nullptr ? hard_gate : sigmoid;
    if (gate == nullptr) {
        operands(node, result.inputs);
        return Op{Mul{}};
    }
    if (gate->inputs.front() != node.inputs.front()) {
        fail(node, "multiplies by the gate of another value");
    }
    result.inputs = {tensor(node.inputs.front())};
    if (sigmoid != nullptr) {
        return Op{Activation{ActivationKind::swish, {}, {}}};
    }
    return hard(ActivationKind::hard_swish, *hard_gate);
}

NodeOp GraphReader::read_shuffle(const OnnxNode& node, GraphNode& result) {
    const OnnxNode* transpose = step(input(node, 0), "Transpose");
    const OnnxNode* split = transpose == nullptr ? nullptr : step(transpose->inputs.front(), "Reshape");
    if (split == nullptr) {
        fail(node, "is no channel shuffle");
    }
    const std::vector<std::int64_t>& dims = initializer(node, input(*split, 1)).ints;
    if (dims.size() != 5 || attribute<std::vector<std::int64_t>>(*transpose, "perm") !=
                                std::vector<std::int64_t>{0, 2, 1, 3, 4}) {
        fail(node, "is no channel shuffle");
    }
    result.inputs = {tensor(split->inputs.front())};
    const Shape& s = graph_.tensor(result.inputs.front()).shape;
    if (dims[1] < 1 || s.channels % dims[1] != 0 ||
        dims != std::vector<std::int64_t>{1, dims[1], s.channels / dims[1], s.height, s.width}) {
        fail(node, "is no channel shuffle");
    }
    return Op{Shuffle{dims[1]}};
}

NodeOp GraphReader::read_cast(const OnnxNode& node, GraphNode& result) {
    const OnnxNode* round = step(input(node, 0), "Round");
    const OnnxNode* scale = round == nullptr ? nullptr : step(round->inputs.front(), "Div");
    if (scale == nullptr) {
        fail(node, "is no quantisation");
    }
    result.inputs = {tensor(scale->inputs.front())};
    return Quantize{exponent(*scale, 1), TensorType::int32};
}

NodeOp GraphReader::read_batch_norm(const OnnxNode& node, LayerParameters& p) {
    p.scale = floats(node, 1);
    p.shift = floats(node, 2);
    p.mean = floats(node, 3);
    p.variance = floats(node, 4);
    p.epsilon = attribute<double>(node, "epsilon");
    return Op{BatchNorm{}};
}

NodeOp GraphReader::read_clip(const OnnxNode& node) {
    if (floats(node, 1) != std::vector<float>{0} || floats(node, 2) != std::vector<float>{6}) {
        fail(node, "limits to another range than 0 to 6");
    }
    return Op{Activation{ActivationKind::relu6, {}, {}}};
}

NodeOp GraphReader::read_slice(const OnnxNode& node) {
    const std::int64_t first = integer(node, 1);
    const std::int64_t end = integer(node, 2);
    if (integer(node, 3) != 1 || first < 0 || end <= first) {
        fail(node, "is no slice of channels");
    }
    return Op{Slice{first, end - first}};
}

NodeOp GraphReader::read_gather(const OnnxNode& node) {
    if (attribute<std::int64_t>(node, "axis") != 1) {
        fail(node, "gathers no channels");
    }
    const OnnxTensor& channels = initializer(node, input(node, 1));
    if (channels.dims.size() != 1) {
        fail(node, fmt::format("'{}' is no list", channels.name));
    }
    return Gather{channels.ints};
}

/// Operators with inputs that are more, or other, than the first.
std::optional<NodeOp> GraphReader::read_joint(const OnnxNode& node, GraphNode& result) {
    if (node.op == "Mul") {
        return read_product(node, result);
    }
    if (node.op == "Add") {
        operands(node, result.inputs);
        return Op{Add{}};
    }
    if (node.op == "Concat") {
        for (const std::string& in : node.inputs) {
            result.inputs.push_back(tensor(in));
        }
        return Op{Concat{}};
    }
    if (node.op == "Reshape") {
        return read_shuffle(node, result);
    }
    if (node.op == "Cast") {
        return read_cast(node, result);
    }
    return std::nullopt;
}

NodeOp GraphReader::read_op(const OnnxNode& node, GraphNode& result) {
    if (const std::optional<NodeOp> joint = read_joint(node, result)) {
        return *joint;
    }
    const std::string& op = node.op;
    result.inputs = {tensor(input(node, 0))};
    if (op == "Conv") {
        const std::int64_t filters = read_weights(node, 4, result).front();
        return Op{
            Conv{window_of(node), filters, attribute<std::int64_t>(node, "group"), node.inputs.size() > 2}};
    }
    if (op == "Gemm") {
        return Op{FullyConnected{read_weights(node, 2, result).front(), node.inputs.size() > 2}};
    }
    if (op == "MaxPool" || op == "AveragePool" || op == "LRN") {
        return op == "LRN" ? lrn(node) : pool(node);
    }
    if (op == "BatchNormalization") {
        return read_batch_norm(node, result.parameters);
    }
    if (op == "Clip") {
        return read_clip(node);
    }
    if (op == "PRelu") {
        result.parameters.weights = floats(node, 1);
        return Op{Activation{ActivationKind::prelu, {}, {}}};
    }
    if (op == "LeakyRelu") {
        return Op{
            Activation{ActivationKind::leaky_relu, unless_usual(attribute<double>(node, "alpha"), 0.01), {}}};
    }
    if (op == "HardSigmoid") {
        return hard(ActivationKind::hard_sigmoid, node);
    }
    if (op == "Slice" || op == "Gather") {
        return op == "Slice" ? read_slice(node) : read_gather(node);
    }
    if (op == "QuantizeLinear" || op == "DequantizeLinear") {
        check_zero_point(node);
        return op == "QuantizeLinear" ? NodeOp(Quantize{exponent(node, 1), TensorType::int8})
                                      : NodeOp(Dequantize{exponent(node, 1)});
    }
    if (const std::optional<Op> plain = plain_op(op)) {
        return *plain;
    }
    fail(node, fmt::format("operator {} is none that a segment has", op));
}

NodeOp GraphReader::read_copied(const OnnxNode& node, const std::string& type, GraphNode& result) {
    const FoundCopy found = find_copied(model_, node);
    steps_.insert(found.nodes.begin(), found.nodes.end());
    std::vector<Shape> shapes;
    for (const std::string& in : found.inputs) {
        result.inputs.push_back(tensor(in));
        shapes.push_back(graph_.tensor(result.inputs.back()).shape);
    }
    const Shape shape = shape_of(declared(model_, node));
    result.parameters.copied = copied_bytes(found, shapes, shape);
    return Op{Other{type, shape}};
}

void GraphReader::read_node(const OnnxNode& node) {
    const std::optional<std::string> copied = copied_type(node);
    if ((!copied && !node.domain.empty()) || node.outputs.size() != 1) {
        fail(node, "is no standard operator with one output");
    }
    GraphNode result;
    result.name = node.name;
    result.op = copied ? read_copied(node, *copied, result) : read_op(node, result);
    std::vector<Shape> shapes;
    for (const TensorId in : result.inputs) {
        shapes.push_back(graph_.tensor(in).shape);
    }
    Shape shape = shapes.front();
    TensorType type = TensorType::float32;
    if (const Op* op = std::get_if<Op>(&result.op)) {
        try {
            shape = infer_shape(*op, shapes);
        } catch (const std::invalid_argument& error) {
            fail(node, error.what());
        }
        if (const auto wrong = parameter_fault(*op, shapes.front(), result.parameters)) {
            fail(node, *wrong);
        }
    } else if (const auto* gather = std::get_if<Gather>(&result.op)) {
        const auto& channels = gather->channels;
        const auto inside = [&](std::int64_t c) { return c >= 0 && c < shape.channels; };
        if (channels.empty() || !std::all_of(channels.begin(), channels.end(), inside)) {
            fail(node, "takes channels that there are not");
        }
        shape.channels = static_cast<std::int64_t>(channels.size());
    } else if (const auto* quantize = std::get_if<Quantize>(&result.op)) {
        type = quantize->type;
    }
    const bool dequantizes = std::holds_alternative<Dequantize>(result.op);
    for (const TensorId in : result.inputs) {
        if ((graph_.tensor(in).type != TensorType::float32) != dequantizes) {
            fail(node, fmt::format("cannot read a tensor of the type of '{}'", graph_.tensor(in).name));
        }
    }
    const std::string& made = node.outputs.front();
    const auto to = roundings_.find(made);
    result.output = add(to == roundings_.end() ? made : to->second.rounded, shape, type);
    round(made, result.output);
    graph_.nodes.push_back(std::move(result));
}

}  // namespace

Graph graph_of(const OnnxModel& model) { return GraphReader(model).read(); }

}  // namespace cleave
