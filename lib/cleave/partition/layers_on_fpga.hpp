// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/mapping.hpp"

#include <vector>

namespace cleave {

/// Heads of the units in runs, then of split ones, in the mapping's order.
[[nodiscard]] inline std::vector<LayerId> layers_on_fpga(const Mapping& mapping) {
    std::vector<LayerId> layers;
    for (const FpgaRun& run : mapping.runs) {
        layers.insert(layers.end(), run.begin(), run.end());
    }
    for (const Split& split : mapping.splits) {
        layers.push_back(split.layer);
    }
    return layers;
}

}  // namespace cleave
