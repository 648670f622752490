// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/workload_rows.hpp"

#include <stdexcept>

namespace cleave {

KernelRow kernel_row(const LayerWork& layer, double count, const KernelSet& set, const KernelCommon& common) {
    const auto kernels = layer_kernels(layer, set);
    if (!kernels) {
        throw std::invalid_argument("a measured layer runs no kernel");
    }
    const KernelParams& params = set[static_cast<std::size_t>(kernels->kind)];
    return {count * kernels->count, kernel_features(kernels->work, kernels->kind, params, common),
            kernel_key(kernels->work, kernels->kind)};
}

RowTimes time_of(const std::vector<KernelRow>& rows, const KernelSet& set, double roof_exponent) {
    RowTimes times;
    for (const KernelRow& row : rows) {
        const KernelParams& params = set[static_cast<std::size_t>(row.features.kind)];
        const double time = row.count * kernel_time(row.features, params, roof_exponent, 1.0).value();
        times.all += time;
        times.depthwise += is_depthwise(row.features.kind) ? time : 0;
    }
    return times;
}

}  // namespace cleave
