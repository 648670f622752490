// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/mapping.hpp"

#include <algorithm>

namespace cleave {

void normalize(Mapping& mapping) {
    for (FpgaRun& run : mapping.runs) {
        std::sort(run.begin(), run.end());
    }
    std::sort(mapping.runs.begin(), mapping.runs.end());
    std::sort(mapping.splits.begin(), mapping.splits.end());
    std::sort(mapping.hardware.begin(), mapping.hardware.end());
}

}  // namespace cleave
