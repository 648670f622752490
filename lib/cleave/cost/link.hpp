// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"
#include "cleave/units/quantity.hpp"

#include <string>

namespace cleave {

enum class Direction { to_fpga, to_gpu };
[[nodiscard]] constexpr auto names_of(Direction) {
    using enum Direction;
    return std::to_array<Named<Direction>>({{to_fpga, "to_fpga"}, {to_gpu, "to_gpu"}});
}
static_assert(all_named<Direction>());

/// Transfer time in one direction: (floor^p + (overhead + bytes / bandwidth)^p)^(1/p), a smooth maximum of
/// the least time of a transfer (start and completion of the DMA) and the time that its bytes take.
struct LinkDirection {
    Seconds floor;
    Seconds overhead;
    BytesPerSecond bandwidth;
    /// p; 0 stands for the limit of large p, max(floor, overhead + bytes / bandwidth).
    double exponent = 0;
    /// Standard deviation of measured over predicted times; 0 if not known.
    double spread = 0;
    /// Host work of a hand-over in this direction, whatever its transfers: down, waiting for the GPU and
    /// starting the DMA; up, noticing its end and launching the GPU's next kernel.
    Seconds sync = {};
    /// Standard deviation of its logarithm.
    double sync_spread = 0;

    [[nodiscard]] Seconds time(Bytes bytes) const;
};

/// A link between GPU and FPGA memory. One transfer at a time, either way.
struct LinkModel {
    std::string name;
    LinkDirection to_fpga;
    LinkDirection to_gpu;
    /// Both ends together, above idle power.
    JoulesPerByte energy;
    Watts idle_power;

    [[nodiscard]] Seconds time(Direction direction, Bytes bytes) const;
};

}  // namespace cleave
