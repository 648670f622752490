// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/io/format_error.hpp"
#include "cleave/report/front_summary.hpp"

#include <string_view>

namespace cleave::io {

/// Reads front.json, of this or an earlier version. Facts are the tool's version, completeness, gap, epsilon,
/// design_points, objectives and all of `context`, whose keys lose that prefix.
/// @throws FormatError with all faults
[[nodiscard]] FrontSummary read_front_summary(std::string_view text);

}  // namespace cleave::io
