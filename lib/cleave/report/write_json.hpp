// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/report.hpp"

#include <string>

namespace cleave {

/// What the scripts of a report draw (assets/report.js), on one line. Times in ms, energies in mJ.
[[nodiscard]] std::string report_json(const Report& report);

}  // namespace cleave
