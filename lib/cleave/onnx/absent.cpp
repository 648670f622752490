// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/infer_node.hpp"
#include "cleave/onnx/model.hpp"
#include "cleave/onnx/operators.hpp"

// Takes the place of the files that need the ONNX library in a build without it.
namespace cleave {
namespace {

[[noreturn]] void fail() {
    throw OnnxError({"this build of cleave has no support for ONNX files (CLEAVE_ONNX is OFF)"});
}

}  // namespace

bool has_onnx() { return false; }

OnnxModel read_onnx(std::string_view /*bytes*/, const InputShapes& /*input_shapes*/,
                    const ExternalReader& /*external*/) {
    fail();
}

std::string write_onnx(const OnnxModel& /*model*/) { fail(); }

std::vector<OptionalDims> infer_by_library(const OnnxNode& node, std::int64_t /*opset*/,
                                           const std::vector<KnownInput>& /*inputs*/) {
    return std::vector<OptionalDims>(node.outputs.size());
}

std::vector<std::string> library_operators() { return {}; }

std::optional<std::string> raise_opset(const std::string& /*bytes*/, std::int64_t /*opset*/) { fail(); }

}  // namespace cleave
