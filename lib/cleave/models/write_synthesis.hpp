// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/synthesis_fit.hpp"
#include "cleave/models/write_calibrated.hpp"

#include <string>

namespace cleave {

/// The text of an FPGA's model file with a fit of a form of generated circuits applied to it: figures, their
/// standard errors and sources, ranges, and the spread of ALM, of direct mapping where the weights are
/// known.
/// @throws InputError if the file cannot be read or is no FPGA model with the fit's implementation.
[[nodiscard]] std::string calibrated_synthesis_yaml(const std::string& base_file,
                                                    const ModelIdentity& identity, const SynthesisFit& fit);

}  // namespace cleave
