// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

namespace cleave {

/// Copies the nodes that the ONNX library can infer shapes of whatever a file says of them. Its checker must
/// find them in order. Beyond that, shape inference of libonnx 1.12 divides by strides and block sizes of 0,
/// reads past the end of lists that are shorter than the kernel's, and follows graphs inside a node: what
/// would bring that about is left out, and what it computes stays unknown.
/// @param model  names the versions of the operators
void copy_sound_nodes(const onnx::GraphProto& from, const onnx::ModelProto& model, onnx::GraphProto& to);

}  // namespace cleave
