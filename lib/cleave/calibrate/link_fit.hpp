// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/calibrate/parameters.hpp"
#include "cleave/cost/link.hpp"

#include <vector>

namespace cleave {

/// One direction of a link, fitted; each size held out is predicted by a fit to the others.
using LinkDirectionFit = NamedFit<LinkDirection>;

/// @throws std::invalid_argument if the direction was measured at fewer than five sizes.
[[nodiscard]] LinkDirectionFit fit_link(const LinkData& data, Direction direction);

/// Predictions of a model for the measured transfers of a direction.
[[nodiscard]] std::vector<Prediction> predict_link(const LinkModel& model, const LinkData& data,
                                                   Direction direction);

}  // namespace cleave
