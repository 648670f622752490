// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"
#include "cleave/deploy/segment.hpp"

#include <vector>

namespace cleave {

/// Largest absolute value in each channel of each layer's output feature map, by LayerId.
using MapRanges = std::vector<std::vector<double>>;

/// Computes the whole network on inputs in floating point and keeps what is largest.
/// @throws std::invalid_argument as execute(), or if a value is not finite
[[nodiscard]] MapRanges measure_ranges(const Network& network, const Parameters& parameters,
                                       const std::vector<Values>& inputs);

/// The least power of two in which numbers of at most this absolute value fit 8 bits: the least e with
/// largest <= 127 * 2^e (limited to -60..60; 0 if all numbers are 0).
[[nodiscard]] int fitting_exponent(double largest);

/// Rounds to whole multiples of 2^exponent, halves to even, limited to [-limit, limit] multiples of it... see
/// quantise_weights.
[[nodiscard]] FixedPointFormats choose_formats(const Plan& plan, const UnitGraph& units,
                                               const Parameters& parameters, const MapRanges& ranges);

}  // namespace cleave
