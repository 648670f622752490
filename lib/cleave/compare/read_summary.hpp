// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/front_summary.hpp"
#include "cleave/text/node.hpp"

#include <optional>

namespace cleave {

/// Reads front.json, of this or an earlier version. Facts are the tool's version, completeness, gap, epsilon,
/// design_points, objectives and all of `context`, whose keys lose that prefix.
/// @return nothing if there are faults, which are all of them
[[nodiscard]] std::optional<FrontSummary> read_front_summary(const Node& document, FaultList& faults);

}  // namespace cleave
