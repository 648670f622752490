// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/plan.hpp"
#include "cleave/network/parameters.hpp"

namespace cleave {

/// Which numbers of a split's axis a side takes, and which channels those read and make.
struct SplitSide {
    Range axis;
    Range input_channels;
    Range output_channels;
};

[[nodiscard]] SplitSide side_of(const Network& network, const Split& split, Share side);

/// The order of a split layer's output channels in which the FPGA's stand in front of the GPU's: at each
/// place of the whole map, where in that order its channel is. Nothing if both are the same.
[[nodiscard]] std::vector<std::int64_t> places_in_sides(const Network& network, const Split& split);

/// One side of a split convolution.
struct ConvSide {
    Conv conv;
    LayerParameters parameters;
};

/// The convolution that a side computes from its input channels. Along the channels axis the FPGA's has no
/// bias, which the GPU's adds.
[[nodiscard]] ConvSide conv_side(const Network& network, const LayerParameters& parameters,
                                 const Split& split, Share side);

/// The parameters of a batch norm or prelu for some of its channels; empty ones stay empty.
[[nodiscard]] LayerParameters parameters_of_channels(const LayerParameters& parameters,
                                                     const Range& channels);

}  // namespace cleave
