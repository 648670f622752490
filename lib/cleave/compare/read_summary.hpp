// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/front_summary.hpp"
#include "cleave/text/format_error.hpp"

#include <string_view>

namespace cleave {

/// Reads front.json, of this or an earlier version. Facts are the tool's version, completeness, gap, epsilon,
/// design_points, objectives and all of `context`, whose keys lose that prefix.
/// @throws FormatError with all faults
[[nodiscard]] FrontSummary read_front_summary(std::string_view text);

}  // namespace cleave
