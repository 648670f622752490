// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/quantity.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Kernels that behave alike on a GPU and share one set of parameters.
enum class KernelClass { conv_1x1, conv_3x3_s1, conv_other, depthwise, fully_connected, pool, elementwise };
inline constexpr std::size_t kKernelClasses = 7;
[[nodiscard]] std::string kernel_class_name(KernelClass kind);

/// Kernel time: t = overhead + per_depth * K + ((MAC q / compute)^p + (bytes / memory)^p)^(1/p), with K = k_h
/// k_w C_I / groups (the reduction depth) and q the rounding up to whole tiles. See docs/cost-models.md,
/// "GPU".
struct KernelParams {
    Seconds overhead;
    Seconds per_depth;
    /// Absent: the kernel does no multiply-accumulates worth counting (pooling, element-wise).
    std::optional<OperationsPerSecond> compute;
    BytesPerSecond memory;
};

/// How the framework drives the kernels.
struct ExecutionProfile {
    std::string name;
    /// Host time per framework operation. Host and GPU work overlap: an operation takes the longer of the
    /// two.
    Seconds host_overhead;
    /// True where batch norm, activation and other element-wise layers are operations of their own; false
    /// where they are merged into the kernel before them (or, in the fitted data, absorbed in its bandwidth).
    bool separate_elementwise = false;
    /// Factor on the kernel time of each class.
    std::array<double, kKernelClasses> kernel_scale{};
};

struct PowerMode {
    std::string name;
    Hertz gpu_clock;
    Hertz cpu_clock;
};

struct GpuPower {
    /// Drawn for as long as the device is on.
    Watts idle;
    /// Added while a kernel runs.
    Watts active;
    JoulesPerOperation per_mac;
    JoulesPerByte per_byte;
};

/// Parameters of one GPU, as its model file gives them.
struct GpuModel {
    std::string name;
    std::array<KernelParams, kKernelClasses> kernels;
    /// Output positions and filters of one tile of a dense convolution, and the exponent p that joins the two
    /// roofs.
    std::int64_t tile_positions = 1;
    std::int64_t tile_filters = 1;
    double roof_exponent = 4;
    /// Bytes of one element of a feature map or weight (FP32: 4).
    std::int64_t element_bytes = 4;
    GpuPower power;
    std::vector<ExecutionProfile> profiles;
    std::vector<PowerMode> power_modes;
    /// The mode in which the parameters were measured; others scale compute by the GPU clock and host time by
    /// the CPU clock. Index into power_modes.
    std::size_t reference_mode = 0;
};

/// Time and dynamic energy (above idle power) of some work on a device.
struct DeviceCost {
    Seconds time;
    Joules energy;
};

/// A GPU as configured for one exploration: model, execution profile and power mode.
class Gpu {
public:
    Gpu(GpuModel model, std::size_t profile, std::size_t mode);

    [[nodiscard]] const GpuModel& model() const { return model_; }
    [[nodiscard]] const ExecutionProfile& profile() const { return model_.profiles[profile_]; }
    [[nodiscard]] const PowerMode& mode() const { return model_.power_modes[mode_]; }
    [[nodiscard]] Watts idle_power() const { return model_.power.idle; }

    /// A layer or slice run as part of the network.
    [[nodiscard]] DeviceCost layer(const LayerWork& work) const;
    /// An element-wise kernel that a split adds to the network (number format conversion, adding partial
    /// sums): never merged into another kernel, and issued by the runtime, not by the framework, so without
    /// host overhead.
    [[nodiscard]] DeviceCost extra_kernel(Bytes read, Bytes written) const;
    /// Bytes of `elements` in the GPU's number format.
    [[nodiscard]] Bytes bytes(std::int64_t elements) const;

private:
    [[nodiscard]] DeviceCost kernel(KernelClass kind, std::int64_t macs, double tile_rounding,
                                    std::int64_t depth, Bytes traffic) const;
    GpuModel model_;
    std::size_t profile_;
    std::size_t mode_;
    double compute_scale_;
    double host_scale_;
};

/// Class of a layer's kernel; nothing for layers that run none (dropout, flatten and slices are views).
[[nodiscard]] std::optional<KernelClass> kernel_class(const LayerWork& work);

}  // namespace cleave
