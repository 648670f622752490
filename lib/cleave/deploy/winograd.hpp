// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute_kernels.hpp"

namespace cleave {

/// Whether a convolution is worth being computed by convolve_winograd(): 3 x 3 taps next to each other,
/// stride 1, and enough channels and filters in a group that transforming maps costs little.
[[nodiscard]] bool suits_winograd(const Conv& conv, const Shape& in);

/// Adds a convolution without its bias to `result`, with a quarter of its products: 4 x 4 outputs at a time
/// are made of 36 products for each pair of channel and filter, not 144. Winograd's minimal filtering F(4 x
/// 4, 3 x 3) as in Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, in double
/// precision: it differs from the sum of products by some 1e-14 of the largest, so sums of whole numbers are
/// not exact. The result has the same bits on all machines and with any number of threads.
/// @param threads  0: one per processor
void convolve_winograd(const Conv& conv, const LayerParameters& parameters, const MapView& in,
                       const Shape& out, unsigned threads, Values& result);

}  // namespace cleave
