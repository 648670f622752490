// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/node.hpp"

#include <string>
#include <vector>

namespace cleave::config {

/// Applies `key.path=VALUE` to a tree: VALUE, read as YAML, replaces the value at that path; missing maps are
/// made. Faults in it are placed at `--set key.path=VALUE`, line 1, with columns counted from the first byte
/// of the key path.
void apply_override(Node& root, const std::string& override_text, FaultList& faults);

}  // namespace cleave::config
