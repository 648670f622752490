// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"
#include "cleave/deploy/segment.hpp"

#include <vector>

namespace cleave {

/// The segments of all steps, by StepId; those of transfers are empty.
[[nodiscard]] std::vector<Graph> segments(const Plan& plan, const UnitGraph& units,
                                          const Parameters& parameters,
                                          const std::optional<FixedPointFormats>& formats = std::nullopt);

/// Executes the steps in order, each on what the ones before it gave.
/// @param graphs  by StepId
/// @param input  of the network; of several, one after the other
/// @return values of the plan's tensors, by PlanTensorId
/// @throws std::invalid_argument as execute()
[[nodiscard]] std::vector<Values> execute_plan(const Plan& plan, const std::vector<Graph>& graphs,
                                               const Values& input);

}  // namespace cleave
