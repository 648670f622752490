// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/kernel_figure.hpp"
#include "cleave/cost/kernel_time.hpp"
#include "cleave/units/names.hpp"
#include "cleave/units/quantity.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// How the framework drives the kernels.
struct ExecutionProfile {
    std::string name;
    /// What a user calls it who runs that: "tensorrt-fp16"; may be empty.
    std::string runs;
    /// Host time per framework operation. Host and GPU work overlap: an operation takes the longer of the
    /// two.
    Seconds host_overhead;
    /// True where batch norm, activation and other element-wise layers are operations of their own; false
    /// where they are merged into the kernel before them (or, in the fitted data, absorbed in its bandwidth).
    bool separate_elementwise = false;
    /// Factor on the kernel time of each class.
    std::array<double, kKernelClasses> kernel_scale{};
    /// Factor on the passes over weights: 0 where they are laid out once, before the first run.
    double weight_passes = 1;
    /// Factor on the copies of inputs: 0 where kernels pad as they read.
    double input_copies = 1;
    /// Which set of kernels it runs.
    enum class Kernels { library, tuned } kernels = Kernels::library;
};
[[nodiscard]] constexpr auto names_of(ExecutionProfile::Kernels) {
    using enum ExecutionProfile::Kernels;
    return std::to_array<Named<ExecutionProfile::Kernels>>({{library, "library"}, {tuned, "tuned"}});
}
static_assert(all_named<ExecutionProfile::Kernels>());

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

/// How far measurements lie from a model's predictions, as relative standard deviations.
struct GpuSpread {
    /// Of whole networks' latency.
    double latency = 0;
    /// Of all kernels of a class together, and of single kernels besides what their figures leave open, in
    /// the library's set and in the tuned one.
    double kernel_class = 0;
    double kernel = 0;
    double tuned_kernel = 0;
    JointError library;
    JointError tuned;
    /// Of power above idle power.
    double power = 0;
};

/// Least and largest values among the layers that a kernel class was fitted to.
struct KernelRange {
    std::int64_t least_macs = 0;
    std::int64_t most_macs = 0;
    std::int64_t most_depth = 0;
    std::int64_t most_positions = 0;
};

/// Parameters of one GPU, as its model file gives them.
struct GpuModel {
    std::string name;
    KernelSet kernels;
    /// Kernels tuned one by one; absent where there are no measurements of such.
    std::optional<KernelSet> tuned;
    /// Positions, filters, waves, bytes: see KernelCommon.
    std::int64_t tile_positions = 1;
    std::int64_t tile_filters = 1;
    std::int64_t wave_tiles = 1;
    double roof_exponent = 4;
    std::int64_t element_bytes = 4;
    Bytes cache;
    GpuPower power;
    std::vector<ExecutionProfile> profiles;
    std::vector<PowerMode> power_modes;
    /// The mode in which the parameters were measured; others scale compute by the GPU clock and host time by
    /// the CPU clock. Index into power_modes.
    std::size_t reference_mode = 0;
    GpuSpread spread;
    /// Per class; absent where nothing is known of what it was fitted to.
    std::array<std::optional<KernelRange>, kKernelClasses> seen{};
    /// Idle time of the source's measuring loop per inference, and host time per kernel in it: only for
    /// predicting the average power that such a loop measures.
    Seconds loop_gap;
    Seconds loop_host;
    /// Of a drawn model: seed of the errors of single kernels. Absent: kernels take what the formula says.
    std::optional<std::uint64_t> kernel_errors{};

    [[nodiscard]] KernelCommon common() const {
        return {tile_positions, tile_filters, wave_tiles, roof_exponent, element_bytes, cache};
    }
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
    /// The same profile and power mode of another model, which must have them in the same places.
    [[nodiscard]] Gpu with_model(GpuModel model) const { return Gpu(std::move(model), profile_, mode_); }
    [[nodiscard]] Gpu with_profile(std::size_t profile) const { return {model_, profile, mode_}; }
    [[nodiscard]] const ExecutionProfile& profile() const { return model_.profiles[profile_]; }
    [[nodiscard]] const PowerMode& mode() const { return model_.power_modes[mode_]; }
    [[nodiscard]] Watts idle_power() const { return model_.power.idle; }

    /// A layer or slice run as part of the network.
    [[nodiscard]] DeviceCost layer(const LayerWork& work) const;
    /// An element-wise kernel that a split adds to the network (number format conversion, adding partial
    /// sums): never merged into another kernel, and issued by the runtime, not by the framework, so without
    /// host overhead.
    [[nodiscard]] DeviceCost extra_kernel(Bytes read, Bytes written) const;
    /// Host time of an operation that the framework issues.
    [[nodiscard]] Seconds host_operation() const { return profile().host_overhead * host_scale_; }
    /// Bytes of `elements` in the GPU's number format.
    [[nodiscard]] Bytes bytes(std::int64_t elements) const;

    /// True if the layer lies outside what its kernel class was fitted to.
    [[nodiscard]] bool extrapolated(const LayerWork& layer) const;

private:
    /// The set that the profile runs.
    [[nodiscard]] const KernelSet& kernels() const;
    [[nodiscard]] DeviceCost kernel(const LayerWork& work, KernelClass kind) const;
    /// By how much a drawn model has this kernel take longer; 1 of others.
    [[nodiscard]] double kernel_error(std::uint64_t key) const;
    GpuModel model_;
    std::size_t profile_;
    std::size_t mode_;
    double compute_scale_;
    double host_scale_;
};

}  // namespace cleave
