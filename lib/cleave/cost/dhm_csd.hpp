// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/csd_logic.hpp"
#include "cleave/cost/fpga_form.hpp"
#include "cleave/cost/packed_alm.hpp"

namespace cleave {

/// Tables or registers of a convolution mapped directly, and of the window of a pool:
///     fixed + per_term (weights that are not zero) + per_adder (adders of constant multipliers)
///     + per_product (these multipliers) + per_filter N + window [k > 1] + per_window_bit (bits of the
///     window)
///     + per_single_bit (the same, of 1x1 kernels)
struct CsdFigures {
    double fixed = 0;
    double per_term = 0;
    double per_adder = 0;
    double per_product = 0;
    double per_filter = 0;
    double window = 0;
    double per_window_bit = 0;
    double per_single_bit = 0;
};
/// What files call them.
inline constexpr std::pair<const char*, double CsdFigures::*> kCsdFigures[]{
    {"fixed", &CsdFigures::fixed},
    {"per_term", &CsdFigures::per_term},
    {"per_adder", &CsdFigures::per_adder},
    {"per_product", &CsdFigures::per_product},
    {"per_filter", &CsdFigures::per_filter},
    {"window", &CsdFigures::window},
    {"per_window_bit", &CsdFigures::per_window_bit},
    {"per_single_bit", &CsdFigures::per_single_bit}};

/// ALM of what has no weights, besides a pool's window, for each channel but where something else is said.
struct CsdAlm {
    /// Of one tap after the first.
    double max_tap = 0;
    double mean_tap = 0;
    /// Of one bit of a sum over all positions.
    double mean_bit = 0;
    /// Of a mean; means over all positions share dividers (mean_lanes).
    double division = 0;
    double clamp = 0;
    /// For each map after the first.
    double add = 0;
    /// With a queue for each map and its memory.
    double concat = 0;
};
/// What files call them.
inline constexpr std::pair<const char*, double CsdAlm::*> kCsdAlm[]{
    {"max_tap", &CsdAlm::max_tap},   {"mean_tap", &CsdAlm::mean_tap}, {"mean_bit", &CsdAlm::mean_bit},
    {"division", &CsdAlm::division}, {"clamp", &CsdAlm::clamp},       {"add", &CsdAlm::add},
    {"concat", &CsdAlm::concat}};

/// `dhm-csd`: direct hardware mapping with shared canonical-signed-digit multipliers in logic only. See
/// docs/cost-models.md, "FPGA".
struct DhmCsd {
    static constexpr std::string_view kName = "csd";

    CsdFigures tables;
    CsdFigures registers;
    CsdAlm alm;
    /// Of weights that are not known: normally distributed, in units of the last place.
    double weight_sigma = 16;

    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const;
    /// What a layer takes before it is rounded, without memory made of logic: tables (in ALM) and registers
    /// of filters and windows, ALM of anything else. Nothing if there is no hardware.
    struct Parts {
        double tables = 0;
        double registers = 0;
        double alm = 0;

        [[nodiscard]] double all() const { return packed_alm(tables, registers) + alm; }
    };
    /// @param logic  of a convolution's own weights
    [[nodiscard]] std::optional<Parts> parts(const LayerWork& work, const CommonFigures& common,
                                             const std::optional<CsdLogic>& logic) const;
    [[nodiscard]] static Resources delay_buffer(const WaitingMap& map, const CommonFigures& common);
    [[nodiscard]] static std::vector<CapacityLimit> limits(const Resources& available) {
        return separate_limits(available);
    }
    [[nodiscard]] static Resources occupied(const Resources& demand, const Resources& /*available*/) {
        return demand;
    }
    [[nodiscard]] static bool adds_up() { return true; }
    [[nodiscard]] std::optional<AssumedWeights> assumed_weights() const {
        return AssumedWeights{weight_sigma};
    }
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
