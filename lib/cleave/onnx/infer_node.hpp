// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

using OptionalDims = std::optional<std::vector<std::int64_t>>;

/// What is known of an input of a node.
struct KnownInput {
    OnnxType type = OnnxType::float32;
    OptionalDims dims;
    /// Its numbers, if it is a constant.
    std::optional<Constant> number;
};

/// Shapes of a node's outputs, as many as it has, from what is known of its inputs; nothing where that does
/// not tell. A dimension that is not fixed is -1.
/// @param opset  version of the standard operators
[[nodiscard]] std::vector<OptionalDims> infer_outputs(const OnnxNode& node, std::int64_t opset,
                                                      const std::vector<KnownInput>& inputs);

/// The same by ONNX's own shape inference alone, which knows operators up to opset 17.
[[nodiscard]] std::vector<OptionalDims> infer_by_library(const OnnxNode& node, std::int64_t opset,
                                                         const std::vector<KnownInput>& inputs);

}  // namespace cleave
