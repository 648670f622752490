// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/json.hpp"
#include "cleave/verdict/verdict.hpp"

namespace cleave {

/// `verdict` of front.json.
[[nodiscard]] Json verdict_json(const Verdict& verdict, const ExploreRequest& request,
                                const ExploreResult& result);

}  // namespace cleave
