// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/cost/fpga.hpp"
#include "cleave/cost/gpu.hpp"

#include <cstddef>

namespace cleave::testing {

/// 120 networks of random layers whose times and power come from a model, with noise; every 25th is off by
/// half if there are to be outliers.
[[nodiscard]] GpuData synthetic_gpu_data(const GpuModel& truth, double noise, bool outliers);

/// Random convolutions whose figures come from an implementation of the fitted form, with 1 % noise.
[[nodiscard]] FpgaData synthetic_fpga_data(const Fpga& truth, std::size_t count);

}  // namespace cleave::testing
