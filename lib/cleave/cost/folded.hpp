// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"
#include "cleave/cost/packed_alm.hpp"

namespace cleave {

/// Tables or registers of a folded convolution with m multipliers in PE sums of A bits, OW results at a time:
///     fixed + per_multiplier m + per_sum (m - PE) + per_sum_bit PE A + per_result_bit OW A
///     + per_word_byte MW + border [padding] + depthwise [depthwise]
///     + per_address_bit log2(words of the input memory) + per_position_bit (log2 Ho + log2 Wo)
///     + per_selected_bit (selected_bits of all memories)
/// where MW are the bytes that it reads at a time. See docs/cost-models.md, "Resources: folded".
struct FoldedLogic {
    double fixed = 0;
    double per_multiplier = 0;
    double per_sum = 0;
    double per_sum_bit = 0;
    double per_result_bit = 0;
    double per_word_byte = 0;
    double border = 0;
    double depthwise = 0;
    double per_address_bit = 0;
    double per_position_bit = 0;
    double per_selected_bit = 0;
    /// More for each multiplier that is written out in logic.
    double logic_multiplier = 0;
    double logic_depthwise_multiplier = 0;
    /// A column former, besides its memory: fixed, and for each byte of a column.
    double column_fixed = 0;
    double per_column_byte = 0;
};
/// What files call them.
inline constexpr std::pair<const char*, double FoldedLogic::*> kFoldedLogic[]{
    {"fixed", &FoldedLogic::fixed},
    {"per_multiplier", &FoldedLogic::per_multiplier},
    {"per_sum", &FoldedLogic::per_sum},
    {"per_sum_bit", &FoldedLogic::per_sum_bit},
    {"per_result_bit", &FoldedLogic::per_result_bit},
    {"per_word_byte", &FoldedLogic::per_word_byte},
    {"border", &FoldedLogic::border},
    {"depthwise", &FoldedLogic::depthwise},
    {"per_address_bit", &FoldedLogic::per_address_bit},
    {"per_position_bit", &FoldedLogic::per_position_bit},
    {"per_selected_bit", &FoldedLogic::per_selected_bit},
    {"logic_multiplier", &FoldedLogic::logic_multiplier},
    {"logic_depthwise_multiplier", &FoldedLogic::logic_depthwise_multiplier},
    {"column_fixed", &FoldedLogic::column_fixed},
    {"per_column_byte", &FoldedLogic::per_column_byte}};

/// ALM of what has no multipliers.
struct FoldedAlm {
    /// Pools: pool_fixed + per_max PE, or pool_fixed + per_mean PE + division OW; and what tables of a
    /// convolution have for its border, address, position and selected bits.
    double pool_fixed = 0;
    double per_max = 0;
    double per_mean = 0;
    double division = 0;
    /// What only streams: for each channel at a time a figure of the operation, of a shuffle times its
    /// groups; stream_fixed more for what counts beats (slice, shuffle), and concat_map for each map of a
    /// concat, which has a queue.
    double stream_fixed = 0;
    double per_clamp = 0;
    double per_add = 0;
    double concat_map = 0;
    double per_concat = 0;
    double per_shuffle = 0;
    /// A global average: mean_fixed + per_mean_bit for each bit of the sums that pass at a time + division
    /// for each mean at a time.
    double mean_fixed = 0;
    double per_mean_bit = 0;
    /// Converters of width: bytes gathered in front of what takes several at a time, bytes dealt out behind
    /// what gives several.
    double per_gathered_byte = 0;
    double per_dealt_byte = 0;
};
/// What files call them.
inline constexpr std::pair<const char*, double FoldedAlm::*> kFoldedAlm[]{
    {"pool_fixed", &FoldedAlm::pool_fixed},
    {"per_max", &FoldedAlm::per_max},
    {"per_mean", &FoldedAlm::per_mean},
    {"division", &FoldedAlm::division},
    {"stream_fixed", &FoldedAlm::stream_fixed},
    {"per_clamp", &FoldedAlm::per_clamp},
    {"per_add", &FoldedAlm::per_add},
    {"concat_map", &FoldedAlm::concat_map},
    {"per_concat", &FoldedAlm::per_concat},
    {"per_shuffle", &FoldedAlm::per_shuffle},
    {"mean_fixed", &FoldedAlm::mean_fixed},
    {"per_mean_bit", &FoldedAlm::per_mean_bit},
    {"per_gathered_byte", &FoldedAlm::per_gathered_byte},
    {"per_dealt_byte", &FoldedAlm::per_dealt_byte}};

/// `folded`: a layer's weights lie in memory and take turns at PE x SIMD multipliers, in DSP blocks or in
/// logic. See docs/cost-models.md, "FPGA". What no operation has hardware for is the same as in direct
/// hardware mapping.
struct Folded {
    static constexpr std::string_view kName = "folded";

    FoldedLogic tables;
    FoldedLogic registers;
    FoldedAlm alm;
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
    /// Of one of these, the layer's module before it is rounded, without converters of width: tables (in ALM)
    /// and registers of a convolution, ALM of anything else, ALM of memory. Nothing if there is no such fold.
    struct Parts {
        double tables = 0;
        double registers = 0;
        double alm = 0;
        std::int64_t memory_alm = 0;

        [[nodiscard]] double all() const {
            return packed_alm(tables, registers) + alm + static_cast<double>(memory_alm);
        }
    };
    [[nodiscard]] std::optional<Parts> parts(const LayerWork& work, const Fold& fold,
                                             const CommonFigures& common) const;
    /// A converter of beats: bytes in, bytes out, one of which divides the other.
    [[nodiscard]] double converter_alm(std::int64_t in, std::int64_t out) const;

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
    [[nodiscard]] static std::optional<AssumedWeights> assumed_weights() { return std::nullopt; }
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
