// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"

#include <string>

namespace cleave::cli {

/// Weights of an ONNX model, and the SHA-256 of its file.
struct ModelWeights {
    Parameters parameters;
    std::string sha256;
};

/// The weights of a model for a network of the same structure (bind_parameters).
/// @throws io::FormatError with lines for the user
[[nodiscard]] ModelWeights load_model_weights(const std::string& path, const Network& network);

}  // namespace cleave::cli
