// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/parameters.hpp"
#include "cleave/calibrate/workload_rows.hpp"
#include "cleave/units/quantity.hpp"

namespace cleave {

/// Kernels of a framework's library, as far as times of whole networks tell them apart.
struct LibraryParameters {
    Seconds overhead;
    Seconds pool_overhead;
    /// Of dense convolutions.
    Seconds per_depth;
    BytesPerSecond memory;
    /// Of convolutions.
    double output_passes = 0;
    double weight_passes_1x1 = 0;
    /// Of dense convolutions that are not 1x1.
    double weight_passes = 0;
    OperationsPerSecond compute_1x1;
    OperationsPerSecond compute_3x3_s1;
    OperationsPerSecond compute_other;
    OperationsPerSecond compute_depthwise;

    /// Pooling kernels move their data three times.
    [[nodiscard]] BytesPerSecond pool_memory() const { return memory / 3; }
};

/// Kernels tuned one by one.
struct TunedParameters {
    Seconds overhead;
    BytesPerSecond memory;
    OperationsPerSecond compute_1x1;
    OperationsPerSecond compute_3x3_s1;
    OperationsPerSecond compute_other;
    /// Of dense convolutions that are not 3x3 with stride 1.
    double strided = 1;
    double odd_width = 1;
    /// Of dense convolutions.
    Seconds per_depth;
    double short_depth = 0;
};

/// Power of a GPU, and the loop in which it was measured.
struct LoopParameters {
    Watts idle;
    Watts active;
    Watts depthwise_extra;
    JoulesPerOperation per_mac;
    Seconds gap;
    Seconds host;
};

/// The ranges are those of an embedded GPU with some 300 GMAC/s.
[[nodiscard]] const FitFields<LibraryParameters>& library_fields();
[[nodiscard]] const FitFields<TunedParameters>& tuned_fields();
[[nodiscard]] const FitFields<LoopParameters>& loop_fields();

/// `base` with the fitted figures put in; tiles and all others are the base's.
[[nodiscard]] KernelSet library_kernels(const LibraryParameters& parameters, KernelSet base);
[[nodiscard]] KernelSet tuned_kernels(const TunedParameters& parameters, KernelSet base);
/// What tuned kernels are without a base: tiles that divide every layer, so that none are rounded up.
[[nodiscard]] KernelSet untiled_kernels();

}  // namespace cleave
