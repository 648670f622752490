// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <onnx/onnx_pb.h>

#include <map>
#include <string>

namespace cleave {

/// Lets the library infer shapes inside the model, again as long as nodes wait for what that finds. Where it
/// objects, the shapes in the file stay: the import infers those of all layers that it knows by itself.
void infer_shapes(const onnx::ModelProto& model, std::map<std::string, OnnxValue>& values);

}  // namespace cleave
