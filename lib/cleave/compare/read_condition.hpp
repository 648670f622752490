// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/condition.hpp"
#include "cleave/text/fault.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Reads conditions, each `NAME RELATION NUMBER` with one of `<`, `<=`, `>`, `>=`, `==`, `!=` and spaces
/// where one likes. NAME is one of `metrics`. The number of a time or an energy may have a unit, as in
/// `knee.latency_s<=5ms`; without one it is in seconds or joules.
/// @param option the option that they come from, which faults name as their file: "--require knee.alm<5".
/// @throws InputError with the faults of all of them
[[nodiscard]] std::vector<Condition> read_conditions(const std::string& option,
                                                     const std::vector<std::string>& texts,
                                                     const std::vector<Metric>& metrics);

}  // namespace cleave
