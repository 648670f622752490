// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"
#include "cleave/onnx/model.hpp"

namespace cleave {

/// A graph as a standard ONNX model (opset 13, or that of nodes which are copied): nodes named as in the
/// graph, tensors by their names, feature maps as 1 x C x H x W (a tensor behind Flatten or fc as 1 x C).
/// Quantised weights are int8 initializers with DequantizeLinear behind them, biases int32 ones; Quantize and
/// Dequantize of int8 are QuantizeLinear and DequantizeLinear, a Quantize to int32 is a division (a power of
/// two: exact) and a Cast.
/// @throws std::invalid_argument for Other that comes without its nodes (LayerParameters::copied)
[[nodiscard]] OnnxModel onnx_of(const Graph& graph);

/// The graph of a model that onnx_of made, node by node; equal to what it was made from.
/// @throws OnnxError if it is anything else.
[[nodiscard]] Graph graph_of(const OnnxModel& model);

}  // namespace cleave
