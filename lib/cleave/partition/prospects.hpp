// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace cleave {

/// What a unit could be on the FPGA, with nothing else on it, in one implementation at its own clock.
struct Prospect {
    std::size_t implementation = 0;
    /// Hardware that fits and that no other of the implementation equals or beats in interval, fill, depth
    /// and every resource.
    std::size_t variants = 0;
    /// Of these, the one with the least and the one with the longest interval; the smaller one of several.
    /// Set if there are any.
    std::optional<LayerHardware> fastest;
    std::optional<LayerHardware> slowest;
    /// Set if there are none: what the one that misses by least lacks; `resource` is empty if the
    /// implementation has no hardware for the operation at all.
    std::optional<FpgaRefusal> refusal;
};

/// One for each implementation that may be used, in their order.
[[nodiscard]] std::vector<Prospect> prospects_of(const Costing& costing, UnitId unit);

}  // namespace cleave
