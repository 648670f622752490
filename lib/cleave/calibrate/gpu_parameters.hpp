// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/parameters.hpp"
#include "cleave/calibrate/workload_rows.hpp"
#include "cleave/units/quantity.hpp"

#include <optional>

namespace cleave {

/// Kernels of a framework's library, as far as times of whole networks tell them apart.
struct LibraryParameters {
    Seconds overhead;
    /// Of pooling that leaves fewer positions.
    Seconds pool_overhead;
    /// Of dense convolutions.
    Seconds per_depth;
    BytesPerSecond memory;
    /// Of dense convolutions.
    double output_passes = 0;
    double weight_passes_1x1 = 0;
    /// Of dense convolutions that are not 1x1.
    double weight_passes = 0;
    OperationsPerSecond compute_1x1;
    OperationsPerSecond compute_3x3_s1;
    OperationsPerSecond compute_other;
    /// Of depthwise ones larger than 3x3; smaller ones are as fast as memory.
    OperationsPerSecond compute_depthwise_large;
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

/// What measurements say of a device before anything is fitted. Ranges and starts of all parameters follow
/// from it, so that they are as wide for any device.
struct DataScale {
    /// The most that any workload or kernel reached over its whole time.
    OperationsPerSecond compute;
    BytesPerSecond memory;
    /// The least time of any for each of its kernels, and for each step of its kernels' reductions.
    Seconds kernel;
    Seconds step;
    /// Of latencies.
    Seconds least_time;
    Seconds most_time;
    /// Of powers.
    Watts least_power;
    Watts most_power;
};

[[nodiscard]] FitFields<LibraryParameters> library_fields(const DataScale& scale);
[[nodiscard]] FitFields<TunedParameters> tuned_fields(const DataScale& scale);
[[nodiscard]] FitFields<LoopParameters> loop_fields(const DataScale& scale);

/// The figures of a set, or of a model, that fits find; nothing where it lacks one.
[[nodiscard]] std::optional<LibraryParameters> library_parameters(const KernelSet& set);
[[nodiscard]] std::optional<TunedParameters> tuned_parameters(const KernelSet& set);
[[nodiscard]] LoopParameters loop_parameters(const GpuModel& model);

/// `base` with the fitted figures put in; tiles and all others are the base's.
[[nodiscard]] KernelSet library_kernels(const LibraryParameters& parameters, KernelSet base);
[[nodiscard]] KernelSet tuned_kernels(const TunedParameters& parameters, KernelSet base);
/// What tuned kernels are without a base: tiles that divide every layer, so that none are rounded up.
[[nodiscard]] KernelSet untiled_kernels();

}  // namespace cleave
