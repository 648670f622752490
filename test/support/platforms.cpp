// SPDX-License-Identifier: Apache-2.0
#include "support/platforms.hpp"

#include "cleave/network/network.hpp"

#include <utility>

namespace cleave::testing {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kMega = 1e6;
constexpr double kGiga = 1e9;

KernelParams kernel(const PlatformOptions& options, double overhead_factor) {
    KernelParams params;
    params.overhead = Seconds(options.kernel_overhead * overhead_factor * kMicro);
    params.per_depth = Seconds(0.01 * kMicro);
    params.compute = OperationsPerSecond(1 * kGiga);
    params.memory = BytesPerSecond(1 * kGiga);
    return params;
}

}  // namespace

GpuModel make_gpu_model(const PlatformOptions& options) {
    GpuModel model;
    model.name = "gpu";
    model.kernels.fill(kernel(options, 1.0));
    for (const KernelClass kind : {KernelClass::pool, KernelClass::pool_s1, KernelClass::elementwise}) {
        KernelParams& params = model.kernels[static_cast<std::size_t>(kind)];
        params = kernel(options, 0.5);
        params.compute.reset();
    }
    model.kernels[static_cast<std::size_t>(KernelClass::depthwise)].compute =
        OperationsPerSecond(0.5 * kGiga);
    model.tile_positions = 16;
    model.tile_filters = 4;
    model.roof_exponent = 4;
    model.element_bytes = 4;
    model.power = {Watts(options.gpu_idle), Watts(options.gpu_active), JoulesPerOperation(2e-11),
                   JoulesPerByte(2.5e-10)};
    ExecutionProfile graph;
    graph.name = "graph";
    graph.host_overhead = Seconds(options.host_overhead * kMicro);
    graph.separate_elementwise = options.separate_elementwise;
    graph.kernel_scale.fill(1.0);
    ExecutionProfile half = graph;
    half.name = "half";
    half.kernel_scale.fill(0.5);
    model.profiles = {graph, half};
    model.power_modes = {{"full", Hertz(1000 * kMega), Hertz(2000 * kMega)},
                         {"slow", Hertz(500 * kMega), Hertz(500 * kMega)}};
    model.reference_mode = 0;
    return model;
}

FpgaModel make_fpga_model(const PlatformOptions& options) {
    Implementation implementation;
    implementation.name = options.form == Form::csd ? "csd" : "fitted";
    if (options.form == Form::fitted) {
        DhmFitted form;
        form.alm = {60, 20, 1, 2};
        form.delayed_share = 0.5;
        form.undelayed_taps = 2;
        form.short_lines = {10, 5};
        form.middle_lines = {20, 10};
        form.long_line_alm = 20;
        form.m20k_fixed = 1;
        form.alut = {100, 30, 0, 4};
        form.alut_per_spilled_long_line = 25;
        form.path = {Seconds(5e-9), Seconds(8e-9), Seconds(1e-9)};
        implementation.form = form;
    } else {
        // Weights so widely spread that all of them are terms.
        implementation.form = DhmCsd{{.fixed = 50, .per_term = 10},
                                     {},
                                     {.max_tap = 8, .mean_tap = 4, .mean_bit = 2, .clamp = 8, .add = 4},
                                     1e6};
    }
    implementation.streaming = {8, 4, 0.5, 40, 4};
    implementation.power = {.base = Watts(0.4), .per_alm = Watts(2e-6), .per_m20k = Watts(4e-4)};
    implementation.clock = Hertz(options.fpga_clock * kMega);
    implementation.fill = options.fill;
    implementation.pipeline_stages = 5;
    implementation.usable_alm_share = options.usable_alm_share;
    implementation.bits = 8;
    std::vector<Implementation> all{implementation};
    if (options.form == Form::folded || options.form == Form::folded_beside_csd) {
        Implementation folded = implementation;
        folded.name = "folded";
        Folded form;
        form.tables = {.fixed = 100,
                       .per_multiplier = 15,
                       .per_sum_bit = 1,
                       .per_result_bit = 2,
                       .per_word_byte = 3,
                       .border = 70,
                       .per_selected_bit = 0.5,
                       .logic_multiplier = 55,
                       .logic_depthwise_multiplier = 70,
                       .column_fixed = 75};
        form.alm = {.pool_fixed = 250,
                    .per_max = 20,
                    .per_mean = 20,
                    .division = 100,
                    .stream_fixed = 30,
                    .per_clamp = 8,
                    .per_add = 17,
                    .concat_map = 45,
                    .per_concat = 4,
                    .per_shuffle = 4,
                    .mean_fixed = 90,
                    .per_mean_bit = 2,
                    .per_gathered_byte = 2,
                    .per_dealt_byte = 8};
        form.pool_stages = 6;
        form.stream_stages = 3;
        folded.form = form;
        folded.power = {.base = Watts(0.3),
                        .per_alm = Watts(4e-6),
                        .per_m20k = Watts(3e-4),
                        .per_dsp = Watts(1e-3),
                        .at = Hertz(80 * kMega)};
        folded.pipeline_stages = 9;
        all.insert(all.begin(), folded);
        all.back().clock = Hertz(options.second_clock * kMega);
        if (options.form == Form::folded) {
            all.pop_back();
        }
    }
    return {"fpga", options.capacity, Watts(options.fpga_static), std::move(all)};
}

