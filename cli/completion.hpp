// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

#include <string>

namespace cleave::cli {

/// Completion of the program's command line: a script for bash, which needs nothing beside it, and a function
/// for zsh's completion system.
[[nodiscard]] std::string bash_completion(const CommandHelp& root);
[[nodiscard]] std::string zsh_completion(const CommandHelp& root);

}  // namespace cleave::cli
