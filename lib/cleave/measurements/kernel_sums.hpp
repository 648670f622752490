// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/report_text.hpp"
#include "cleave/units/quantity.hpp"

#include <cstddef>
#include <optional>

namespace cleave {

/// The time of all kernels that a report has.
struct KernelSum {
    Seconds total;
    std::size_t kinds = 0;
    std::size_t launches = 0;
};

/// `nsys stats --report cuda_gpu_kern_sum --format csv`; other tables of the file are notes.
[[nodiscard]] std::optional<KernelSum> read_nsys(const ReportText& report, Notes& notes, FaultList& faults);
/// `ncu --csv`, with gpu__time_duration.sum; other metrics are notes.
[[nodiscard]] std::optional<KernelSum> read_ncu(const ReportText& report, Notes& notes, FaultList& faults);

}  // namespace cleave
