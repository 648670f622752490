// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"

namespace cleave {

/// Parameters of a model, taken over for a network of the same structure: the same layers in the same order,
/// read alike. Names may differ, and flatten and dropout, which compute nothing, may be in one of them only.
/// @throws std::invalid_argument with the first difference
[[nodiscard]] Parameters bind_parameters(const Network& network, const Network& model,
                                         const Parameters& parameters);

}  // namespace cleave
