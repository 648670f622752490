// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"
#include "support/random.hpp"

#include <string>

namespace cleave::testing {

/// Everything that a graph says, tensors by name: two graphs are the same if these are equal.
[[nodiscard]] std::string graph_text(const Graph& graph);

/// A graph with int8 and int32 tensors: a convolution and a fully connected layer with quantised weights
/// between Quantize and Dequantize, and a convolution that leaves sums as int32.
[[nodiscard]] Graph quantised_graph(Random& random);

}  // namespace cleave::testing
