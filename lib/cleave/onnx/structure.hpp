// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// A name from a model for a message: in single quotes, cut when long. Control characters stay; what prints
/// messages escapes them.
[[nodiscard]] std::string quoted(std::string_view name);
/// "node 'NAME' (OP)"; by its first output where it has no name.
[[nodiscard]] std::string describe(const OnnxNode& node);

/// Checks what everything else relies on and adds what is wrong to `faults`: every value is defined once and
/// under a name, every value read is defined, and no node depends on itself. Sorts nodes so that each follows
/// what it reads; nodes that are sorted already keep their order.
void check_structure(OnnxModel& model, std::vector<std::string>& faults);

}  // namespace cleave
