// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/model.hpp"

// Takes the place of read_file.cpp and write_file.cpp in a build without the ONNX library.
namespace cleave {
namespace {

[[noreturn]] void fail() {
    throw OnnxError({"this build of cleave has no support for ONNX files (CLEAVE_ONNX is OFF)"});
}

}  // namespace

bool has_onnx() { return false; }

OnnxModel read_onnx(std::string_view /*bytes*/, const InputShapes& /*input_shapes*/) { fail(); }

std::string write_onnx(const OnnxModel& /*model*/) { fail(); }

std::optional<std::string> raise_opset(const std::string& /*bytes*/, std::int64_t /*opset*/) { fail(); }

}  // namespace cleave
