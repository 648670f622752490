// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/quantity.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// FPGA resources: adaptive logic modules, DSP blocks and 20-kbit memory blocks. Demands of layers add up.
struct Resources {
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    /// Of the m20k demanded: delay lines that take more logic than the shortest kind if no block is free, and
    /// of those the ones that take the most. Zero for implementations whose memory cannot become logic.
    std::int64_t m20k_dear = 0;
    std::int64_t m20k_dearest = 0;

    friend Resources operator+(const Resources& a, const Resources& b) {
        return {a.alm + b.alm, a.dsp + b.dsp, a.m20k + b.m20k, a.m20k_dear + b.m20k_dear,
                a.m20k_dearest + b.m20k_dearest};
    }
    Resources& operator+=(const Resources& other) { return *this = *this + other; }
    friend bool operator==(const Resources&, const Resources&) = default;

    /// True if this needs no more than `other` of anything: whatever fits beside `other` fits beside this.
    [[nodiscard]] bool within(const Resources& other) const {
        return alm <= other.alm && dsp <= other.dsp && m20k <= other.m20k && m20k_dear <= other.m20k_dear &&
               m20k_dearest <= other.m20k_dearest;
    }
};

/// One limit on summed resource demand: the sum of factor times demand <= limit. Always a linear form with
/// non-negative factors, so a search may add up left-hand sides.
struct CapacityLimit {
    std::string resource;
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    std::int64_t limit = 0;
    std::int64_t m20k_dear = 0;
    std::int64_t m20k_dearest = 0;

    [[nodiscard]] std::int64_t use(const Resources& r) const {
        return alm * r.alm + dsp * r.dsp + m20k * r.m20k + m20k_dear * r.m20k_dear +
               m20k_dearest * r.m20k_dearest;
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

/// Delay lines of one depth class: products that wait in a balanced adder chain for the ones before them.
/// Each takes an M20K block while one is free, and `alm` in memory made of logic once none is.
struct DelayLines {
    /// Taps of a filter up to which its lines are of this class.
    double most_taps = 0;
    std::int64_t alm = 0;
};

/// What a fit says of one layer of N filters with t taps:
/// fixed + N (per_tap t + per_tap_log t log2 t + per_delayed_tap d), d = taps whose products wait in memory.
struct FilterCost {
    double fixed = 0;
    double per_tap = 0;
    double per_tap_log = 0;
    double per_delayed_tap = 0;

    [[nodiscard]] double operator()(double filters, double taps, double delayed_taps) const;
};

/// 1 / Fmax = fixed + per_fanout (1 - 1 / sqrt(max(N, 2))) + wide_line, the last if one position of the
/// input, over all channels, is wider than a word of an M20K.
struct CriticalPath {
    Seconds fixed;
    Seconds per_fanout;
    Seconds wide_line;

    [[nodiscard]] Seconds delay(double filters, std::int64_t line_bits, std::int64_t word_bits) const;
};

/// Lines by depth class.
struct DelayDemand {
    double short_lines = 0;
    double middle_lines = 0;
    double long_lines = 0;
};

/// `dhm-2021`: resources fitted to vendor-tool results, per filter with t = C k_h k_w / groups taps. Delay
/// lines and line buffers go to M20K first; when all blocks are taken, the lines that need the least logic
/// leave them first. See docs/cost-models.md, "FPGA".
struct DhmFitted {
    FilterCost alm;
    /// Share of the taps whose weight is not zero, and taps of a filter that need no memory.
    double delayed_share = 1;
    double undelayed_taps = 0;
    /// Classes by depth; the deepest also holds line buffers and has no end.
    DelayLines short_lines;
    DelayLines middle_lines;
    std::int64_t long_line_alm = 0;
    /// M20K of a layer besides its lines.
    double m20k_fixed = 0;
    FilterCost alut;
    /// ALUTs more (less, if negative) for each long line in logic.
    double alut_per_spilled_long_line = 0;
    CriticalPath path;

    /// Taps of a filter whose products wait in memory.
    [[nodiscard]] double delayed_taps(double taps) const;
    /// Lines of a layer; the long ones include `m20k_fixed`, and line buffers come on top.
    [[nodiscard]] DelayDemand lines(double filters, double taps) const;
};

/// `dhm-csd`: shared canonical-signed-digit multipliers in logic only.
struct DhmCsd {
    double alm_per_weight = 0;
    double alm_per_depthwise_weight = 0;
    double alm_fixed = 0;
};

using ImplementationForm = std::variant<DhmFitted, DhmCsd>;

/// Dynamic power while a pipeline works: base + occupied alm + occupied m20k; static power is the device's.
struct FpgaPower {
    Watts base;
    Watts per_alm;
    Watts per_m20k;
};

/// How far reality may be from the model: standard deviations of log(real / modelled). 0: not known.
struct ImplementationSpread {
    double alm = 0;
    double m20k = 0;
    /// Of dynamic power.
    double power = 0;
    double clock = 0;
};

/// A range of integers, both ends included.
struct SeenRange {
    std::int64_t least = 0;
    std::int64_t most = 0;
};

/// The convolutions that an implementation's figures come from. An absent range says nothing.
struct SeenRanges {
    std::optional<SeenRange> taps;
    std::optional<SeenRange> filters;
    std::optional<SeenRange> weights;
    std::optional<SeenRange> kernel;
    std::optional<SeenRange> width;
    std::optional<SeenRange> groups;
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
    SeenRanges seen;
    ImplementationSpread spread;
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
    /// Its position in the model's list.
    [[nodiscard]] std::size_t implementation_number() const { return implementation_; }
    [[nodiscard]] Hertz clock() const { return clock_; }
    [[nodiscard]] Watts static_power() const { return model_.static_power; }
    [[nodiscard]] const Resources& capacity() const { return capacity_; }
    /// What the implementation leaves of the ALM: a device that is fuller cannot be routed.
    [[nodiscard]] std::int64_t usable_alm() const;

    /// Hardware for a layer or slice; nothing if there is none for its operation on this device (softmax,
    /// ...).
    [[nodiscard]] std::optional<LayerHardware> map(const LayerWork& work) const;
    /// Memory that delays a feature map of `channels` by `positions` input positions (a branch that waits).
    [[nodiscard]] Resources delay_buffer(std::int64_t channels, std::int64_t positions) const;
    /// Dynamic power of a pipeline with the given resource demand, while it works.
    [[nodiscard]] Watts dynamic_power(const Resources& demand) const;
    /// The limits that summed demand must keep.
    [[nodiscard]] const std::vector<CapacityLimit>& limits() const { return limits_; }
    /// Blocks really occupied by a summed demand: lines that find no free M20K count as the logic they
    /// become.
    [[nodiscard]] Resources occupied(const Resources& demand) const;
    /// True if the blocks really occupied are always the summed demand.
    [[nodiscard]] bool adds_up() const { return std::holds_alternative<DhmCsd>(implementation().form); }
    /// Adaptive look-up tables of a convolution or fully connected layer alone on the device; nothing if the
    /// implementation's data do not say.
    [[nodiscard]] std::optional<double> aluts(const LayerWork& work) const;
    /// The highest clock of a convolution or fully connected layer; nothing if the implementation's data do
    /// not say. Times are computed with clock(), whatever this is.
    [[nodiscard]] std::optional<Hertz> fmax(const LayerWork& work) const;
    /// True for a convolution outside the ranges that the implementation's figures come from.
    [[nodiscard]] bool extrapolated(const LayerWork& work) const;
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
