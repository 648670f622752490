// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/options.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// Of options between the same two nodes, those that no other equals or beats in time, energy, demand and
/// busy times; of equal ones the first by `before`. Sorted by these.
void keep_nondominated(std::vector<StageOption>& options,
                       const std::function<bool(const StageOption&, const StageOption&)>& before);

/// Of these, as keep_nondominated leaves them, some such that for every other one there is one which takes at
/// most kLadderNear times as long, as much energy and as much of each busy time, and needs at most
/// kLadderStep times as much, rounded up, of each resource.
void thin_out(std::vector<StageOption>& options);

}  // namespace cleave
