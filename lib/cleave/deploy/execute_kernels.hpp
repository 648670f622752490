// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"

namespace cleave {

/// A feature map that an operation reads.
struct MapView {
    const Shape& shape;
    const Values& values;
};

// The operations whose outputs gather from many inputs. Shapes fit the operation (infer_shape), parameters
// have the right number.

/// Whether sums of whole numbers have to be exact, or may be rounded as others are.
enum class Sums { exact, rounded };

/// Convolution: im2col and a matrix product for each group, tiles of output positions and filters side by
/// side on `threads` threads (0: one per processor); depthwise ones tap by tap; convolve_winograd() where it
/// suits and sums may be rounded.
[[nodiscard]] Values convolve(const Conv& conv, const LayerParameters& parameters, const MapView& in,
                              const Shape& out, Sums sums, unsigned threads);
[[nodiscard]] Values fully_connect(const FullyConnected& fc, const LayerParameters& parameters,
                                   const MapView& in, unsigned threads);
/// Padding does not count: the largest of, or the average over, what lies on the feature map (unless
/// Pool::count_pad).
[[nodiscard]] Values pool(const Pool& pool, const MapView& in, const Shape& out);
[[nodiscard]] Values global_average(const MapView& in);
[[nodiscard]] Values normalize_batch(const LayerParameters& parameters, const MapView& in);
[[nodiscard]] Values softmax(const MapView& in);
/// Neighbours of channel c: from c - (size - 1) / 2 to c + size / 2, as in ONNX.
[[nodiscard]] Values normalize_response(const Lrn& lrn, const MapView& in);
[[nodiscard]] Values activate(const Activation& activation, const LayerParameters& parameters,
                              const MapView& in);

}  // namespace cleave
