// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "cleave/runs/measured_run.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// A measured run as the tables that calibration reads (docs/calibration.md), each with a header line. Only
/// of what a clock measured: not of what was simulated or emulated.
struct CalibrationRows {
    /// A GPU step with kernels is a workload of its own, and the network with all of its steps one group.
    std::string workloads;
    std::string layers;
    /// Of steps with a single kernel.
    std::string kernels;
    /// Transfers of one size in both directions share a row.
    std::string transfers;
    std::size_t workload_count = 0;
    std::size_t kernel_count = 0;
    std::size_t transfer_count = 0;
    /// Measured steps without a row, and why.
    std::vector<std::string> left_out;
};

/// @param network  the bundle's
/// @throws std::invalid_argument if its layers are not those of the run
[[nodiscard]] CalibrationRows calibration_rows(const PredictedRun& predicted, const MeasuredRun& measured,
                                               const Network& network);

}  // namespace cleave
