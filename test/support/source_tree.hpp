// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace cleave::testing {

/// The folder of the source tree, whose files tests read.
[[nodiscard]] std::string source_dir();

/// The bytes of a file; none if it cannot be read.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

}  // namespace cleave::testing
