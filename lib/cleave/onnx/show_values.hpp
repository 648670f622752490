// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// "1 x 3 x ? x ?".
[[nodiscard]] std::string show_dims(const std::vector<std::int64_t>& dims);
/// "'a', 'b', ...", at most eight.
[[nodiscard]] std::string list_names(const std::vector<std::string>& names);
[[nodiscard]] std::string list_names(const std::vector<OnnxValue>& values);

}  // namespace cleave
