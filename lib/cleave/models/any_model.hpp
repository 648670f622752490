// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A cost model of any kind, for showing.
struct AnyModel {
    /// gpu, fpga or link.
    std::string kind;
    /// Execution profiles of a GPU, implementations of an FPGA; empty for a link.
    std::vector<std::string> variants;
    ModelSheet sheet;
};

/// @throws InputError
[[nodiscard]] AnyModel load_model(const std::string& file_name);
/// Checks that a model's YAML text reads as a model; faults name `file_name`.
/// @throws InputError
void require_model(const std::string& yaml, const std::string& file_name);

}  // namespace cleave
