// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"

#include <optional>
#include <string>

namespace cleave {

/// What makes two graphs different, for the user: "node 'conv1' has other weights". Nodes are matched by
/// name; their order does not matter as long as each reads the same, nor do names of tensors inside the
/// graph.
/// @param found  the graph to be described
[[nodiscard]] std::optional<std::string> difference(const Graph& found, const Graph& expected);

}  // namespace cleave
