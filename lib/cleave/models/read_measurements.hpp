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

/// Workloads (one row a measured network) and their layers (one row a kind of layer); `kernels_file` may be
/// empty.
/// @throws InputError
[[nodiscard]] GpuData load_gpu_data(const std::string& workloads_file, const std::string& layers_file,
                                    const std::string& kernels_file, DataUse use = DataUse::fit);
/// The three kinds of GPU data among files in any order, told apart by their columns; empty names for kinds
/// that are not there. @throws InputError for a file of no such kind, or two of one kind
struct GpuFiles {
    std::string workloads;
    std::string layers;
    std::string kernels;
};
[[nodiscard]] GpuFiles sort_gpu_files(const std::vector<std::string>& files);
/// @throws InputError
[[nodiscard]] FpgaData load_fpga_data(const std::string& file, DataUse use = DataUse::fit);
/// @throws InputError
[[nodiscard]] LinkData load_link_data(const std::string& file, DataUse use = DataUse::fit);

}  // namespace cleave
