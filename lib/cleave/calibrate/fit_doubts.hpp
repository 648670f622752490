// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/gpu_fit.hpp"

#include <string>
#include <vector>

namespace cleave {

enum class KnowsData { no, yes };
/// Why a fit should not be relied on, a sentence each: parameters that stopped at a bound, and a hold-out
/// that misses by a tenth more than the base with all its times (or watts) multiplied by one number. That is
/// not asked of a base that was itself fitted to these data.
[[nodiscard]] std::vector<std::string> doubts(const GpuFit& fit, KnowsData base);

}  // namespace cleave
