// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/plan.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Where a plan that a manifest describes differs from the one that the cost models give, with paths as in
/// the manifest. What steps compute (`pieces`) is not compared.
[[nodiscard]] std::vector<std::string> plan_differences(const Plan& found, const Plan& expected);

}  // namespace cleave
