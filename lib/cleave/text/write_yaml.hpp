// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/node.hpp"

#include <string>

namespace cleave {

/// YAML text that parse_yaml reads back as the same tree: maps and lists in block style, small ones of
/// scalars on one line, long texts folded. Comments are not part of a tree; `header` becomes comment lines
/// before it.
[[nodiscard]] std::string write_yaml(const Node& root, const std::string& header);

}  // namespace cleave
