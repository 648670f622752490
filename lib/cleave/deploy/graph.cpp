// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/graph.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cleave {
namespace {

const char* const kInputName = "input";

void check_count(const std::string& layer, const char* what, std::size_t count, std::int64_t expected) {
    if (count != static_cast<std::size_t>(expected)) {
        throw std::invalid_argument(
            fmt::format("layer '{}' has {} numbers of {}, not {}", layer, count, what, expected));
    }
}

void check_parameters(const Network& network, LayerId id, const LayerParameters& parameters) {
    const std::string& name = network.layer(id).name;
    const ParameterCounts counts = parameter_counts(network.layer(id).op, network.input(id));
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
