// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/units/progress.hpp"

#include <functional>

namespace cleave {

/// The Pareto front of the request's design space, and how sure it is if the request asks for draws. Ends at
/// the request's time limit, counted from the call, with what has been found: then the front is not exact, or
/// not all draws are scored. So it does when `should_stop`, asked now and then from several threads, says
/// true. `progress`, if there is one, counts.
/// @throws std::logic_error if a point, evaluated again from scratch, does not come out as the search had it.
[[nodiscard]] ExploreResult explore(const ExploreRequest& request,
                                    const std::function<bool()>& should_stop = {},
                                    Progress* progress = nullptr);

}  // namespace cleave
