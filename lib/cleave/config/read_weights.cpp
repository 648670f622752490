// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_weights.hpp"

#include "cleave/config/logic_file.hpp"
#include "cleave/config/read_onnx_network.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

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

/// No layer's weights, as they are or with a batch norm folded into them, may be infinite or no number.
void check_finite(const WeightsWanted& wanted, const Network& network, const Parameters& parameters,
                  FaultList& faults) {
    for (const LayerId layer : layers_not_finite(UnitGraph(network), parameters)) {
        const std::string message = fmt::format(
            "weights of layer {} are not finite, or are not with the batch norm that folds into them",
            quote(network.layer(layer).name));
        if (wanted.reference) {
            faults.add(wanted.reference->place, wanted.reference->path, message);
        } else {
            faults.add(file_fault(wanted.file.empty() ? network.name() : wanted.file, message));
        }
    }
}

/// Faults of a wish for the cheapest filters that cannot be met, or that a file does not meet.
void check_pick(const WeightsWanted& wanted, const KnownWeightsFile& weights, const std::string& why_none) {
    if (!wanted.pick_field) {
        return;
    }
    if (wanted.pick == Pick::cheapest && !weights.model && !weights.logic) {
        wanted.pick_field->fault("cheapest needs " + why_none);
    } else if (wanted.pick == Pick::order && weights.logic && weights.logic->has_order()) {
        wanted.pick_field->fault(fmt::format("is order, but {} has others first", quote(wanted.file)));
    }
}

}  // namespace

KnownWeightsFile find_weights(const WeightsWanted& wanted, NetworkFile& network, FaultList& faults) {
    const bool is_named = !wanted.file.empty();
    const std::size_t before = faults.size();
    KnownWeightsFile weights;
    std::string why_none = "weights (--weights MODEL.onnx, or an ONNX model as network)";
    if (!wanted.count) {
        why_none = "an implementation whose logic depends on weights, such as dhm-csd";
        if (is_named && wanted.file != kAssumedWeights) {
            network.warnings.emplace_back(
                "weights count for nothing: no implementation's logic depends on them");
        }
    } else if (!is_named && network.parameters) {
        weights.model = {std::move(*network.parameters), network.sha256};
    } else if (is_named && wanted.file != kAssumedWeights) {
        weights = read_weights_file(wanted.file, wanted.reference, network.network, faults);
        if (network.parameters) {
            network.warnings.push_back(
                fmt::format("the weights are those of {}, not the explored model's own", quote(wanted.file)));
        }
    }
    network.parameters.reset();
    if (weights.model) {
        check_finite(wanted, network.network, weights.model->parameters, faults);
    }
    if (weights.model && says_nothing(weights.model->parameters)) {
        weights.model.reset();
        why_none = "weights that differ: the model's are all alike in every layer";
        network.warnings.emplace_back(
            "the model's weights are all alike in every layer, as where a model is published without them: "
            "logic that depends on weights is that of assumed ones");
    }
    if (faults.size() == before) {
        check_pick(wanted, weights, why_none);
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
