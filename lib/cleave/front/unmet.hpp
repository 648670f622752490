// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/explore.hpp"

#include <string>
#include <vector>

namespace cleave {

/// What binds, and which layer asks for most of it.
[[nodiscard]] std::string describe(const Infeasibility& bad, const Network& network);

/// Which constraints no partition meets, each with by how much, and last what stands in the way. Empty if all
/// can be met.
[[nodiscard]] std::vector<std::string> unmet_messages(const ExploreRequest& request,
                                                      const ExploreResult& result);

}  // namespace cleave
