// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/result.hpp"
#include "cleave/text/node.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What front.json says of a front that cannot be worked out again from its points.
struct FrontDetails {
    std::string tool_version;
    Completeness completeness = Completeness::exact;
    /// Of an epsilon front, the share; of a stopped one, the gap if it is known.
    std::optional<double> gap;
    /// Decimal.
    std::string design_points;
    /// 0: without uncertainty.
    std::size_t draws = 0;
    /// Whether the FPGA pays, in a sentence, and why; empty in files of older versions.
    std::string verdict;
    std::vector<std::string> reasons;
    /// By the identifiers of points.
    std::map<std::string, PointUncertainty> uncertainty;
};

/// Reads front.json (docs/schema/front.schema.json).
/// @return nothing if there are faults, which are all those of what is read
[[nodiscard]] std::optional<FrontDetails> read_front_details(const Node& document, FaultList& faults);

}  // namespace cleave
