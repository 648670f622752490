// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/fpga_fit.hpp"
#include "cleave/models/patch.hpp"

#include <string>

namespace cleave {

/// Replaces the fitted figures of the fit's implementation, with their standard errors and sources, and its
/// ranges, spreads and clock.
void apply(const FpgaFit& fit, ModelPatch& patch);

/// The text of an FPGA's model file with a fit applied to it; comments before the first key stay, others do
/// not.
/// @throws InputError if the file cannot be read or is no FPGA model with the fit's implementation.
[[nodiscard]] std::string calibrated_fpga_yaml(const std::string& base_file, const FpgaFit& fit);

}  // namespace cleave
