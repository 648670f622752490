// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"

#include <vector>

namespace cleave {

/// The trained numbers of one layer. What the operation does not have is empty.
struct LayerParameters {
    /// conv: filters x (C_I / groups) x kernel_h x kernel_w. fc: features x input elements. prelu: one slope
    /// a channel. Row-major.
    std::vector<float> weights;
    /// conv: one a filter; fc: one a feature. Empty where Conv::bias or FullyConnected::bias is false.
    std::vector<float> bias;
    /// batch norm, one a channel: y = scale (x - mean) / sqrt(variance + epsilon) + shift.
    std::vector<float> scale;
    std::vector<float> shift;
    std::vector<float> mean;
    std::vector<float> variance;
    double epsilon = 1e-5;
};

/// By LayerId, as many as the network has layers.
using Parameters = std::vector<LayerParameters>;

}  // namespace cleave
