// SPDX-License-Identifier: Apache-2.0
#include "support/graph_text.hpp"

#include "support/layer_reference.hpp"
#include "support/networks.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cleave::testing {
namespace {

std::string window_text(const Window& w) {
    return fmt::format(" {}x{} /{},{} *{},{} +{},{},{},{}", w.kernel_h, w.kernel_w, w.stride_h, w.stride_w,
                       w.dilation_h, w.dilation_w, w.pad_top, w.pad_left, w.pad_bottom, w.pad_right);
}

std::string op_text(const Op& op) {
    std::string text = op_name(op);
    if (const auto* conv = std::get_if<Conv>(&op)) {
        text += window_text(conv->window) +
                fmt::format(" {} filters {} groups {}", conv->filters, conv->groups, conv->bias);
    } else if (const auto* fc = std::get_if<FullyConnected>(&op)) {
        text += fmt::format(" {} {}", fc->features, fc->bias);
    } else if (const auto* pool = std::get_if<Pool>(&op)) {
        text += window_text(pool->window) +
                fmt::format(" {} {}", pool->ceil, pool->kind == PoolKind::average && pool->count_pad);
    } else if (const auto* act = std::get_if<Activation>(&op)) {
        text += fmt::format(" {} {}", static_cast<float>(alpha_of(*act)), static_cast<float>(beta_of(*act)));
    } else if (const auto* slice = std::get_if<Slice>(&op)) {
        text += fmt::format(" {} {}", slice->first, slice->count);
    } else if (const auto* shuffle = std::get_if<Shuffle>(&op)) {
        text += fmt::format(" {}", shuffle->groups);
    } else if (const auto* lrn = std::get_if<Lrn>(&op)) {
        text += fmt::format(" {} {} {} {}", lrn->size, static_cast<float>(lrn->alpha),
                            static_cast<float>(lrn->beta), static_cast<float>(lrn->k));
    }
    return text;
}

std::string node_op_text(const NodeOp& op) {
    return std::visit(
        Overloaded{
            [](const Op& layer) { return op_text(layer); },
            [](const Quantize& q) {
                return fmt::format("quantize 2^{} {}", q.exponent, static_cast<int>(q.type));
            },
            [](const Dequantize& d) { return fmt::format("dequantize 2^{}", d.exponent); },
            [](const Gather& g) { return fmt::format("gather {}", fmt::join(g.channels, " ")); },
        },
        op);
}

std::string tensor_text(const GraphTensor& t) {
    return fmt::format(
        "{}:{}x{}x{}:{}{}", t.name, t.shape.channels, t.shape.height, t.shape.width, static_cast<int>(t.type),
        t.codes ? fmt::format(" in {} * {}..{}", t.codes->scale, t.codes->lowest, t.codes->highest) : "");
}

std::string numbers_text(const std::vector<float>& numbers) {
    std::string text;
    for (const float x : numbers) {
        text += fmt::format(" {}", x);
    }
    return text + ";";
}

std::vector<float> scaled(std::vector<float> numbers, int exponent) {
    for (float& x : numbers) {
        x = std::ldexp(x, exponent);
    }
    return numbers;
}

}  // namespace

std::string graph_text(const Graph& graph) {
    std::string text = graph.name + "\n";
    const auto list = [&](const char* what, const std::vector<TensorId>& tensors) {
        text += what;
        for (const TensorId id : tensors) {
            text += " " + tensor_text(graph.tensor(id));
        }
        text += "\n";
    };
    list("in", graph.inputs);
    list("out", graph.outputs);
    for (const GraphNode& node : graph.nodes) {
        text += node.name + ": " + node_op_text(node.op);
        if (node.fixed_point) {
            text += fmt::format(" weights 2^{}", node.fixed_point->weights);
            text += node.parameters.bias.empty() ? "" : fmt::format(" bias 2^{}", node.fixed_point->bias);
        }
        list(" reads", node.inputs);
        list(" makes", {node.output});
        const LayerParameters& p = node.parameters;
        for (const auto* numbers : {&p.weights, &p.bias, &p.scale, &p.shift, &p.mean, &p.variance}) {
            text += numbers_text(*numbers);
        }
        text += p.scale.empty() ? "\n" : fmt::format(" {}\n", static_cast<float>(p.epsilon));
    }
    return text;
}

Graph quantised_graph(Random& random) {
    Graph graph;
    graph.name = "quantised";
    const auto node = [&](const std::string& name, const NodeOp& op, TensorId in, TensorId out) {
        graph.nodes.push_back({name, op, {}, {}, {in}, out});
        return out;
    };
    const Shape map{random.between(1, 4), 5, 4};
    Conv conv = conv_op(random.between(1, 3), 3, 1, 1);
    conv.bias = random.chance(50);
    const Shape maps{conv.filters, 5, 4};
    const FullyConnected fc{random.between(1, 4), true};
    const Shape features{fc.features, 1, 1};

    const TensorId in = graph.add_tensor("t000", map);
    const TensorId arrived = graph.add_tensor("t001", map, TensorType::int8);
    graph.inputs = {in, arrived};
    const TensorId q =
        node("q", Quantize{-4, TensorType::int8}, in, graph.add_tensor("q", map, TensorType::int8));
    const TensorId x = node("dq", Dequantize{-4}, q, graph.add_tensor("x", map));
    const TensorId y = node("conv", Op{conv}, x, graph.add_tensor("y", maps));
    graph.nodes.back().parameters = whole_parameters(random, conv, map);
    graph.nodes.back().fixed_point = FixedPoint{-7, -11};
    const TensorId sums =
        node("sums", Quantize{-11, TensorType::int32}, y, graph.add_tensor("t002", maps, TensorType::int32));
    const TensorId back = node("back", Dequantize{-11}, sums, graph.add_tensor("back", maps));
    const TensorId z = node("fc", Op{fc}, back, graph.add_tensor("z", features));
    graph.nodes.back().parameters = whole_parameters(random, fc, maps);
    graph.nodes.back().fixed_point = FixedPoint{2, -3};
    node("result", Quantize{3, TensorType::int8}, z, graph.add_tensor("t003", features, TensorType::int8));
    const TensorId twice = node("arrived", Dequantize{1}, arrived, graph.add_tensor("twice", map));
    const TensorId picked = node("picked", Gather{{map.channels - 1, 0}}, twice,
                                 graph.add_tensor("picked", {2, map.height, map.width}));
    node("relu", Op{Activation{ActivationKind::relu}}, picked,
         graph.add_tensor("t004", {2, map.height, map.width}));
    graph.outputs = {tensor_id(graph.tensors.size() - 3), sums, tensor_id(graph.tensors.size() - 1)};
    for (GraphNode& n : graph.nodes) {
        if (n.fixed_point) {
            n.parameters.weights = scaled(n.parameters.weights, n.fixed_point->weights);
            n.parameters.bias = scaled(n.parameters.bias, n.fixed_point->bias);
        }
    }
    return graph;
}

}  // namespace cleave::testing
