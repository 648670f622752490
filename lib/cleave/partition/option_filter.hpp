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

/// Of these, as keep_nondominated leaves them, some such that every other one is within kLadderNear of one
/// that is kept in time, energy and busy times, and within kLadderStep, rounded up, in
/// each resource.
void thin_out(std::vector<StageOption>& options);

}  // namespace cleave
