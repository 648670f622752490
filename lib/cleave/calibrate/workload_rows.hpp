// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/cost/gpu.hpp"

#include <vector>

namespace cleave {

/// One kind of kernel in a workload, with everything that does not depend on fitted parameters worked out.
struct KernelRow {
    double count = 1;
    KernelFeatures features;
    /// See kernel_key.
    std::uint64_t key = 0;
};

/// Kernels of `count` equal layers. `set` gives tiles and channel limits.
/// @throws std::invalid_argument for a layer that runs none.
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
