// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <onnx/onnx_pb.h>

#include <string>

namespace cleave {

/// The library's number of an element type. @throws OnnxError for those that are not written
[[nodiscard]] int data_type_of(OnnxType type, const std::string& name);
/// @throws OnnxError if the tensor does not hold what its shape says
void write_tensor(const OnnxTensor& tensor, onnx::TensorProto& proto);
/// @throws OnnxError for attributes that are not kept, as subgraphs
void write_node(const OnnxNode& node, onnx::NodeProto& proto);

}  // namespace cleave
