// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_weights.hpp"

#include "cleave/config/logic_file.hpp"
#include "cleave/config/read_onnx_network.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace cleave {

namespace {

KnownWeightsFile read_weights_file(const std::string& file_name, const std::optional<Reference>& reference,
                                   const Network& network, FaultList& faults) {
    KnownWeightsFile weights;
    if (is_onnx_file(file_name)) {
        weights.model = read_model_weights(file_name, reference, network, faults);
    } else if (!file_name.ends_with(".json")) {
        faults.add(file_fault(file_name, "is no ONNX model (its name does not end in .onnx)"));
    } else if (std::optional<std::string> bytes = read_file(file_name, reference, faults)) {
        const std::optional<Node> root = parse_json(*bytes, file_name, faults);
        weights.logic = root ? read_logic(*root, network, faults) : std::nullopt;
        weights.logic_bytes = std::move(*bytes);
    }
    return weights;
}

bool all_alike(const std::vector<float>& weights) {
    return std::adjacent_find(weights.begin(), weights.end(), std::not_equal_to<>()) == weights.end();
}

/// Whether no layer with several weights has any that differ.
bool says_nothing(const Parameters& parameters) {
    const auto has_several = [](const LayerParameters& p) { return p.weights.size() > 1; };
    return std::any_of(parameters.begin(), parameters.end(), has_several) &&
           std::all_of(parameters.begin(), parameters.end(),
                       [](const LayerParameters& p) { return all_alike(p.weights); });
}

}  // namespace

KnownWeightsFile find_weights(const std::string& wanted, const std::optional<Reference>& reference,
                              NetworkFile& network, FaultList& faults) {
    KnownWeightsFile weights;
    if (wanted.empty() && network.parameters) {
        weights.model = {std::move(*network.parameters), network.sha256};
        network.parameters.reset();
    } else if (!wanted.empty() && wanted != kAssumedWeights) {
        weights = read_weights_file(wanted, reference, network.network, faults);
    }
    if (weights.model && says_nothing(weights.model->parameters)) {
        weights.model.reset();
        network.warnings.emplace_back(
            "the model's weights are all alike in every layer, as where a model is published without them: "
            "logic that depends on weights is that of assumed ones");
    }
    return weights;
}

void count_logic(KnownWeightsFile& weights, const Network& network, Pick pick) {
    if (weights.model) {
        weights.logic =
            weight_logic(UnitGraph(network), weights.model->parameters, pick, weights.model->sha256);
        weights.logic_bytes = logic_json(network, *weights.logic);
    }
}

}  // namespace cleave
