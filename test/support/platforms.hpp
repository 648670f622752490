// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "support/random.hpp"

namespace cleave::testing {

/// The last: two implementations, the second beside the first.
enum class Form { csd, fitted, folded, folded_beside_csd };

/// What the tests vary about a platform; the rest are round numbers.
struct PlatformOptions {
    Form form = Form::csd;
    /// In microseconds.
    double kernel_overhead = 10;
    double host_overhead = 0;
    double link_overhead = 2;
    double link_floor = 3;
    double link_sync = 0;
    /// In watts.
    double gpu_idle = 0.5;
    double gpu_active = 4;
    double fpga_static = 0.6;
    double link_idle = 0.1;
    /// In megahertz.
    double fpga_clock = 100;
    /// Of the second implementation.
    double second_clock = 60;
    bool separate_elementwise = false;
    FillRule fill = FillRule::half_window;
    Resources capacity{100000, 100, 100};
    double usable_alm_share = 1.0;
    EnergyScope energy_scope = EnergyScope::system;
    ResourceScope resource_scope = ResourceScope::network;
    Conversion conversion = Conversion::charged;
    UnusedFpga unused_fpga = UnusedFpga::powered;
    HandOver hand_over = HandOver::buffered;
};

/// Two profiles, `graph` (0) and `half` (1: kernels take half the time), and two power modes, `full` (0, the
/// reference) and `slow` (1: half the clock of the GPU, a quarter of the CPU's).
[[nodiscard]] GpuModel make_gpu_model(const PlatformOptions& options = {});
/// One implementation, of the form asked for, or both.
[[nodiscard]] FpgaModel make_fpga_model(const PlatformOptions& options = {});
[[nodiscard]] LinkModel make_link_model(const PlatformOptions& options = {});
[[nodiscard]] Platform make_platform(const PlatformOptions& options = {});

/// A whole layer of these inputs, as a device is asked to compute it.
[[nodiscard]] LayerWork work(const Op& op, const std::vector<Shape>& inputs);

/// Any scopes, forms, capacities (slack, tight, none) and speeds.
[[nodiscard]] PlatformOptions random_platform_options(Random& random);
/// The same with folded layers, alone or beside others, at any clocks, handing over either way.
[[nodiscard]] PlatformOptions random_folded_options(Random& random);

}  // namespace cleave::testing
