// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/plan.hpp"

namespace cleave {

/// Finds the operations without a model (Plan::copied, Plan::copied_before_fpga) and the tensors whose
/// numbers the reference does not know for them (PlanTensor::stand_in), in a plan that is complete otherwise.
void mark_stand_ins(const Network& network, Plan& plan);

}  // namespace cleave
