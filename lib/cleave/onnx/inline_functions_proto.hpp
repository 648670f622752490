// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace cleave {

/// Puts the nodes of the model's local functions in the place of their calls, also of calls inside functions.
/// Attributes that refer to the call's are given its values; those that it does not have are left out.
/// Functions that call themselves, and bodies that grow beyond any model, are faults.
void inline_functions(onnx::ModelProto& model, std::vector<std::string>& faults);

}  // namespace cleave
