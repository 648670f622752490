// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <vector>

namespace cleave {

// Types and shapes as they lie in a file.

/// -1 for what is open.
[[nodiscard]] std::vector<std::int64_t> dims_of(const onnx::TensorShapeProto& shape);
[[nodiscard]] OnnxValue value_of(const onnx::ValueInfoProto& info);
void set_dims(onnx::TypeProto::Tensor& type, const std::vector<std::int64_t>& dims);

}  // namespace cleave
