// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"

#include <algorithm>

namespace cleave {

/// So that the range has the value in it, too.
inline void widen(std::optional<SeenRange>& range, std::int64_t value) {
    range = range ? SeenRange{std::min(range->least, value), std::max(range->most, value)}
                  : SeenRange{value, value};
}

}  // namespace cleave
