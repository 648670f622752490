// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/units/progress.hpp"

#include <functional>

namespace cleave {

/// The front alone: explore() without draws and without a time limit of its own.
[[nodiscard]] ExploreResult find_front(const ExploreRequest& request,
                                       const std::function<bool()>& should_stop, Progress* progress);

/// Limits for a front that is only compared with others, where many are found: the same, but within 5 % and
/// of 40 rounds at most where the front need not be exact, and without the ladder's loss.
[[nodiscard]] SearchLimits rough_limits(const SearchLimits& limits);

}  // namespace cleave
