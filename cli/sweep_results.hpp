// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/cases.hpp"
#include "commands.hpp"

#include <vector>

namespace cleave::cli {

/// Says how the cases ended and which were best, on standard error.
void print_overview(const std::vector<CaseRecord>& cases, const Session& session);

/// That of the case that ended worst: failure before bad input, a stopped search, constraints not met.
[[nodiscard]] int exit_status(const std::vector<CaseRecord>& cases);

}  // namespace cleave::cli
