// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "support/random.hpp"

#include <cstdint>
#include <vector>

namespace cleave::testing {

/// A feature map of integers, channel by channel, row by row.
struct Tensor {
    Shape shape;
    std::vector<std::int64_t> values;

    [[nodiscard]] std::int64_t& at(std::int64_t channel, std::int64_t row, std::int64_t column);
    [[nodiscard]] std::int64_t at(std::int64_t channel, std::int64_t row, std::int64_t column) const;
};

/// Weights of a convolution: filters x (C_I / groups) x k_h x k_w, and one bias a filter.
struct Weights {
    std::int64_t filters = 0;
    std::int64_t depth = 0;
    std::int64_t taps = 0;
    std::vector<std::int64_t> values;
    std::vector<std::int64_t> bias;

    [[nodiscard]] std::int64_t at(std::int64_t filter, std::int64_t channel, std::int64_t tap) const;
};

[[nodiscard]] Tensor random_tensor(Random& random, const Shape& shape);
[[nodiscard]] Weights random_weights(Random& random, const LayerWork& work);

/// Channels [first, first + count) of a map.
[[nodiscard]] Tensor channels_of(const Tensor& map, std::int64_t first, std::int64_t count);
[[nodiscard]] Weights filters_of(const Weights& weights, std::int64_t first, std::int64_t count);
/// The same filters, cut to the weights of input channels [first, first + count); without bias.
[[nodiscard]] Weights depth_of(const Weights& weights, std::int64_t first, std::int64_t count);

[[nodiscard]] Tensor add(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor add_bias(const Tensor& map, const std::vector<std::int64_t>& bias);
[[nodiscard]] Tensor concat(const Tensor& a, const Tensor& b);

/// The convolution by its definition, sum by sum; adds the bias if the layer has one.
/// @throws std::invalid_argument unless map and weights have the sizes that the work states.
[[nodiscard]] Tensor convolve(const LayerWork& work, const Tensor& map, const Weights& weights);

}  // namespace cleave::testing
