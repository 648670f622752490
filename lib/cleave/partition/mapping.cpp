// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/mapping.hpp"

#include <algorithm>
#include <stdexcept>

namespace cleave {

std::string split_axis_name(SplitAxis axis) {
    switch (axis) {
        case SplitAxis::channels: return "channels";
        case SplitAxis::filters: return "filters";
        case SplitAxis::groups: return "groups";
    }
    throw std::logic_error("split axis out of range");
}

void normalize(Mapping& mapping) {
    for (FpgaRun& run : mapping.runs) {
        std::sort(run.begin(), run.end());
    }
    std::sort(mapping.runs.begin(), mapping.runs.end());
    std::sort(mapping.splits.begin(), mapping.splits.end());
}

}  // namespace cleave
