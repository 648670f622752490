// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/units/progress.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// Draws as many platforms as the request says within the models' errors (draw_platform with seeds 1, 2, ...)
/// and scores the front and its near-front under each. Deterministic, whatever the number of threads, unless
/// `should_stop` says true: then only the draws scored so far count. The request's own limits do not apply.
/// `progress`, if there is one, counts steps.
[[nodiscard]] Uncertainty assess(const ExploreRequest& request, const std::vector<FrontPoint>& front,
                                 const std::function<bool()>& should_stop, Progress* progress);

}  // namespace cleave
