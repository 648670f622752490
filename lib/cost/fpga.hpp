// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/quantity.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// FPGA resources: adaptive logic modules, DSP blocks and 20-kbit memory blocks.
struct Resources {
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;

    friend Resources operator+(const Resources& a, const Resources& b) {
        return {a.alm + b.alm, a.dsp + b.dsp, a.m20k + b.m20k};
    }
    Resources& operator+=(const Resources& other) { return *this = *this + other; }
    friend bool operator==(const Resources&, const Resources&) = default;
};

/// One limit on summed resource demand: alm * a + dsp * d + m20k * m <= limit. Always a linear form with
/// non-negative factors, so a search may add up left-hand sides.
struct CapacityLimit {
    std::string resource;
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    std::int64_t limit = 0;

    [[nodiscard]] std::int64_t use(const Resources& r) const {
        return alm * r.alm + dsp * r.dsp + m20k * r.m20k;
    }
};

/// A layer slice as hardware: what it occupies and how it streams.
struct LayerHardware {
    Resources resources;
    /// Clock cycles between frames when the layer runs alone (initiation interval of a frame).
    std::int64_t interval = 0;
    /// Input positions of one frame, and how many of them must arrive beyond a whole frame's worth of
    /// intervals before the last output leaves (line buffers).
    std::int64_t positions = 1;
    std::int64_t fill_positions = 0;
    /// Pipeline depth in clock cycles.
    std::int64_t depth = 0;
};

/// Line buffers and windows of direct hardware mapping (DHM).
enum class FillRule {
    /// (k_h - 1) W + k_w positions: a whole window fills before the first output.
    full_window,
    /// floor(k_h / 2) (W + 1): with same padding the first output needs half a window only.
    half_window,
};

/// What layers without weights and buffers cost in streaming hardware, per channel. See docs/cost-models.md,
/// "FPGA".
struct StreamingParams {
    /// ALM of one 8-bit compare-and-select (max pooling), per tap after the first.
    double alm_per_compare = 0;
    /// ALM of one 8-bit adder (add; average pooling, per tap after the first).
    double alm_per_add = 0;
    /// ALM of one bit of window register beyond the line buffer.
    double alm_per_window_bit = 0;
    /// Shape of one M20K as a line or delay buffer.
    std::int64_t m20k_word_bits = 40;
    std::int64_t m20k_words = 512;
};

/// `dhm-2021`: resources fitted to vendor-tool results, per filter with t = C k_h k_w / groups taps.
/// Multipliers go to M20K first; demand beyond the device's blocks spills to ALM at `alm_per_spilled_m20k`.
struct DhmFitted {
    double alm_per_weight = 0;
    double alm_per_filter = 0;
    double alm_per_window = 0;
    double alm_fixed = 0;
    /// Least ALM and the least taps of a filter the fit has seen; below, ALM falls in proportion to the taps.
    double fewest_taps = 1;
    double m20k_per_weight = 0;
    double m20k_per_filter = 0;
    std::int64_t alm_per_spilled_m20k = 0;
    /// M20K that multipliers may use before they spill.
    std::int64_t m20k_before_spill = 0;
};

/// `dhm-csd`: shared canonical-signed-digit multipliers in logic only.
struct DhmCsd {
    double alm_per_weight = 0;
    double alm_per_depthwise_weight = 0;
    double alm_fixed = 0;
};

using ImplementationForm = std::variant<DhmFitted, DhmCsd>;

/// Dynamic power while a pipeline works: base + alm + m20k (+ spilled ALM); static power is the device's.
struct FpgaPower {
    Watts base;
    Watts per_alm;
    Watts per_m20k;
    Watts per_spilled_alm;
};

/// One way to turn layers into hardware on a device.
struct Implementation {
    std::string name;
    ImplementationForm form;
    StreamingParams streaming;
    FpgaPower power;
    Hertz clock;
    FillRule fill = FillRule::half_window;
    /// Pipeline stages besides the adder tree.
    std::int64_t pipeline_stages = 0;
    /// Share of the device's ALMs that may be planned for.
    double usable_alm_share = 1.0;
    /// Bits of weights and feature maps.
    std::int64_t bits = 8;
};

/// Parameters of one FPGA, as its model file gives them.
struct FpgaModel {
    std::string name;
    Resources capacity;
    Watts static_power;
    std::vector<Implementation> implementations;
};

/// An FPGA as configured for one exploration. Nothing outside `cost` knows which implementation is behind it.
class Fpga {
public:
    /// @param capacity  replaces the model's where the configuration says so.
    Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity);

    [[nodiscard]] const FpgaModel& model() const { return model_; }
    [[nodiscard]] const Implementation& implementation() const {
        return model_.implementations[implementation_];
    }
    [[nodiscard]] Hertz clock() const { return clock_; }
    [[nodiscard]] Watts static_power() const { return model_.static_power; }
    [[nodiscard]] const Resources& capacity() const { return capacity_; }

    /// Hardware for a layer or slice; nothing if there is none for its operation on this device (softmax,
    /// ...).
    [[nodiscard]] std::optional<LayerHardware> map(const LayerWork& work) const;
    /// Memory that delays a feature map of `channels` by `positions` input positions (a branch that waits).
    [[nodiscard]] Resources delay_buffer(std::int64_t channels, std::int64_t positions) const;
    /// Dynamic power of a pipeline with the given resource demand, while it works.
    [[nodiscard]] Watts dynamic_power(const Resources& demand) const;
    /// The limits that summed demand must keep.
    [[nodiscard]] const std::vector<CapacityLimit>& limits() const { return limits_; }
    /// Blocks really occupied by a summed demand (spilled multipliers counted where they end up).
    [[nodiscard]] Resources occupied(const Resources& demand) const;
    /// Bytes of one element of a feature map on the FPGA, and of one partial sum over `taps` products.
    [[nodiscard]] std::int64_t map_bytes() const;
    [[nodiscard]] std::int64_t partial_sum_bytes(std::int64_t taps) const;

private:
    FpgaModel model_;
    std::size_t implementation_;
    Hertz clock_;
    Resources capacity_;
    std::vector<CapacityLimit> limits_;
};

}  // namespace cleave
