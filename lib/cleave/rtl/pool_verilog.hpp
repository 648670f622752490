// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"

#include <string>

namespace cleave {

/// A pool as a Verilog-2001 module with the ports of a folded convolution (folded_module).
/// @param name  an identifier, never from a user
/// @param note  for the header comment, may come from a user
[[nodiscard]] std::string pool_module(const std::string& name, const std::string& note, const MaxPool& pool,
                                      const FoldedPlan& plan);
[[nodiscard]] std::string pool_module(const std::string& name, const std::string& note,
                                      const AveragePool& pool, const FoldedPlan& plan);

}  // namespace cleave
