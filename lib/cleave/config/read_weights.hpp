// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/model_weights.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/partition/weight_logic.hpp"

#include <optional>
#include <string>

namespace cleave {

/// Weights of a network, in either of the forms that they come in.
struct KnownWeightsFile {
    std::optional<ModelWeights> model;
    /// What they make in direct mapping, and the file that says it.
    std::optional<WeightLogic> logic;
    std::string logic_bytes;
};

/// Reads an ONNX model with the weights of a network, or, of a file that ends in .json, what an earlier
/// exploration has counted (docs/schema/logic.schema.json). Weights that are all alike in every layer, as in
/// models that are published without theirs, say nothing: they are left out, with a warning of the network.
/// @param wanted  the file; empty: the network's own weights, if it has any, which are taken from it; or
/// kAssumedWeights
/// @return neither if there are none or, with faults, if the file cannot be read
[[nodiscard]] KnownWeightsFile find_weights(const std::string& wanted,
                                            const std::optional<Reference>& reference, NetworkFile& network,
                                            FaultList& faults);

/// Counts the logic of a model's weights, if there is one.
void count_logic(KnownWeightsFile& weights, const Network& network, Pick pick);

}  // namespace cleave
