// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"
#include "cleave/network/parameters.hpp"

namespace cleave {

/// A layer or slice in direct hardware mapping, every weight a multiplier of its own: it takes one input
/// position a clock. Forms differ in what filters and memory cost.
struct DhmLayer {
    /// Its resources are only the logic of what has no weights.
    LayerHardware hardware;
    /// Constant multipliers.
    std::optional<Filters> filters;
    /// A position of the line buffers, which hold all rows of the window but one; and their M20K.
    std::int64_t line_bits = 0;
    std::int64_t line_blocks = 0;
};

/// Nothing if there is no hardware for the operation (softmax, ...).
[[nodiscard]] std::optional<DhmLayer> dhm_layer(const LayerWork& work, const CommonFigures& common);

/// M20K that delay `bits` by `positions`.
[[nodiscard]] std::int64_t delay_blocks(std::int64_t bits, std::int64_t positions,
                                        const StreamingParams& streaming);

}  // namespace cleave
