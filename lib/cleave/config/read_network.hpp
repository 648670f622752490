// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/network/parameters.hpp"
#include "cleave/text/yaml_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Network of a document in the network format (docs/schema/network.schema.json).
/// @return the network; nothing if anything was wrong with it.
[[nodiscard]] std::optional<Network> read_network(const Node& root, FaultList& faults);

struct NetworkFile {
    Network network;
    std::string sha256;
    /// The network as a spec: the file itself, or what an ONNX model becomes.
    std::string spec;
    /// What the import of an ONNX model has to say.
    std::vector<std::string> warnings{};
    /// Of an ONNX model.
    std::optional<Parameters> parameters{};
};

/// Reads a network spec, or an ONNX model if the file name ends in .onnx.
/// @param input_shapes  of an ONNX model, where they replace its own
[[nodiscard]] std::optional<NetworkFile> read_network_file(const std::string& file_name,
                                                           const std::optional<Reference>& reference,
                                                           FaultList& faults,
                                                           const std::vector<InputShape>& input_shapes = {});
/// @throws InputError
[[nodiscard]] NetworkFile load_network(const std::string& file_name,
                                       const std::vector<InputShape>& input_shapes = {});

}  // namespace cleave
