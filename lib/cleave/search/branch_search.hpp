// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"

namespace cleave {

/// Solves a problem whose nodes have lanes: by branches, again and again those that may miss most. `solve`
/// has checked the arguments.
[[nodiscard]] SearchResult search_branches(const SearchProblem& problem, const SearchOptions& options);

}  // namespace cleave
