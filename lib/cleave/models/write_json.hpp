// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"

#include <string>
#include <vector>

namespace cleave {

struct NamedSheet {
    /// gpu, fpga or link.
    std::string kind;
    /// Execution profiles of a GPU, implementations of an FPGA.
    std::vector<std::string> variants;
    ModelSheet sheet;
};

/// A model's numbers and sources.
[[nodiscard]] std::string model_json(const NamedSheet& model);
/// Name, kind and variants of several models.
[[nodiscard]] std::string model_list_json(const std::vector<NamedSheet>& models);

}  // namespace cleave
