// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_parameters.hpp"

#include <cmath>
#include <type_traits>

namespace cleave {
namespace {

KernelParams& at(KernelSet& set, KernelClass kind) { return set[static_cast<std::size_t>(kind)]; }

/// The range of a parameter and where it starts, as multiples of what the data span.
struct Multiples {
    double least;
    double most;
    double start;
};
template <class P, class Q>
FitField<P> in_multiples(const char* name, Q P::*field, std::type_identity_t<Q> unit, Multiples of,
                         Kinship kinship = {}) {
    return {name, field, unit * of.least, unit * of.most, unit * of.start, kinship};
}

// What a device's overheads, memory and arithmetic have in common.
constexpr Kinship kOverhead{1, 0};
constexpr Kinship kMemory{-1, 1};
constexpr Kinship kArithmetic{-1, 2};
constexpr Kinship kIdlePower{1, 0};
constexpr Kinship kActivePower{1, 1};
// Of a measuring loop, which is no property of the device.
constexpr Kinship kLoop{0, 0, 2};

}  // namespace

FitFields<LibraryParameters> library_fields(const DataScale& scale) {
    using P = LibraryParameters;
    return {
        in_multiples("overhead", &P::overhead, scale.kernel, {1e-3, 2, 0.3}, kOverhead),
        in_multiples("pool_overhead", &P::pool_overhead, scale.kernel, {1e-3, 20, 2}, kOverhead),
        in_multiples("per_depth", &P::per_depth, scale.step, {1e-3, 2, 0.25}, kOverhead),
        in_multiples("memory", &P::memory, scale.memory, {0.1, 100, 2}, kMemory),
        {"output_passes", &P::output_passes, 0.01, 100, 1.5},
        {"weight_passes_1x1", &P::weight_passes_1x1, 0.01, 100, 2},
        {"weight_passes", &P::weight_passes, 0.01, 100, 3},
        in_multiples("compute_1x1", &P::compute_1x1, scale.compute, {1e-3, 30, 1}, kArithmetic),
        in_multiples("compute_3x3_s1", &P::compute_3x3_s1, scale.compute, {1e-3, 30, 1.5}, kArithmetic),
        in_multiples("compute_other", &P::compute_other, scale.compute, {1e-3, 30, 1}, kArithmetic),
        in_multiples("compute_depthwise_large", &P::compute_depthwise_large, scale.compute, {1e-3, 30, 0.02},
                     kArithmetic),
    };
}

FitFields<TunedParameters> tuned_fields(const DataScale& scale) {
    using P = TunedParameters;
    return {
        in_multiples("overhead", &P::overhead, scale.kernel, {1e-3, 2, 0.5}, kOverhead),
        in_multiples("memory", &P::memory, scale.memory, {0.1, 100, 2}, kMemory),
        in_multiples("compute_1x1", &P::compute_1x1, scale.compute, {1e-3, 30, 0.5}, kArithmetic),
        in_multiples("compute_3x3_s1", &P::compute_3x3_s1, scale.compute, {1e-3, 30, 0.5}, kArithmetic),
        in_multiples("compute_other", &P::compute_other, scale.compute, {1e-3, 30, 0.5}, kArithmetic),
        {"strided", &P::strided, 1, 10, 1.5},
        {"odd_width", &P::odd_width, 1, 10, 1.5},
        in_multiples("per_depth", &P::per_depth, scale.step, {1e-3, 2, 0.5}, kOverhead),
        {"short_depth", &P::short_depth, 0.1, 1000, 30},
    };
}

FitFields<LoopParameters> loop_fields(const DataScale& scale) {
    using P = LoopParameters;
    const double span = scale.most_time / scale.least_time;
    return {
        in_multiples("idle", &P::idle, scale.least_power, {1e-3, 1.5, 0.9}, kIdlePower),
        in_multiples("active", &P::active, scale.most_power, {1e-3, 30, 0.5}, kActivePower),
        in_multiples("depthwise_extra", &P::depthwise_extra, scale.most_power, {1e-3, 30, 0.3}, kActivePower),
        in_multiples("per_mac", &P::per_mac, scale.most_power / scale.compute, {1e-3, 30, 0.5}, kActivePower),
        in_multiples("gap", &P::gap, scale.least_time, {1e-2, 10 * span, std::sqrt(span)}, kLoop),
        in_multiples("host", &P::host, scale.kernel, {1e-2, 1e3, 5}, kLoop),
    };
}

std::optional<LibraryParameters> library_parameters(const KernelSet& set) {
    const auto of = [&](KernelClass kind) -> const KernelParams& {
        return set[static_cast<std::size_t>(kind)];
    };
    const KernelParams& pointwise = of(KernelClass::conv_1x1);
    const KernelParams& other = of(KernelClass::conv_other);
    const auto& winograd = of(KernelClass::conv_3x3_s1).compute;
    const auto& depthwise = of(KernelClass::depthwise_large).compute;
    if (!pointwise.compute || !other.compute || !winograd || !depthwise) {
        return std::nullopt;
    }
    return LibraryParameters{pointwise.overhead,
                             of(KernelClass::pool).overhead,
                             pointwise.per_depth,
                             pointwise.memory,
                             pointwise.output_passes,
                             pointwise.weight_passes,
                             other.weight_passes,
                             *pointwise.compute,
                             *winograd,
                             *other.compute,
                             *depthwise};
}

std::optional<TunedParameters> tuned_parameters(const KernelSet& set) {
    const auto of = [&](KernelClass kind) -> const KernelParams& {
        return set[static_cast<std::size_t>(kind)];
    };
    const KernelParams& pointwise = of(KernelClass::conv_1x1);
    const auto& winograd = of(KernelClass::conv_3x3_s1).compute;
    const auto& other = of(KernelClass::conv_other).compute;
    if (!pointwise.compute || !winograd || !other) {
        return std::nullopt;
    }
    return TunedParameters{
        pointwise.overhead,  pointwise.memory,    *pointwise.compute,   *winograd, *other, pointwise.strided,
        pointwise.odd_width, pointwise.per_depth, pointwise.short_depth};
}

LoopParameters loop_parameters(const GpuModel& model) {
    const KernelParams& depthwise = model.kernels[static_cast<std::size_t>(KernelClass::depthwise)];
    return {model.power.idle,    model.power.active, depthwise.extra_power,
            model.power.per_mac, model.loop_gap,     model.loop_host};
}

KernelSet library_kernels(const LibraryParameters& p, KernelSet base) {
    for (KernelParams& kernel : base) {
        kernel.overhead = p.overhead;
        kernel.memory = p.memory;
    }
    for (const KernelClass kind :
         {KernelClass::conv_1x1, KernelClass::conv_3x3_s1, KernelClass::conv_other}) {
        at(base, kind).per_depth = p.per_depth;
        at(base, kind).output_passes = p.output_passes;
        at(base, kind).weight_passes = p.weight_passes;
    }
    at(base, KernelClass::conv_1x1).weight_passes = p.weight_passes_1x1;
    at(base, KernelClass::conv_1x1).compute = p.compute_1x1;
    at(base, KernelClass::conv_3x3_s1).compute = p.compute_3x3_s1;
    at(base, KernelClass::conv_other).compute = p.compute_other;
    at(base, KernelClass::depthwise_large).compute = p.compute_depthwise_large;
    at(base, KernelClass::pool).overhead = p.pool_overhead;
    for (const KernelClass kind : {KernelClass::depthwise, KernelClass::depthwise_large}) {
        at(base, kind).output_passes = 0;
    }
    at(base, KernelClass::depthwise).compute.reset();
    return base;
}

KernelSet tuned_kernels(const TunedParameters& p, KernelSet base) {
    for (KernelParams& kernel : base) {
        kernel.overhead = p.overhead;
        kernel.memory = p.memory;
    }
    for (const KernelClass kind :
         {KernelClass::conv_1x1, KernelClass::conv_3x3_s1, KernelClass::conv_other}) {
        at(base, kind).per_depth = p.per_depth;
        at(base, kind).short_depth = p.short_depth;
        if (kind != KernelClass::conv_3x3_s1) {
            at(base, kind).strided = p.strided;
            at(base, kind).odd_width = p.odd_width;
        }
    }
    at(base, KernelClass::conv_1x1).compute = p.compute_1x1;
    at(base, KernelClass::conv_3x3_s1).compute = p.compute_3x3_s1;
    at(base, KernelClass::conv_other).compute = p.compute_other;
    return base;
}

KernelSet untiled_kernels() {
    KernelSet set{};
    for (KernelParams& kernel : set) {
        kernel.tile_positions = kernel.tile_filters = 1;
    }
    return set;
}

}  // namespace cleave
