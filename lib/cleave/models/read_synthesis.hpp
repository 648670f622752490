// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/synthesis_data.hpp"

#include <string>

namespace cleave {

/// Modules of generated circuits as scripts/characterise_fpga lists them; columns are in docs/calibration.md.
/// @throws InputError with all faults of the file
[[nodiscard]] SynthesisData load_synthesis(const std::string& file);

}  // namespace cleave
