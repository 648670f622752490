// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/verdict/verdict.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cleave {

/// The verdict under all profiles of the GPU model, with all implementations of the platform and with each
/// alone, and with the FPGA there already and not: each a search of its own, within 5 % where the request's
/// is not exact. The platform's own reading is among them. Fewer if it should stop.
[[nodiscard]] std::vector<Reading> try_readings(const ExploreRequest& request,
                                                const std::function<bool()>& should_stop);

/// "the verdict holds under all 30 readings", or in how many it pays, and what decides where that is one
/// thing alone. Of a verdict with readings.
[[nodiscard]] std::string readings_text(const Verdict& verdict);

}  // namespace cleave
