// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The values of a tensor, channel by channel, row by row. Those of an int8 or int32 tensor are whole numbers
/// (not yet multiplied by 2^exponent).
using Values = std::vector<double>;

/// Computes a graph in double precision: sums of products of 8-bit numbers are exact, so a quantised graph
/// gives what integer hardware gives, bit by bit, as long as sums stay below 2^53. Numbers of its inputs
/// stand for the result of an operation without a model (Other), which is not computed.
/// @param inputs values of Graph::inputs, in order
/// @param threads  0: one per processor; the result does not depend on it
/// @return values of Graph::outputs, in order
/// @throws std::invalid_argument if an input has the wrong number of values
[[nodiscard]] std::vector<Values> execute(const Graph& graph, const std::vector<Values>& inputs,
                                          unsigned threads = 0);

/// The same, with the values of every tensor, by TensorId.
[[nodiscard]] std::vector<Values> execute_all(const Graph& graph, const std::vector<Values>& inputs,
                                              unsigned threads = 0);

/// Values of a graph's inputs that lie one after the other; what does not fit is the last one's.
[[nodiscard]] std::vector<Values> divided(const Graph& graph, const Values& values);

/// What makes a network too large to be held here in memory, with weights in float32 and feature maps in
/// double precision: more than 2^29 parameters or numbers in all feature maps together. Nothing if it is not.
[[nodiscard]] std::optional<std::string> too_large_to_execute(const Network& network);

}  // namespace cleave
