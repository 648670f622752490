// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"

namespace cleave {

/// Logic of a folded convolution with pe x simd multipliers, k_h x k_w taps and an output stream `ow` bytes
/// wide: fixed + per_multiplier m + per_pe PE + per_output OW + per_word_byte MW + window [k > 1], where MW
/// are the bytes that it reads at a time.
struct FoldedLogic {
    double fixed = 0;
    double per_multiplier = 0;
    double per_pe = 0;
    double per_output = 0;
    double per_word_byte = 0;
    double window = 0;
    /// More for each multiplier that is written out in logic.
    double logic_multiplier = 0;
    double logic_depthwise_multiplier = 0;
    /// A column former, besides its memory.
    double column_former = 0;
    /// Pools: fixed + per_pe PE, and a width converter.
    double pool_fixed = 0;
    double pool_per_pe = 0;
    /// Control of what only streams (add, concat, shuffle, slice, clamp, global average).
    double stream_fixed = 0;
    /// One byte of an output stream that is wider than one byte, for each doubling of its width: rotates
    /// what leaves to where the next layer takes it.
    double width_converter = 0;
};

/// `folded`: a layer's weights lie in memory and take turns at PE x SIMD multipliers, in DSP blocks or in
/// logic. See docs/cost-models.md, "FPGA". What no operation has hardware for is the same as in direct
/// hardware mapping.
struct Folded {
    static constexpr std::string_view kName = "folded";

    FoldedLogic logic;
    /// 8-bit products of one DSP block.
    std::int64_t products_per_dsp = 2;
    /// Pipeline stages of a pool, and of what only streams; CommonFigures::pipeline_stages are those of a
    /// convolution, besides its adder tree.
    std::int64_t pool_stages = 0;
    std::int64_t stream_stages = 0;

    /// Every fold: PE divides the filters of a group (of a depthwise layer: the channels), SIMD the channels
    /// of a group.
    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const;
    /// A FIFO of words of max(4, ceil(channels frame_positions / clocks)) elements: one word a clock passes a
    /// whole frame within the pace.
    [[nodiscard]] static Resources delay_buffer(const WaitingMap& map, const CommonFigures& common);
    [[nodiscard]] static std::vector<CapacityLimit> limits(const Resources& available) {
        return separate_limits(available);
    }
    [[nodiscard]] static Resources occupied(const Resources& demand, const Resources& /*available*/) {
        return demand;
    }
    [[nodiscard]] static bool adds_up() { return true; }
    [[nodiscard]] static std::optional<double> aluts(const LayerWork& /*work*/,
                                                     const CommonFigures& /*common*/,
                                                     const Resources& /*available*/) {
        return std::nullopt;
    }
    [[nodiscard]] static std::optional<Hertz> fmax(const LayerWork& /*work*/,
                                                   const CommonFigures& /*common*/) {
        return std::nullopt;
    }
};

}  // namespace cleave
