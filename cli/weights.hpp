// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/model_weights.hpp"

#include <cstdint>
#include <string>

namespace cleave::cli {

/// Random weights (seeded_parameters) for the network of a file.
/// @throws InputError if it is too large to be run
[[nodiscard]] Parameters make_weights(const std::string& path, const Network& network, std::uint64_t seed);

/// The weights of a model for a network of the same structure (bind_parameters).
/// @throws InputError; also if the network is too large to be run
[[nodiscard]] ModelWeights load_model_weights(const std::string& path, const Network& network);

}  // namespace cleave::cli
