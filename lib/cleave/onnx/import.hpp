// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"
#include "cleave/onnx/model.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A network with its weights, from an ONNX model.
struct ImportedNetwork {
    Network network;
    /// Placeholders where weights are missing.
    Parameters parameters;
    /// Weights whose numbers are not at hand, by name.
    std::vector<std::string> missing;
    /// By layer, what the model calls the node that it came from; empty for inputs and nodes without a name.
    std::vector<std::string> nodes;
    /// What a user should know: operators without a cost model, things left out.
    std::vector<std::string> warnings;
};

/// Layers of the network from the model's nodes, modules from its single-entry single-exit regions.
/// @param fallback_name the network's name if the model has none (its file's name)
/// @throws OnnxError with every fault
[[nodiscard]] ImportedNetwork import_onnx(const OnnxModel& model, const std::string& fallback_name);

}  // namespace cleave
