// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/partition/evaluate.hpp"

#include <cstdint>

namespace cleave::testing {

/// What the examples vary about their platform.
struct ExampleOptions {
    EnergyScope energy_scope = EnergyScope::system;
    Conversion conversion = Conversion::free;
    FillRule fill = FillRule::half_window;
    /// Of a kernel on the GPU.
    Seconds kernel_overhead{10e-6};
    /// Logic of the FPGA, in ALM.
    std::int64_t alm = 100000;
};

/// A platform of round numbers, so that its costs can be worked out on paper.
///
/// GPU, in microseconds, for every class of kernels:
///   t = 10 + 0.01 K + sqrt(c^2 + m^2)   c = MAC / 1000, not for pooling; m = bytes / 1000, elements of 4
///   bytes (roofs of 1 GMAC/s and 1 GB/s, joined with exponent 2; no tiles, no cache, no passes)
/// GPU, in microjoules: 4 W * t + 100 pJ * MAC; idle power 0.5 W.
///
/// FPGA, form `dhm-csd`, 8 bits, 100 MHz (a clock is 10 ns): interval + fill + depth clocks, depth = 4 +
///   ceil(log2 taps); ALM = 10 w + 50 for a convolution of w weights, 20 w + 50 if it is depthwise; a power
///   of 0.4 W + 0.1 mW * ALM + 10 mW * M20K while it works; static power 1 W.
///
/// Link, in microseconds: max(3, 2 + bytes / 100) to the FPGA, max(2, 1 + bytes / 200) to the GPU; 1 nJ a
///   byte; idle power 0.1 W.
[[nodiscard]] Platform example_platform(const ExampleOptions& options = {});

/// The mapping's score on that platform.
[[nodiscard]] Score example_score(const Network& network, const Mapping& mapping,
                                  const ExampleOptions& options = {});

}  // namespace cleave::testing