LinkModel make_link_model(const PlatformOptions& options) {
    LinkModel link;
    link.name = "link";
    link.to_fpga = {Seconds(options.link_floor * kMicro), Seconds(options.link_overhead * kMicro),
                    BytesPerSecond(0.1 * kGiga)};
    link.to_gpu = {Seconds(1.5 * options.link_floor * kMicro), Seconds(options.link_overhead * kMicro),
                   BytesPerSecond(0.2 * kGiga)};
    link.to_fpga.sync = Seconds(options.link_sync * kMicro);
    link.to_gpu.sync = Seconds(2 * options.link_sync * kMicro);
    link.energy = JoulesPerByte(1e-9);
    link.idle_power = Watts(options.link_idle);
    return link;
}

Platform make_platform(const PlatformOptions& options) {
    FpgaModel fpga = make_fpga_model(options);
    std::vector<ClockedImplementation> implementations;
    for (std::size_t i = 0; i < fpga.implementations.size(); ++i) {
        implementations.push_back({i, fpga.implementations[i].clock});
    }
    return {Gpu(make_gpu_model(options), 0, 0),
            Fpga(std::move(fpga), std::move(implementations), options.capacity),
            make_link_model(options),
            options.energy_scope,
            options.resource_scope,
            options.conversion,
            options.unused_fpga,
            options.hand_over};
}

LayerWork work(const Op& op, const std::vector<Shape>& inputs) {
    return {op, inputs, infer_shape(op, inputs)};
}

PlatformOptions random_platform_options(Random& random) {
    PlatformOptions options;
    options.form = random.pick<Form>({Form::csd, Form::fitted});
    options.kernel_overhead = random.pick<double>({1, 5, 10, 20, 20, 40});
    options.host_overhead = random.pick<double>({0, 0, 12});
    options.link_overhead = random.pick<double>({0, 0.5, 2});
    options.link_floor = random.pick<double>({0, 1, 4});
    options.gpu_idle = random.pick<double>({0, 0.5, 2});
    options.gpu_active = random.pick<double>({0, 4});
    options.fpga_static = random.pick<double>({0, 0.6});
    options.link_idle = random.pick<double>({0, 0.25});
    options.fpga_clock = random.pick<double>({20, 100});
    options.separate_elementwise = random.chance(50);
    options.fill = random.pick<FillRule>({FillRule::full_window, FillRule::half_window});
    options.usable_alm_share = random.pick<double>({1.0, 0.75});
    options.capacity.alm = random.pick<std::int64_t>({0, 300, 700, 1500, 3000, 6000, 20000, 100000, 100000});
    options.capacity.m20k = random.pick<std::int64_t>({0, 3, 10, 40, 200, 200});
    options.energy_scope = random.pick<EnergyScope>({EnergyScope::active, EnergyScope::system});
    options.resource_scope = random.pick<ResourceScope>({ResourceScope::network, ResourceScope::module});
    options.conversion = random.pick<Conversion>({Conversion::charged, Conversion::free});
    options.unused_fpga = random.pick<UnusedFpga>({UnusedFpga::powered, UnusedFpga::off});
    options.link_sync = random.pick<double>({0, 0, 1.5, 6});
    return options;
}

PlatformOptions random_folded_options(Random& random) {
    PlatformOptions options = random_platform_options(random);
    options.form = random.chance(50) ? Form::folded : Form::folded_beside_csd;
    options.fpga_clock = random.pick<double>({50, 100, 150});
    options.second_clock = random.pick<double>({40, 75, 100, 150});
    options.kernel_overhead = random.pick<double>({1, 10, 30});
    options.link_sync = random.pick<double>({0, 0, 0, 0.4});
    options.hand_over = random.chance(50) ? HandOver::buffered : HandOver::streamed;
    return options;
}

}  // namespace cleave::testing
