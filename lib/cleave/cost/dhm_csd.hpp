// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"

namespace cleave {

/// `dhm-csd`: direct hardware mapping with shared canonical-signed-digit multipliers in logic only. See
/// docs/cost-models.md, "FPGA".
struct DhmCsd {
    static constexpr std::string_view kName = "csd";

    double alm_per_weight = 0;
    double alm_per_depthwise_weight = 0;
    double alm_fixed = 0;

    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const;
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
