// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cleave::cli {

/// Manual pages (section 1) of a command and all below it: file name and text in man's macros. Options of the
/// commands above are repeated in each.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> man_pages(const CommandHelp& root,
                                                                         const std::string& version);

}  // namespace cleave::cli
