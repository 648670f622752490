// SPDX-License-Identifier: Apache-2.0
#include "examples/platform.hpp"

namespace cleave::testing {
namespace {

GpuModel gpu_model(const ExampleOptions& options) {
    KernelParams kernel;
    kernel.overhead = options.kernel_overhead;
    kernel.per_depth = Seconds(0.01e-6);
    kernel.compute = OperationsPerSecond(1e9);
    kernel.memory = BytesPerSecond(1e9);
    ExecutionProfile profile;
    profile.name = "plain";
    profile.kernel_scale.fill(1.0);
    GpuModel model;
    model.name = "gpu";
    model.kernels.fill(kernel);
    for (const KernelClass kind : {KernelClass::pool, KernelClass::pool_s1, KernelClass::elementwise}) {
        model.kernels[static_cast<std::size_t>(kind)].compute.reset();
    }
    model.roof_exponent = 2;
    model.element_bytes = 4;
    model.power = {Watts(0.5), Watts(4), JoulesPerOperation(100e-12), JoulesPerByte(0)};
    model.profiles = {profile};
    model.power_modes = {{"full", Hertz(1e9), Hertz(2e9)}};
    return model;
}

FpgaModel fpga_model(const ExampleOptions& options) {
    Implementation implementation;
    implementation.name = "csd";
    DhmCsd form;
    form.tables.fixed = 50;
    form.tables.per_term = 10;
    form.alm = {.max_tap = 8, .mean_tap = 8, .mean_bit = 1, .clamp = 8, .add = 8};
    // So widely spread that no weight is zero.
    form.weight_sigma = 1e6;
    implementation.form = form;
    implementation.streaming = {.alm_per_compare = 8,
                                .alm_per_add = 8,
                                .alm_per_window_bit = 1,
                                .m20k_word_bits = 40,
                                .m20k_words = 40};
    implementation.power = {.base = Watts(0.4), .per_alm = Watts(0.1e-3), .per_m20k = Watts(10e-3)};
    implementation.clock = Hertz(100e6);
    implementation.fill = options.fill;
    implementation.pipeline_stages = 4;
    implementation.bits = 8;
    FpgaModel model;
    model.name = "fpga";
    model.capacity.alm = options.alm;
    model.capacity.m20k = 100;
    model.static_power = Watts(1);
    model.implementations = {implementation};
    return model;
}

LinkModel link_model() {
    LinkModel link;
    link.name = "link";
    link.to_fpga.floor = Seconds(3e-6);
    link.to_fpga.overhead = Seconds(2e-6);
    link.to_fpga.bandwidth = BytesPerSecond(0.1e9);
    link.to_gpu.floor = Seconds(2e-6);
    link.to_gpu.overhead = Seconds(1e-6);
    link.to_gpu.bandwidth = BytesPerSecond(0.2e9);
    link.energy = JoulesPerByte(1e-9);
    link.idle_power = Watts(0.1);
    return link;
}

}  // namespace

Platform example_platform(const ExampleOptions& options) {
    const FpgaModel fpga = fpga_model(options);
    return {.gpu = Gpu(gpu_model(options), 0, 0),
            .fpga = Fpga(fpga, 0, Hertz(100e6), fpga.capacity),
            .link = link_model(),
            .energy_scope = options.energy_scope,
            .conversion = options.conversion};
}

Score example_score(const Network& network, const Mapping& mapping, const ExampleOptions& options) {
    const Platform platform = example_platform(options);
    const UnitGraph units(network);
    const Costing costing(units, platform);
    return evaluate(costing, StateSpace(units), mapping);
}

}  // namespace cleave::testing
