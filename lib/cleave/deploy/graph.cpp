// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/graph.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cleave {
namespace {

const char* const kInputName = "input";

/// How many numbers of each kind a layer must have.
struct ParameterCounts {
    std::int64_t weights = 0;
    std::int64_t bias = 0;
    /// Of scale, shift, mean and variance each.
    std::int64_t norm = 0;
};

ParameterCounts expected_counts(const Network& network, LayerId id) {
    const Totals totals = network.totals(id);
    const Op& op = network.layer(id).op;
    if (std::holds_alternative<BatchNorm>(op)) {
        return {0, 0, network.output(id).channels};
    }
    if (const auto* act = std::get_if<Activation>(&op); act && act->kind == ActivationKind::prelu) {
        return {network.output(id).channels, 0, 0};
    }
    return {totals.weights, totals.params - totals.weights, 0};
}

void check_count(const std::string& layer, const char* what, std::size_t count, std::int64_t expected) {
    if (count != static_cast<std::size_t>(expected)) {
        throw std::invalid_argument(
            fmt::format("layer '{}' has {} numbers of {}, not {}", layer, count, what, expected));
    }
}

void check_parameters(const Network& network, LayerId id, const LayerParameters& parameters) {
    const std::string& name = network.layer(id).name;
    const ParameterCounts counts = expected_counts(network, id);
    check_count(name, "weights", parameters.weights.size(), counts.weights);
    check_count(name, "bias", parameters.bias.size(), counts.bias);
    check_count(name, "scale", parameters.scale.size(), counts.norm);
    check_count(name, "shift", parameters.shift.size(), counts.norm);
    check_count(name, "mean", parameters.mean.size(), counts.norm);
    check_count(name, "variance", parameters.variance.size(), counts.norm);
}

}  // namespace

Graph whole_graph(const Network& network, const Parameters& parameters) {
    if (parameters.size() != network.layers().size()) {
        throw std::invalid_argument(fmt::format("network '{}' has {} layers, but parameters for {}",
                                                network.name(), network.layers().size(), parameters.size()));
    }
    Graph graph;
    graph.name = network.name();
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const LayerId id = layer_id(i);
        const Layer& layer = network.layer(id);
        // Layers and tensors have the same numbers: a tensor for each layer, in order.
        if (std::holds_alternative<Input>(layer.op)) {
            graph.inputs = {graph.add_tensor(kInputName, network.output(id))};
            continue;
        }
        if (layer.name == kInputName) {
            throw std::invalid_argument("a layer must not have the name of the network's input, 'input'");
        }
        check_parameters(network, id, parameters[i]);
        GraphNode node;
        node.name = layer.name;
        node.op = layer.op;
        node.parameters = parameters[i];
        for (const LayerId in : layer.inputs) {
            node.inputs.push_back(tensor_id(index(in)));
        }
        node.output = graph.add_tensor(layer.name, network.output(id));
        graph.nodes.push_back(std::move(node));
    }
    graph.outputs = {tensor_id(index(network.result()))};
    return graph;
}

}  // namespace cleave
