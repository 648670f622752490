// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/workload_rows.hpp"

#include <stdexcept>

namespace cleave {

KernelRow kernel_row(const LayerWork& layer, double count, const KernelSet& set, const KernelCommon& common) {
    auto kind = kernel_class(layer);
    if (!kind) {
        throw std::invalid_argument("a measured layer runs no kernel");
    }
    LayerWork work = layer;
    const auto* conv = std::get_if<Conv>(&layer.op);
    if (conv != nullptr && conv->groups > 1 && *kind != KernelClass::depthwise) {
        count *= static_cast<double>(conv->groups);
        work = slice_groups(layer, 1);
    }
    if (conv != nullptr &&
        work.inputs.front().channels < set[static_cast<std::size_t>(*kind)].least_channels) {
        kind = KernelClass::conv_other;
    }
    return {count, kernel_features(work, *kind, set[static_cast<std::size_t>(*kind)], common)};
}

RowTimes time_of(const std::vector<KernelRow>& rows, const KernelSet& set, double roof_exponent) {
    RowTimes times;
    for (const KernelRow& row : rows) {
        const KernelParams& params = set[static_cast<std::size_t>(row.features.kind)];
        const double time = row.count * kernel_time(row.features, params, roof_exponent, 1.0).value();
        times.all += time;
        times.depthwise += row.features.kind == KernelClass::depthwise ? time : 0;
    }
    return times;
}

}  // namespace cleave
