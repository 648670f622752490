// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/cost/gpu.hpp"

#include <array>
#include <vector>

namespace cleave {

using KernelSet = std::array<KernelParams, kKernelClasses>;

/// One kind of kernel in a workload, with everything that does not depend on fitted parameters worked out.
struct KernelRow {
    double count = 1;
    KernelFeatures features;
};

/// Kernels of a layer as a GPU runs it: group by group where it is grouped, in class conv_other where it has
/// too few channels for its own. `set` gives tiles and channel limits.
[[nodiscard]] KernelRow kernel_row(const LayerWork& work, double count, const KernelSet& set,
                                   const KernelCommon& common);

/// Time of all kernels, and of depthwise ones alone.
struct RowTimes {
    double all = 0;
    double depthwise = 0;
};
[[nodiscard]] RowTimes time_of(const std::vector<KernelRow>& rows, const KernelSet& set,
                               double roof_exponent);

}  // namespace cleave
