// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/graph_difference.hpp"

#include "cleave/network/bind.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace cleave {
namespace {

bool same(const NodeOp& a, const NodeOp& b) {
    if (a.index() != b.index()) {
        return false;
    }
    return std::visit(Overloaded{
                          [&](const Op& op) { return op_traits(op) == op_traits(std::get<Op>(b)); },
                          [&](const Quantize& q) {
                              const auto& other = std::get<Quantize>(b);
                              return q.exponent == other.exponent && q.type == other.type;
                          },
                          [&](const Dequantize& d) { return d.exponent == std::get<Dequantize>(b).exponent; },
                          [&](const Gather& g) { return g.channels == std::get<Gather>(b).channels; },
                      },
                      a);
}

/// Where a value comes from: an input by its name, or a node by its name.
std::vector<std::string> origins(const Graph& graph) {
    std::vector<std::string> names(graph.tensors.size());
    for (const TensorId id : graph.inputs) {
        names[index(id)] = "input '" + graph.tensor(id).name + "'";
    }
    for (const GraphNode& node : graph.nodes) {
        names[index(node.output)] = "node '" + node.name + "'";
    }
    return names;
}

std::vector<std::string> origins_of(const std::vector<std::string>& origins,
                                    const std::vector<TensorId>& tensors) {
    std::vector<std::string> names;
    for (const TensorId id : tensors) {
        names.push_back(origins[index(id)]);
    }
    return names;
}

std::string scale_text(const GraphNode& node) {
    return node.fixed_point ? fmt::format("2^{} and 2^{}", node.fixed_point->weights,
                                          node.parameters.bias.empty() ? 0 : node.fixed_point->bias)
                            : "none";
}

std::optional<std::string> parameter_difference(const GraphNode& found, const GraphNode& expected) {
    const LayerParameters& a = found.parameters;
    const LayerParameters& b = expected.parameters;
    const std::string who = "node '" + found.name + "' has other ";
    if (scale_text(found) != scale_text(expected)) {
        return who +
               fmt::format("scales of weights and bias: {}, not {}", scale_text(found), scale_text(expected));
    }
    if (a.weights != b.weights) {
        return who + "weights";
    }
    if (a.copied != b.copied) {
        return who + "copied nodes";
    }
    if (a.bias != b.bias) {
        return who + "biases";
    }
    if (std::tie(a.scale, a.shift, a.mean, a.variance) != std::tie(b.scale, b.shift, b.mean, b.variance) ||
        (!a.scale.empty() && a.epsilon != b.epsilon)) {
        return who + "batch norm parameters";
    }
    return std::nullopt;
}

std::optional<std::string> port_difference(const char* what, const Graph& found, const Graph& expected,
                                           const std::vector<TensorId>& a, const std::vector<TensorId>& b) {
    if (a.size() != b.size()) {
        return fmt::format("has {} {}s, not {}", a.size(), what, b.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        const GraphTensor& x = found.tensor(a[i]);
        const GraphTensor& y = expected.tensor(b[i]);
        if (x.name != y.name) {
            return fmt::format("{} {} is '{}', not '{}'", what, i + 1, x.name, y.name);
        }
        if (x.shape != y.shape || x.type != y.type) {
            return fmt::format("{} '{}' has another shape or type", what, x.name);
        }
        if (x.codes != y.codes) {
            return fmt::format("{} '{}' is rounded to other codes", what, x.name);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> difference(const Graph& found, const Graph& expected) {
    if (auto inputs = port_difference("input", found, expected, found.inputs, expected.inputs)) {
        return inputs;
    }
    if (auto outputs = port_difference("output", found, expected, found.outputs, expected.outputs)) {
        return outputs;
    }
    std::map<std::string, const GraphNode*> nodes;
    for (const GraphNode& node : expected.nodes) {
        nodes[node.name] = &node;
    }
    const std::vector<std::string> from = origins(found);
    const std::vector<std::string> right = origins(expected);
    for (const GraphNode& node : found.nodes) {
        const auto other = nodes.find(node.name);
        if (other == nodes.end()) {
            return fmt::format("node '{}' should not be there, or is there twice", node.name);
        }
        if (!same(node.op, other->second->op)) {
            return fmt::format("node '{}' computes something else", node.name);
        }
        if (origins_of(from, node.inputs) != origins_of(right, other->second->inputs)) {
            return fmt::format("node '{}' reads something else", node.name);
        }
        if (found.tensor(node.output).codes != expected.tensor(other->second->output).codes) {
            return fmt::format("node '{}' is rounded to other codes", node.name);
        }
        if (auto parameters = parameter_difference(node, *other->second)) {
            return parameters;
        }
        nodes.erase(other);
    }
    if (!nodes.empty()) {
        return fmt::format("node '{}' is missing", nodes.begin()->first);
    }
    if (origins_of(from, found.outputs) != origins_of(right, expected.outputs)) {
        return "gives out the values of other nodes";
    }
    return std::nullopt;
}

}  // namespace cleave
