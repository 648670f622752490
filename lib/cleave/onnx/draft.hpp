// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"
#include "cleave/onnx/model.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// y = scale x + shift, for all channels.
struct ScalarAffine {
    double scale = 1;
    double shift = 0;
};

/// A layer that a model's nodes became, before it has a name and a module.
struct DraftLayer {
    Op op;
    /// Draft layers that it reads.
    std::vector<std::size_t> inputs;
    /// Output feature map.
    Shape shape;
    LayerParameters parameters;
    /// The node that it is named after; not for the input.
    std::size_t node = 0;
    /// Name of its weights in the model; empty if it has none.
    std::string weights;
    /// Of its output in the model: 1 x C, 1 x C x W or 1 x C x H x W.
    std::size_t rank = 4;
    /// Set where a batch norm is arithmetic with numbers.
    std::optional<ScalarAffine> scalar;
};

/// Layers in an order in which each follows what it reads. The first are the inputs; all others lead to a
/// result, and the last is one.
struct Draft {
    std::vector<DraftLayer> layers;
    std::size_t input_count = 1;
    /// Results, in the order of the model's outputs, once each.
    std::vector<std::size_t> results;
    std::vector<std::string> warnings;
    /// Weights whose numbers are not at hand; those of the layers are placeholders then.
    std::vector<std::string> missing;
};

/// Translates nodes to layers. @throws OnnxError with every fault
[[nodiscard]] Draft translate(const OnnxModel& model);

}  // namespace cleave
