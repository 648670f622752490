// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <cstdint>

namespace cleave {

// Numbers of element types in onnx.proto (TensorProto.DataType), the same in all of its versions.

/// `other` for numbers of types that are not read.
[[nodiscard]] OnnxType element_type(std::int64_t number);
/// 0 for `other`.
[[nodiscard]] std::int64_t element_number(OnnxType type);

}  // namespace cleave
