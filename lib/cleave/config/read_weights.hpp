// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/model_weights.hpp"
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
/// exploration has counted (docs/schema/logic.schema.json).
/// @return neither, with faults, if it cannot be read
[[nodiscard]] KnownWeightsFile read_weights_file(const std::string& file_name,
                                                 const std::optional<Reference>& reference,
                                                 const Network& network, FaultList& faults);

/// Counts the logic of a model's weights, if there is one.
void count_logic(KnownWeightsFile& weights, const Network& network, Pick pick);

}  // namespace cleave
