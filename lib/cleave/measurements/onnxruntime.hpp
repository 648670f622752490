// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/join_kernels.hpp"
#include "cleave/measurements/report_text.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// Whether times of a provider that only starts kernels of a GPU are taken for theirs.
enum class HostTimes { refused, taken };

/// A profile of ONNX Runtime (`enable_profiling`): a time for each node, the median over all runs but the
/// first, or of the only one. Events of nodes beside the kernels' own are notes, as is the provider.
[[nodiscard]] std::optional<std::vector<KernelTime>> read_onnxruntime(const ReportText& report,
                                                                      HostTimes host_times, Notes& notes,
                                                                      FaultList& faults);

}  // namespace cleave
