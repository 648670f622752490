// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"
#include "cleave/text/yaml_file.hpp"

#include <optional>
#include <string>

namespace cleave {

/// Weights of an ONNX model, and the SHA-256 of its file.
struct ModelWeights {
    Parameters parameters;
    std::string sha256;
};

/// Reads the weights of a model of at most 2 GiB for a network of the same structure (bind_parameters). Where
/// the model leaves sizes of its inputs open, or was explored with others than it has, they are the
/// network's.
/// @return nothing, with faults, if they cannot be had
[[nodiscard]] std::optional<ModelWeights> read_model_weights(const std::string& file_name,
                                                             const std::optional<Reference>& reference,
                                                             const Network& network, FaultList& faults);

}  // namespace cleave
