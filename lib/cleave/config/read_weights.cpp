// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_weights.hpp"

#include "cleave/config/logic_file.hpp"
#include "cleave/config/read_onnx_network.hpp"

namespace cleave {

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

void count_logic(KnownWeightsFile& weights, const Network& network, Pick pick) {
    if (weights.model) {
        weights.logic =
            weight_logic(UnitGraph(network), weights.model->parameters, pick, weights.model->sha256);
        weights.logic_bytes = logic_json(network, *weights.logic);
    }
}

}  // namespace cleave
