// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"

#include <cstdint>

namespace cleave {

/// Weights that make a network runnable: He-normal (mean 0, standard deviation sqrt(2 / fan-in)) for
/// convolutions and fully connected layers, small biases, batch norm near the identity with scale, shift,
/// mean and variance that all matter, prelu slopes near 0.25. Same seed, same bytes, on every machine.
[[nodiscard]] Parameters seeded_parameters(const Network& network, std::uint64_t seed);

/// Standard normal noise in the shape of a feature map. Same seed, same bytes, on every machine.
[[nodiscard]] Values seeded_input(const Shape& shape, std::uint64_t seed);
/// The same for all inputs of a network, one after the other.
[[nodiscard]] Values seeded_input(const Network& network, std::uint64_t seed);

}  // namespace cleave
