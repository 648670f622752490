// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_parameters.hpp"

namespace cleave {
namespace {

KernelParams& at(KernelSet& set, KernelClass kind) { return set[static_cast<std::size_t>(kind)]; }

}  // namespace

const FitFields<LibraryParameters>& library_fields() {
    using P = LibraryParameters;
    using Rate = OperationsPerSecond;
    static const FitFields<P> fields{
        {"overhead", &P::overhead, Seconds(2e-6), Seconds(80e-6), Seconds(10e-6)},
        {"pool_overhead", &P::pool_overhead, Seconds(0.1e-6), Seconds(200e-6), Seconds(50e-6)},
        {"per_depth", &P::per_depth, Seconds(1e-9), Seconds(200e-9), Seconds(40e-9)},
        {"memory", &P::memory, BytesPerSecond(8e9), BytesPerSecond(50e9), BytesPerSecond(13e9)},
        {"output_passes", &P::output_passes, 0.1, 10, 1.3},
        {"weight_passes_1x1", &P::weight_passes_1x1, 0.1, 10, 2},
        {"weight_passes", &P::weight_passes, 0.1, 15, 3},
        {"compute_1x1", &P::compute_1x1, Rate(50e9), Rate(333e9), Rate(200e9)},
        {"compute_3x3_s1", &P::compute_3x3_s1, Rate(50e9), Rate(750e9), Rate(400e9)},
        {"compute_other", &P::compute_other, Rate(50e9), Rate(333e9), Rate(250e9)},
        {"compute_depthwise", &P::compute_depthwise, Rate(2e9), Rate(333e9), Rate(7e9)},
    };
    return fields;
}

const FitFields<TunedParameters>& tuned_fields() {
    using P = TunedParameters;
    using Rate = OperationsPerSecond;
    static const FitFields<P> fields{
        {"overhead", &P::overhead, Seconds(1e-6), Seconds(80e-6), Seconds(14e-6)},
        {"memory", &P::memory, BytesPerSecond(8e9), BytesPerSecond(60e9), BytesPerSecond(26e9)},
        {"compute_1x1", &P::compute_1x1, Rate(50e9), Rate(333e9), Rate(200e9)},
        {"compute_3x3_s1", &P::compute_3x3_s1, Rate(50e9), Rate(750e9), Rate(300e9)},
        {"compute_other", &P::compute_other, Rate(50e9), Rate(400e9), Rate(250e9)},
        {"strided", &P::strided, 1, 4, 1.5},
        {"odd_width", &P::odd_width, 1, 4, 1.5},
        {"per_depth", &P::per_depth, Seconds(1e-9), Seconds(200e-9), Seconds(35e-9)},
        {"short_depth", &P::short_depth, 1, 200, 30},
    };
    return fields;
}

const FitFields<LoopParameters>& loop_fields() {
    using P = LoopParameters;
    using Energy = JoulesPerOperation;
    static const FitFields<P> fields{
        {"idle", &P::idle, Watts(0.1), Watts(0.4), Watts(0.235)},
        {"active", &P::active, Watts(1), Watts(9), Watts(5.3)},
        {"depthwise_extra", &P::depthwise_extra, Watts(0.01), Watts(9), Watts(3)},
        {"per_mac", &P::per_mac, Energy(1e-12), Energy(60e-12), Energy(24e-12)},
        {"gap", &P::gap, Seconds(0.1), Seconds(0.4), Seconds(0.246)},
        {"host", &P::host, Seconds(1e-5), Seconds(1e-3), Seconds(0.2e-3)},
    };
    return fields;
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
    at(base, KernelClass::depthwise).compute = p.compute_depthwise;
    at(base, KernelClass::depthwise).output_passes = p.output_passes;
    at(base, KernelClass::pool).overhead = p.pool_overhead;
    at(base, KernelClass::pool).memory = p.pool_memory();
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
