// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/draft.hpp"

#include <cstddef>
#include <vector>

namespace cleave {

/// A run of draft layers, [first, last], that reads one feature map and yields one.
struct DraftModule {
    std::size_t first = 0;
    std::size_t last = 0;
    /// Layers in it run side by side.
    bool branches = false;
};

/// True for batch norm, activation and dropout: layers that belong to the one they read.
[[nodiscard]] bool is_follower(const Op& op);

/// The layer that layer `i` follows: the one it reads, if it is a follower and its only reader; else `i`.
[[nodiscard]] std::vector<std::size_t> followed_layers(const Draft& draft);

/// Modules of all layers but the input, in order. The finest single-entry single-exit regions are the layers
/// between two places where one feature map is all that is still needed. Regions with branches are modules;
/// layers in a chain are put together: a convolution with what follows it up to the next, depthwise with its
/// pointwise convolutions, a classifier.
[[nodiscard]] std::vector<DraftModule> find_modules(const Draft& draft);

}  // namespace cleave
