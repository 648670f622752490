// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/model.hpp"

#include <onnx/onnx_pb.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <exception>

namespace cleave {
namespace {

/// Newest version of the file format that the library's converter knows.
constexpr std::int64_t kNewestConverted = onnx::IR_VERSION;

}  // namespace

std::optional<std::string> raise_opset(const std::string& bytes, std::int64_t opset) {
    onnx::ModelProto proto;
    if (!proto.ParseFromString(bytes)) {
        return std::nullopt;
    }
    proto.set_ir_version(std::min<std::int64_t>(proto.ir_version(), kNewestConverted));
    try {
        std::string raised;
        const bool written = onnx::version_conversion::ConvertVersion(proto, static_cast<int>(opset))
                                 .SerializeToString(&raised);
        return written ? std::optional(std::move(raised)) : std::nullopt;
    } catch (const std::exception&) {
        // An operator that the library does not know, or does not know how to raise.
        return std::nullopt;
    }
}

}  // namespace cleave
