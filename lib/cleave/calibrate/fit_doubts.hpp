// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/fpga_fit.hpp"
#include "cleave/calibrate/gpu_fit.hpp"
#include "cleave/calibrate/link_fit.hpp"
#include "cleave/calibrate/synthesis_fit.hpp"

#include <string>
#include <vector>

namespace cleave {

enum class KnowsData { no, yes };

/// Why a fit should not be relied on, a sentence each: parameters that stopped at a bound, and a hold-out
/// that misses by a tenth more than the base with all its times (or watts, or logic) multiplied by one
/// number. That is not asked of a base that was itself fitted to these data.
[[nodiscard]] std::vector<std::string> doubts(const GpuFit& fit, KnowsData base);

/// @param by_base  what the base predicts for the same rows, in any order
[[nodiscard]] std::vector<std::string> doubts(const LinkDirectionFit& fit, Direction direction,
                                              KnowsData base, const std::vector<Prediction>& by_base);
[[nodiscard]] std::vector<std::string> doubts(const FpgaFit& fit, KnowsData base,
                                              const FpgaPredictions& by_base);
/// Of the ALM of modules. Figures that are 0 are not in doubt.
[[nodiscard]] std::vector<std::string> doubts(const SynthesisFit& fit, KnowsData base);

}  // namespace cleave
