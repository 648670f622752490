// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/model_weights.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/partition/weight_logic.hpp"
#include "cleave/text/fields.hpp"

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

/// What a configuration says of weights.
struct WeightsWanted {
    /// An ONNX model with the weights of the network; or, ending in .json, what an earlier exploration has
    /// counted (docs/schema/logic.schema.json); or kAssumedWeights. Empty: the network's own, if it has any.
    std::string file;
    /// Where it is named.
    std::optional<Reference> reference;
    Pick pick = Pick::order;
    std::optional<Field> pick_field;
    /// Whether any costs depend on weights: if not, they are not looked at.
    bool count = false;
};

/// Reads them; the network's own are taken from it. Weights that are all alike in every layer, as in models
/// that are published without theirs, say nothing: they are left out. Warnings go to the network's.
/// @return neither form if there are none or, with faults, if they are of no use
[[nodiscard]] KnownWeightsFile find_weights(const WeightsWanted& wanted, NetworkFile& network,
                                            FaultList& faults);

/// Counts the logic of a model's weights, if there is one.
void count_logic(KnownWeightsFile& weights, const Network& network, Pick pick);

}  // namespace cleave
