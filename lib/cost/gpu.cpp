// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/gpu.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

KernelClass conv_class(const Conv& conv, const Shape& in) {
    const Window& w = conv.window;
    if (is_depthwise(conv, in)) {
        return KernelClass::depthwise;
    }
    if (w.kernel_h == 1 && w.kernel_w == 1) {
        return KernelClass::conv_1x1;
    }
    const bool three_by_three = w.kernel_h == 3 && w.kernel_w == 3;
    const bool dense_steps = w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 && w.dilation_w == 1;
    return three_by_three && dense_steps ? KernelClass::conv_3x3_s1 : KernelClass::conv_other;
}

}  // namespace

std::string kernel_class_name(KernelClass kind) {
    switch (kind) {
        case KernelClass::conv_1x1: return "conv_1x1";
        case KernelClass::conv_3x3_s1: return "conv_3x3_s1";
        case KernelClass::conv_other: return "conv_other";
        case KernelClass::depthwise: return "depthwise";
        case KernelClass::fully_connected: return "fully_connected";
        case KernelClass::pool: return "pool";
        case KernelClass::elementwise: return "elementwise";
    }
    throw std::logic_error("kernel class out of range");
}

std::optional<KernelClass> kernel_class(const LayerWork& work) {
    using Class = std::optional<KernelClass>;
    return std::visit(Overloaded{
                          [](const Input&) -> Class { return std::nullopt; },
                          [&](const Conv& conv) -> Class { return conv_class(conv, work.inputs.front()); },
                          [](const FullyConnected&) -> Class { return KernelClass::fully_connected; },
                          [](const Pool&) -> Class { return KernelClass::pool; },
                          [](const GlobalAveragePool&) -> Class { return KernelClass::pool; },
                          [](const BatchNorm&) -> Class { return KernelClass::elementwise; },
                          [](const Activation&) -> Class { return KernelClass::elementwise; },
                          [](const Dropout&) -> Class { return std::nullopt; },
                          [](const Add&) -> Class { return KernelClass::elementwise; },
                          [](const Mul&) -> Class { return KernelClass::elementwise; },
                          [](const Concat&) -> Class { return KernelClass::elementwise; },
                          [](const Slice&) -> Class { return std::nullopt; },
                          [](const Shuffle&) -> Class { return KernelClass::elementwise; },
                          [](const Flatten&) -> Class { return std::nullopt; },
                          [](const Softmax&) -> Class { return KernelClass::elementwise; },
                          [](const Lrn&) -> Class { return KernelClass::elementwise; },
                      },
                      work.op);
}

Gpu::Gpu(GpuModel model, std::size_t profile, std::size_t mode)
    : model_(std::move(model)), profile_(profile), mode_(mode) {
    if (profile_ >= model_.profiles.size() || mode_ >= model_.power_modes.size() ||
        model_.reference_mode >= model_.power_modes.size()) {
        throw std::invalid_argument("GPU profile or power mode out of range");
    }
    const PowerMode& reference = model_.power_modes[model_.reference_mode];
    compute_scale_ = this->mode().gpu_clock / reference.gpu_clock;
    host_scale_ = reference.cpu_clock / this->mode().cpu_clock;
}

Bytes Gpu::bytes(std::int64_t elements) const {
    return Bytes(static_cast<double>(elements * model_.element_bytes));
}

DeviceCost Gpu::kernel(KernelClass kind, std::int64_t macs, double tile_rounding, std::int64_t depth,
                       Bytes traffic) const {
    const KernelParams& k = model_.kernels[static_cast<std::size_t>(kind)];
    const double p = model_.roof_exponent;
    double compute = 0;
    if (k.compute) {
        const Operations rounded(static_cast<double>(macs) * tile_rounding);
        compute = (rounded / (*k.compute * compute_scale_)).value();
    }
    const double memory = (traffic / k.memory).value();
    const Seconds roofs(std::pow(std::pow(compute, p) + std::pow(memory, p), 1.0 / p));
    const Seconds time = k.overhead + k.per_depth * static_cast<double>(depth) / compute_scale_ + roofs;
    const GpuPower& power = model_.power;
    const Joules energy = power.active * compute_scale_ * time +
                          power.per_mac * Operations(static_cast<double>(macs)) + power.per_byte * traffic;
    return {time, energy};
}

DeviceCost Gpu::layer(const LayerWork& work) const {
    const std::optional<KernelClass> kind = kernel_class(work);
    if (!kind || (*kind == KernelClass::elementwise && !profile().separate_elementwise)) {
        return {};
    }
    double tile_rounding = 1.0;
    std::int64_t depth = 0;
    if (const auto* conv = std::get_if<Conv>(&work.op)) {
        depth = conv->window.taps() * (work.inputs.front().channels / conv->groups);
        if (conv->groups == 1) {
            const std::int64_t positions = work.output.positions();
            tile_rounding = static_cast<double>(round_up(positions, model_.tile_positions)) /
                            static_cast<double>(positions) *
                            static_cast<double>(round_up(conv->filters, model_.tile_filters)) /
                            static_cast<double>(conv->filters);
        }
    } else if (std::holds_alternative<FullyConnected>(work.op)) {
        depth = work.inputs.front().elements();
    }
    const Bytes traffic = bytes(work.input_elements() + work.output.elements() + work.weights());
    const double scale = profile().kernel_scale[static_cast<std::size_t>(*kind)];
    DeviceCost cost = kernel(*kind, work.macs(), tile_rounding, depth, traffic);
    const Joules shortened = model_.power.active * compute_scale_ * (cost.time * (1.0 - scale));
    cost.time *= scale;
    cost.energy -= shortened;
    // The host prepares the next operation while the GPU works on this one.
    cost.time = std::max(cost.time, profile().host_overhead * host_scale_);
    return cost;
}

DeviceCost Gpu::extra_kernel(Bytes read, Bytes written) const {
    return kernel(KernelClass::elementwise, 0, 1.0, 0, read + written);
}

}  // namespace cleave
