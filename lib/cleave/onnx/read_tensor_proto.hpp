// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace cleave {

/// The numbers of a tensor, from the file or from one beside it. What does not fit its shape is a fault;
/// numbers that are not there at all leave the tensor `absent`.
/// @param what  the tensor in messages
[[nodiscard]] OnnxTensor read_tensor(const onnx::TensorProto& proto, const std::string& what,
                                     const ExternalReader& external, std::vector<std::string>& faults);

}  // namespace cleave
