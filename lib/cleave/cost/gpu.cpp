// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/gpu.hpp"

#include "cleave/cost/normal.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// Where element-wise layers are merged into convolutions these remain: they move data between convolutions,
/// so no convolution's output passes include them, or nothing is known of them. Views of a framework that has
/// them separate cost nothing.
bool has_own_kernel(const Op& op, bool separate_elementwise) {
    if (std::holds_alternative<Slice>(op)) {
        return !separate_elementwise;
    }
    return separate_elementwise || std::holds_alternative<Shuffle>(op) || std::holds_alternative<Other>(op);
}

}  // namespace

Gpu::Gpu(GpuModel model, std::size_t profile, std::size_t mode)
    : model_(std::move(model)), profile_(profile), mode_(mode) {
    if (profile_ >= model_.profiles.size() || mode_ >= model_.power_modes.size() ||
        model_.reference_mode >= model_.power_modes.size()) {
        throw std::invalid_argument("GPU profile or power mode out of range");
    }
    if (this->profile().kernels == ExecutionProfile::Kernels::tuned && !model_.tuned) {
        throw std::invalid_argument("the GPU model has no tuned kernels");
    }
    const PowerMode& reference = model_.power_modes[model_.reference_mode];
    compute_scale_ = this->mode().gpu_clock / reference.gpu_clock;
    host_scale_ = reference.cpu_clock / this->mode().cpu_clock;
}

Bytes Gpu::bytes(std::int64_t elements) const {
    return Bytes(static_cast<double>(elements * model_.element_bytes));
}

const KernelSet& Gpu::kernels() const {
    return profile().kernels == ExecutionProfile::Kernels::tuned ? *model_.tuned : model_.kernels;
}

double Gpu::kernel_error(std::uint64_t key) const {
    if (!model_.kernel_errors) {
        return 1;
    }
    const bool is_tuned = profile().kernels == ExecutionProfile::Kernels::tuned;
    // Two rounds of the generator's mixing keep seeds and keys that follow each other apart.
    return Normal(mix_bits(*model_.kernel_errors) ^ key)
        .factor(is_tuned ? model_.spread.tuned_kernel : model_.spread.kernel);
}

DeviceCost Gpu::kernel(const LayerWork& work, KernelClass kind) const {
    KernelParams params = kernels()[static_cast<std::size_t>(kind)];
    params.weight_passes *= profile().weight_passes;
    params.input_copies *= profile().input_copies;
    if (profile().separate_elementwise) {
        params.output_passes = 0;
    }
    const KernelFeatures features = kernel_features(work, kind, params, model_.common());
    Seconds time = kernel_time(features, params, model_.roof_exponent, compute_scale_);
    time *= profile().kernel_scale[static_cast<std::size_t>(kind)] * kernel_error(kernel_key(work, kind));
    const GpuPower& power = model_.power;
    // Power was not measured kernel by kernel: tuned ones draw what others of their class do.
    const Watts extra =
        std::max(params.extra_power, model_.kernels[static_cast<std::size_t>(kind)].extra_power);
    const Joules energy = (power.active + extra) * compute_scale_ * time +
                          power.per_mac * Operations(features.macs) + power.per_byte * Bytes(features.bytes);
    return {time, energy};
}

DeviceCost Gpu::layer(const LayerWork& work) const {
    const auto all = layer_kernels(work, kernels());
    if (!all ||
        (all->kind == KernelClass::elementwise && !has_own_kernel(work.op, profile().separate_elementwise))) {
        return {};
    }
    DeviceCost cost = kernel(all->work, all->kind);
    cost.time *= all->count;
    cost.energy *= all->count;
    // The host prepares the next operation while the GPU works on this one.
    cost.time = std::max(cost.time, host_operation());
    return cost;
}

DeviceCost Gpu::extra_kernel(Bytes read, Bytes written) const {
    const KernelParams& params = kernels()[static_cast<std::size_t>(KernelClass::elementwise)];
    KernelFeatures features;
    features.bytes = bytes_beyond_cache(read + written, model_.cache);
    Seconds time = kernel_time(features, params, model_.roof_exponent, compute_scale_);
    time *= kernel_error(static_cast<std::uint64_t>((read + written).value()));
    return {time,
            model_.power.active * compute_scale_ * time + model_.power.per_byte * Bytes(features.bytes)};
}

bool Gpu::extrapolated(const LayerWork& layer) const {
    // Ranges are of the classes that shapes alone decide, without limits on channels.
    const auto kernels = layer_kernels(layer, KernelSet{});
    if (!kernels || !model_.seen[static_cast<std::size_t>(kernels->kind)]) {
        return false;
    }
    const LayerWork& work = kernels->work;
    const KernelRange& seen = *model_.seen[static_cast<std::size_t>(kernels->kind)];
    const auto depth = static_cast<std::int64_t>(
        kernel_features(work, kernels->kind, KernelParams{}, model_.common()).depth);
    return work.macs() < seen.least_macs || work.macs() > seen.most_macs || depth > seen.most_depth ||
           work.output.positions() > seen.most_positions;
}

}  // namespace cleave
