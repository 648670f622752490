// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/infer_node.hpp"

#include <onnx/onnx_pb.h>

#include <vector>

namespace cleave {

/// Newest version of the standard operators that the library knows.
inline constexpr int kNewestOpsetOfLibrary = 17;

/// Gives a node the form that the library's shape inference stands: it divides by strides of 0, asks for
/// shapes that are not there, and reads past lists.
/// @param inputs  shapes of what it reads
/// @return false if it has no such form
[[nodiscard]] bool make_sound(onnx::NodeProto& node, const std::vector<OptionalDims>& inputs, int opset);

}  // namespace cleave
