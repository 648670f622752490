// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"

#include <vector>

namespace cleave {

/// y = factor x + offset, channel by channel.
struct ChannelAffine {
    std::vector<double> factor;
    std::vector<double> offset;
};

/// What a batch norm does.
[[nodiscard]] ChannelAffine affine_of(const LayerParameters& norm);

/// Puts a batch norm into the weights and bias of the convolution or fully connected layer in front of it.
void fold_norm(LayerParameters& parameters, const ChannelAffine& norm);

/// A batch norm as a depthwise 1x1 convolution: one weight and one bias a channel.
[[nodiscard]] LayerParameters norm_as_filters(const LayerParameters& norm);

}  // namespace cleave
