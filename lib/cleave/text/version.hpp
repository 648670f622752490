// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace cleave {

/// Version of the library, "MAJOR.MINOR.PATCH".
[[nodiscard]] std::string version();

}  // namespace cleave
