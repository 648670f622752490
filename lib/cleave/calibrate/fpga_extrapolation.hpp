// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/fpga_fit.hpp"

namespace cleave {

/// fit_fpga, and how far a fit to small designs is from large ones: layers of real networks are larger than
/// any that were synthesised. Spreads are the larger of those held out and those extrapolated. Without
/// extrapolation if there are too few small or large designs.
/// @throws std::invalid_argument as fit_fpga
[[nodiscard]] FpgaFit fit_fpga_beyond(const FpgaData& data, const Fpga& base);

}  // namespace cleave
