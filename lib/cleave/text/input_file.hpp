// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/format_error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// Bytes of a file. @throws FormatError, with the line for the user, if it cannot be read or is larger than
/// `most`
[[nodiscard]] std::string read_input_file(const std::string& path, std::size_t most);

/// A line for the user: "file: error: message".
[[nodiscard]] std::string fault_line(const std::string& path, const std::string& message);
/// A line for each message.
[[nodiscard]] std::vector<std::string> fault_lines(const std::string& path,
                                                   const std::vector<std::string>& messages);

}  // namespace cleave
