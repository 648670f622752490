// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/kernel_networks.hpp"

#include "cleave/cost/gpu.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {

GpuData kernels_as_networks(GpuData data) {
    for (KernelMeasurement& kernel : data.kernels) {
        const LayerWork& work = kernel.work;
        const Shape& in = work.inputs.front();
        const auto* conv = std::get_if<Conv>(&work.op);
        const auto kind = kernel_class(work);
        Workload network;
        network.family = kind ? name_of(*kind) : "none";
        network.network =
            fmt::format("{} {}x{}x{} {}x{}x{} {} {}", network.family, in.channels, in.height, in.width,
                        work.output.channels, work.output.height, work.output.width,
                        conv != nullptr ? conv->window.taps() : 0, conv != nullptr ? conv->groups : 0);
        network.name = std::move(kernel.name);
        network.latency = kernel.latency;
        network.layers.push_back({1, std::move(kernel.work)});
        data.workloads.push_back(std::move(network));
    }
    data.kernels.clear();
    data.workload_file = std::exchange(data.kernel_file, {});
    data.layer_files.push_back(data.workload_file);
    return data;
}

}  // namespace cleave
