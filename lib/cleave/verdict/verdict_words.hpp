// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/verdict/verdict.hpp"

#include <string>
#include <vector>

namespace cleave {

/// The verdict in a sentence: "put stem..bottleneck7 on the FPGA: 1.9x sooner (90 %: 1.6x to 2.1x), 2.4x less
/// energy, fits with a probability of 94 %", or "the FPGA does not pay: the best partition is ...".
[[nodiscard]] std::string verdict_text(const Verdict& verdict, const ExploreRequest& request,
                                       const ExploreResult& result);

/// Its reasons, a sentence each: which modules gain how much, what the link costs, which resources bind, what
/// other limits would do.
[[nodiscard]] std::vector<std::string> reasons(const Verdict& verdict, const ExploreRequest& request);

/// "stem/conv..head/fc": layers in order, by the first and the last.
[[nodiscard]] std::string range_words(const Network& network, LayerId first, LayerId last);

/// "twice the ALM", "a link of 3.1 GB/s", "a clock of 225 MHz".
[[nodiscard]] std::string lever_words(const Lever& lever, const Platform& platform);

}  // namespace cleave
