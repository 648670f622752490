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

}  // namespace cleave
