// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// Index of a tensor in Graph::tensors.
enum class TensorId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(TensorId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr TensorId tensor_id(std::size_t i) { return static_cast<TensorId>(i); }

/// How the numbers of a tensor are held. int8 and int32 are fixed point: value = number * 2^exponent, zero
/// point 0, with the exponent of the Quantize that made it.
enum class TensorType { float32, int8, int32 };

/// float32 to fixed point: x / 2^exponent, rounded to the nearest whole number, halves to even, and limited
/// to the range of `type` (int8: -128 to 127). Reads one tensor.
struct Quantize {
    int exponent = 0;
    TensorType type = TensorType::int8;
};

/// Fixed point to float32: number * 2^exponent. Reads one tensor.
struct Dequantize {
    int exponent = 0;
};

/// Some channels of a map, in any order. Reads one tensor.
struct Gather {
    std::vector<std::int64_t> channels;
};

/// Anything a node can do; Input never occurs.
using NodeOp = std::variant<Op, Quantize, Dequantize, Gather>;

struct GraphTensor {
    /// Unique in the graph.
    std::string name;
    Shape shape;
    TensorType type = TensorType::float32;
    /// What is computed, or comes in, is rounded to these. Of float32 tensors.
    std::optional<Codes> codes = {};
};

/// Weights and bias that are fixed point: weights = int8 * 2^weights, bias = int32 * 2^bias. The node's float
/// parameters hold exactly these values.
struct FixedPoint {
    int weights = 0;
    int bias = 0;
};

struct GraphNode {
    /// Unique in the graph.
    std::string name;
    NodeOp op;
    LayerParameters parameters;
    /// Set for a conv or fc with quantised weights.
    std::optional<FixedPoint> fixed_point;
    std::vector<TensorId> inputs;
    TensorId output{};
};

/// What one device computes at a time: nodes in an order in which each follows what it reads, with any number
/// of inputs and outputs. A whole network is one, too.
struct Graph {
    std::string name;
    std::vector<GraphTensor> tensors;
    std::vector<TensorId> inputs;
    std::vector<TensorId> outputs;
    std::vector<GraphNode> nodes;

    [[nodiscard]] const GraphTensor& tensor(TensorId id) const { return tensors[index(id)]; }
    TensorId add_tensor(std::string name_of_tensor, const Shape& shape,
                        TensorType type = TensorType::float32) {
        tensors.push_back({std::move(name_of_tensor), shape, type, std::nullopt});
        return tensor_id(tensors.size() - 1);
    }
};

/// What of a layer's parameters has another number than the operation needs that reads a map of this shape:
/// "has 3 numbers of bias, not 4". Nothing if they are right.
[[nodiscard]] std::optional<std::string> parameter_fault(const Op& op, const Shape& input,
                                                         const LayerParameters& parameters);

/// The whole network: its inputs (one is named "input"), a tensor for each layer's output feature map, named
/// as the layer, and its results.
/// @throws std::invalid_argument if parameters are missing or of the wrong number for a layer, named in the
/// message.
[[nodiscard]] Graph whole_graph(const Network& network, const Parameters& parameters);

}  // namespace cleave
