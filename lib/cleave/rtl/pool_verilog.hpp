// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// A pool as a Verilog-2001 module with the ports of a folded convolution (folded_module).
/// @param name  an identifier, never from a user
[[nodiscard]] std::string pool_module(const std::string& name, const ModuleNote& note, const MaxPool& pool,
                                      const FoldedPlan& plan);
[[nodiscard]] std::string pool_module(const std::string& name, const ModuleNote& note,
                                      const AveragePool& pool, const FoldedPlan& plan);

/// What the sums of an average pool are divided by, ascending, and which of these at each output position.
struct Divisors {
    std::vector<std::int64_t> all;
    StepTable which;
};
[[nodiscard]] Divisors divisors_of(const AveragePool& pool);

}  // namespace cleave
