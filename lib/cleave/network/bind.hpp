// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"

#include <string>
#include <vector>

namespace cleave {

/// All that makes two operations the same, in words: the operation, then attributes, of which there are as
/// many for each operation of that name.
[[nodiscard]] std::vector<std::string> op_traits(const Op& op);

/// Parameters of a model, taken over for a network of the same structure: the same layers in the same order,
/// read alike. Names may differ, and flatten and dropout, which compute nothing, may be in one of them only.
/// @throws std::invalid_argument with the first difference
[[nodiscard]] Parameters bind_parameters(const Network& network, const Network& model,
                                         const Parameters& parameters);

}  // namespace cleave
