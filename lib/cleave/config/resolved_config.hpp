// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/node.hpp"

#include <string>

namespace cleave {

/// The configuration with everything that it names beside it (see ExploreInputs).
/// @param with_logic  whether logic.json is there
[[nodiscard]] std::string resolved_config(Node root, bool with_logic);

}  // namespace cleave
