// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/join_kernels.hpp"
#include "cleave/measurements/report_text.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// A trace of PyTorch's profiler (`export_chrome_trace`, with CUDA activities and record_shapes): for each
/// operator that computes a layer, the layer by its shapes and the time of the kernels that it started. Equal
/// layers are one, with the median of all their times. What other operators started is a note.
[[nodiscard]] std::optional<std::vector<KernelTime>> read_pytorch(const ReportText& report, Notes& notes,
                                                                  FaultList& faults);

}  // namespace cleave
