// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/runs/compare_run.hpp"

#include <string>

namespace cleave {

/// "Measured against predicted" of a report: on what, the plot, and a table of steps and terms.
[[nodiscard]] std::string run_section(const RunComparison& run);

}  // namespace cleave
