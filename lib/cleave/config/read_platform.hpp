// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/text/node.hpp"

#include <optional>
#include <string>

namespace cleave {

/// Platform of a document that platform_yaml() wrote: all that it takes to repeat the costs of a bundle's
/// point. Nothing if there was a fault.
[[nodiscard]] std::optional<Platform> read_platform(const Node& root, FaultList& faults);
/// @throws InputError
[[nodiscard]] Platform load_platform(const std::string& file_name);

}  // namespace cleave
