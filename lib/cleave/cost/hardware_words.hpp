// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"

#include <string>

namespace cleave {

/// For people: "PE 4 x SIMD 16", "PE 4 x SIMD 16 in logic, column former"; of an operation without
/// multipliers "PE 4".
[[nodiscard]] std::string fold_words(const Fold& fold, const Op& op);

/// "dhm-csd", "folded PE 4 x SIMD 16".
[[nodiscard]] std::string hardware_words(const Fpga& fpga, const HardwareChoice& choice, const Op& op);

}  // namespace cleave
