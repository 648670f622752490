// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"
#include "cleave/onnx/model.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cleave {

// Rounding to the codes of a model as nodes without a name: Div by the scale, Round, Clip, Mul.
// QuantizeLinear and DequantizeLinear do the same, but TensorRT takes no zero points, and they know 8 bits
// alone.

/// Adds them. @param unique  makes a name that no other value has of a wanted one
void add_rounding(OnnxModel& model, const Codes& codes, const std::string& from, const std::string& to,
                  const std::function<std::string(std::string)>& unique);

struct FoundRounding {
    Codes codes;
    /// The value that is rounded.
    std::string rounded;
    std::vector<const OnnxNode*> nodes;
};

/// All of a model's, by the value that they read.
[[nodiscard]] std::map<std::string, FoundRounding> find_roundings(const OnnxModel& model);

}  // namespace cleave
