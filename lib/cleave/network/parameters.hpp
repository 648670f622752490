// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Numbers that codes stand for: whole multiples of a scale, a float32, between two of them.
struct Codes {
    double scale = 1;
    double lowest = 0;
    double highest = 0;

    friend bool operator==(const Codes&, const Codes&) = default;
};

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
    /// other: an ONNX model that computes it, as the bytes of a file, from float32 maps of 1 x C x H x W (its
    /// inputs, in order) to one of the same kind. Empty where it is not known.
    std::string copied = {};
    /// Of a model that rounds the layer's output to codes, as all that reads it does: which numbers are left.
    std::optional<Codes> codes = {};
};

/// A convolution or fully connected layer as filters of as many weights each.
struct Filters {
    std::int64_t count = 0;
    /// Products that one output value is the sum of: C_I k_h k_w / groups, or all input elements.
    std::int64_t taps = 0;
    bool depthwise = false;

    [[nodiscard]] std::int64_t weights() const { return count * taps; }
};
/// Nothing for other operations.
[[nodiscard]] std::optional<Filters> filters_of(const Op& op, const Shape& input);

/// How many trained numbers of each kind an operation has.
struct ParameterCounts {
    std::int64_t weights = 0;
    std::int64_t bias = 0;
    /// Of scale, shift, mean and variance each.
    std::int64_t norm = 0;
};
[[nodiscard]] ParameterCounts parameter_counts(const Op& op, const Shape& input);

/// By LayerId, as many as the network has layers.
using Parameters = std::vector<LayerParameters>;

}  // namespace cleave
