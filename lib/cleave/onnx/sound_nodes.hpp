// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <set>
#include <string>

namespace cleave {

/// Copies the nodes that the ONNX library can infer shapes of whatever a file says of them. Its checker must
/// find them in order. Beyond that, shape inference of libonnx 1.12 divides by strides and block sizes of 0,
/// reads past the end of lists that are shorter than the kernel's, follows graphs inside a node, and from
/// opset 15 on asks for the shape of a value (Shape) without looking whether it has any: what would bring
/// that about is left out, and what it computes stays unknown.
/// @param model  names the versions of the operators
/// @param shaped  values whose rank is known
/// @return Shape nodes that were left out since the rank of what they read is not known, or not yet
std::size_t copy_sound_nodes(const onnx::GraphProto& from, const onnx::ModelProto& model,
                             const std::set<std::string>& shaped, onnx::GraphProto& to);

}  // namespace cleave
