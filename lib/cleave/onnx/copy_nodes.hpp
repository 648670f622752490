// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"
#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/model.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

// Layers without a cost model, as models of their own: bytes of an ONNX file (opset 13 or newer) with the
// inputs "x0", "x1", ..., float32 of 1 x C x H x W, and the output "y" of the same kind.

/// An input of a node that is a layer's feature map, in the shape in which the node reads it.
struct CopiedMap {
    /// Which of the layer's inputs.
    std::size_t input = 0;
    Shape shape;
    std::vector<std::int64_t> dims;
    /// Type in which the node reads its numbers (TensorProto.DataType).
    std::int64_t element = 1;
};
/// Nothing for inputs that are absent, or that nodes of the model compute from no map.
using CopiedInput = std::variant<std::monostate, CopiedMap, Constant>;

struct CopiedNode {
    const OnnxNode& node;
    /// As many as the node has.
    std::vector<CopiedInput> inputs;
    /// The output that is the layer, and its shape in the model.
    std::string output;
    std::vector<std::int64_t> dims;
    Shape shape;
    /// Type of its numbers (TensorProto.DataType).
    std::int64_t element = 1;
};

/// Copies a node with the constants that it reads.
/// @param model  which it is of, nodes in order
/// @param budget  bytes that copies may take; what this one takes goes off
/// @return empty if there is no copy: operators older than opset 7 or none that can be raised to opset 13,
/// constants that cannot be written, budget spent
[[nodiscard]] std::string copy_node(const OnnxModel& model, const CopiedNode& what, std::int64_t& budget);

/// Elements of a map in another order, in another shape, or with padding around.
struct CopiedView {
    Shape from;
    Shape to;
    /// Element i is element order[i] of the map; empty: in the same order.
    const std::vector<std::int32_t>& order;
    /// Top, left, bottom, right, and the value there.
    std::array<std::int64_t, 4> pad{};
    double pad_value = 0;
};

/// Reshape, Transpose, Gather or Pad that make a view. @return empty as copy_node()
[[nodiscard]] std::string copy_view(const CopiedView& view, std::int64_t& budget);

}  // namespace cleave
