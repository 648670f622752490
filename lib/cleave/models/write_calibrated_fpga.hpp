// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/fpga_fit.hpp"
#include "cleave/models/patch.hpp"
#include "cleave/models/write_calibrated.hpp"

#include <string>

namespace cleave {

/// What a table of designs does not say of them; empty: not known, which the model then says.
struct DesignOrigin {
    /// What placed and routed them, such as "Quartus Prime Pro 17.1".
    std::string tool;
    /// Sentences on how their power was measured or estimated.
    std::string power_method;
};

/// Replaces the fitted figures of the fit's implementation, with their standard errors and sources, and its
/// ranges, spreads and clock.
void apply(const FpgaFit& fit, const DesignOrigin& origin, ModelPatch& patch);

/// The text of an FPGA's model file with a fit applied to it. Comments before the first key stay unless it
/// becomes another device's, others do not.
/// @throws InputError if the file cannot be read or is no FPGA model with the fit's implementation.
[[nodiscard]] std::string calibrated_fpga_yaml(const std::string& base_file, const ModelIdentity& identity,
                                               const DesignOrigin& origin, const FpgaFit& fit);

}  // namespace cleave
