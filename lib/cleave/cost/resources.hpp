// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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
/// non-negative factors, so a search may add up left-hand sides. To be made with designated initialisers.
struct CapacityLimit {
    std::string resource;
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    std::int64_t m20k_dear = 0;
    std::int64_t m20k_dearest = 0;
    std::int64_t limit = 0;

    [[nodiscard]] std::int64_t use(const Resources& r) const {
        return alm * r.alm + dsp * r.dsp + m20k * r.m20k + m20k_dear * r.m20k_dear +
               m20k_dearest * r.m20k_dearest;
    }
};

/// One for each kind of resource, by itself.
[[nodiscard]] inline std::vector<CapacityLimit> separate_limits(const Resources& available) {
    return {{.resource = "alm", .alm = 1, .limit = available.alm},
            {.resource = "dsp", .dsp = 1, .limit = available.dsp},
            {.resource = "m20k", .m20k = 1, .limit = available.m20k}};
}

/// What a folded layer multiplies with.
enum class Multipliers { dsp, logic };
[[nodiscard]] constexpr auto names_of(Multipliers) {
    using enum Multipliers;
    return std::to_array<Named<Multipliers>>({{dsp, "dsp"}, {logic, "logic"}});
}
static_assert(all_named<Multipliers>());

/// How a layer takes turns at its multipliers: `pe` filters (of a depthwise layer, a pool or an operation
/// without weights: channels) at a time, `simd` channels of each at a time.
struct Fold {
    std::int64_t pe = 1;
    std::int64_t simd = 1;
    Multipliers multipliers = Multipliers::dsp;
    /// A column former in front: all rows of the window at a time.
    bool columns = false;

    /// Multipliers of a convolution whose kernel has `kernel_h` rows: each gives a product a clock.
    [[nodiscard]] std::int64_t products_per_clock(std::int64_t kernel_h) const {
        return pe * simd * (columns ? kernel_h : 1);
    }
    friend auto operator<=>(const Fold&, const Fold&) = default;
};

/// Which of the hardware variants of a layer or slice: an implementation, by its position in the model's
/// list, and the fold of one that folds.
struct HardwareChoice {
    std::size_t implementation = 0;
    std::optional<Fold> fold;

    friend auto operator<=>(const HardwareChoice&, const HardwareChoice&) = default;
};

/// A layer slice as hardware: what it occupies and how it streams.
struct LayerHardware {
    HardwareChoice choice = {};
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

}  // namespace cleave
