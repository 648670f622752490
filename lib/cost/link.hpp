// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <string>

namespace cleave {

enum class Direction { to_fpga, to_gpu };

/// Transfer time in one direction: max(floor, overhead + bytes / bandwidth).
struct LinkDirection {
    Seconds floor;
    Seconds overhead;
    BytesPerSecond bandwidth;
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
