// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <set>
#include <string>
#include <utility>

namespace cleave {

/// Writes operators that are several in one as those of ONNX that they are made of: quantised ones
/// (QLinearConv, QGemm, ...) between DequantizeLinear and QuantizeLinear, those with channels last between
/// transposes, convolutions with an activation before it. What a node of the model is called, the node in its
/// place that computes is called; the others have no name.
void expand_operators(OnnxModel& model);

/// The operators that it takes apart, as far as they have names of their own: domain and name. Any operator
/// of QONNX's `channels_last` is taken apart besides.
[[nodiscard]] const std::set<std::pair<std::string, std::string>>& composite_operators();

}  // namespace cleave
