// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/yaml_file.hpp"

#include <optional>
#include <string>

namespace cleave {

/// The configuration that explores a network as those that ship do. @param network_file  in whose folder it
/// is taken to lie
[[nodiscard]] std::optional<YamlFile> default_config(const std::string& network_file, FaultList& faults);

}  // namespace cleave
