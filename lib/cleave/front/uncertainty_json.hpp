// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "cleave/search/result.hpp"
#include "cleave/text/json.hpp"

namespace cleave {

/// [low, high].
[[nodiscard]] Json interval_json(const Interval& interval);
/// `uncertainty` of a point in front.json.
[[nodiscard]] Json uncertainty_json(const PointUncertainty& point);
/// `uncertainty` of front.json.
[[nodiscard]] Json uncertainty_json(const Network& network, const Uncertainty& uncertainty);

}  // namespace cleave
