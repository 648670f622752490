// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/graph.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cleave {
namespace {

const char* const kInputName = "input";

}  // namespace

std::optional<std::string> parameter_fault(const Op& op, const Shape& input,
                                           const LayerParameters& parameters) {
    const ParameterCounts counts = parameter_counts(op, input);
    std::optional<std::string> fault;
    const auto check = [&](const char* what, const std::vector<float>& numbers, std::int64_t count) {
        if (!fault && numbers.size() != static_cast<std::size_t>(count)) {
            fault = fmt::format("has {} numbers of {}, not {}", numbers.size(), what, count);
        }
    };
    check("weights", parameters.weights, counts.weights);
    check("bias", parameters.bias, counts.bias);
    check("scale", parameters.scale, counts.norm);
    check("shift", parameters.shift, counts.norm);
    check("mean", parameters.mean, counts.norm);
    check("variance", parameters.variance, counts.norm);
    return fault;
}

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
            const bool only = network.input_count() == 1;
            graph.inputs.push_back(graph.add_tensor(only ? kInputName : layer.name, network.output(id)));
            graph.tensors.back().codes = parameters[i].codes;
            continue;
        }
        if (layer.name == kInputName) {
            throw std::invalid_argument("a layer must not have the name of the network's input, 'input'");
        }
        if (const auto fault = parameter_fault(layer.op, network.input(id), parameters[i])) {
            throw std::invalid_argument(fmt::format("layer '{}' {}", layer.name, *fault));
        }
        GraphNode node;
        node.name = layer.name;
        node.op = layer.op;
        node.parameters = parameters[i];
        for (const LayerId in : layer.inputs) {
            node.inputs.push_back(tensor_id(index(in)));
        }
        node.output = graph.add_tensor(layer.name, network.output(id));
        graph.tensors.back().codes = parameters[i].codes;
        graph.nodes.push_back(std::move(node));
    }
    for (const LayerId result : network.results()) {
        graph.outputs.push_back(tensor_id(index(result)));
    }
    return graph;
}

}  // namespace cleave
