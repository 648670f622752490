// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/synthesis_data.hpp"
#include "cleave/text/fault.hpp"

#include <string>
#include <vector>

namespace cleave {

/// What measurements are read for: a fit needs columns that vary, a check of a model does not.
enum class DataUse { fit, check };

/// CSV files of measurements; their columns are in docs/calibration.md. All faults of all files are thrown
/// together.

/// Workloads (one row a measured network), their layers (one row a kind of layer, in one file or several) and
/// single kernels; names of kinds that are not there are empty.
struct GpuFiles {
    std::string workloads;
    std::vector<std::string> layers;
    std::string kernels;
};
/// @throws InputError
[[nodiscard]] GpuData load_gpu_data(const GpuFiles& files, DataUse use = DataUse::fit);
/// The three kinds of GPU data among files in any order, told apart by their columns.
/// @throws InputError for a file of no such kind, or two of one kind other than layers
[[nodiscard]] GpuFiles sort_gpu_files(const std::vector<std::string>& files);
/// @throws InputError
[[nodiscard]] FpgaData load_fpga_data(const std::string& file, DataUse use = DataUse::fit);
/// @throws InputError
[[nodiscard]] LinkData load_link_data(const std::string& file, DataUse use = DataUse::fit);

}  // namespace cleave
