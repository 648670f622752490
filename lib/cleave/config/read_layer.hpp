// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"
#include "cleave/text/fields.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// How many layers an operation reads.
enum class Inputs { one, several, any };

/// What a layer's fields say about its operation. A depthwise convolution gets its filters and groups, which
/// are those of its input, later.
struct LayerOp {
    Op op;
    bool depthwise = false;
    Inputs inputs = Inputs::one;
};

/// One `then` entry: an operation that follows a layer at once.
struct ThenOp {
    std::string name;
    Op op;
    Place place;
};

/// Value of the network's `defaults.bias`.
struct LayerDefaults {
    bool bias = true;
};

/// Reads `op` and the fields that belong to it.
/// @return nothing if the operation is missing or unknown; then the fields' keys cannot be judged either.
[[nodiscard]] std::optional<LayerOp> read_layer_op(Fields& fields, const LayerDefaults& defaults);

/// Reads an optional `then` list.
[[nodiscard]] std::vector<ThenOp> read_then(Fields& fields);

}  // namespace cleave
