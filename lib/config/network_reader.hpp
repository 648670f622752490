// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/file.hpp"
#include "cleave/network/network.hpp"

namespace cleave::config {

/// Network of a document in the network format (docs/schema/network.schema.json).
/// @return the network; nothing if anything was wrong with it.
[[nodiscard]] std::optional<Network> read_network(const Node& root, FaultList& faults);

struct NetworkFile {
    Network network;
    std::string sha256;
    /// The network as a spec.
    std::string spec;
};

[[nodiscard]] std::optional<NetworkFile> read_network_file(const std::string& file_name,
                                                           const std::optional<Reference>& reference,
                                                           FaultList& faults);
/// @throws InputError
[[nodiscard]] NetworkFile load_network(const std::string& file_name);

}  // namespace cleave::config
