// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit.hpp"

#include <cstddef>
#include <cstdint>

namespace cleave {

/// Clocks of a circuit whose frames are sent as fast as they are taken, and whose results are taken at once.
struct FrameClocks {
    /// Of a frame by itself: from that in which its first beat comes to that in which its last beat leaves.
    std::int64_t single = 0;
    /// The same of the first of several that follow each other. What is mapped directly flushes a frame with
    /// the next one's positions, which may come later than it would by itself.
    std::int64_t first = 0;
    /// From one frame's last beat to the next one's, on average; of one frame 0.
    std::int64_t interval = 0;
};

/// Exactly what the circuit's Verilog (circuit_files()) takes, queues and all: moves the registers that say
/// when beats pass, clock by clock. A clock in which none of them changes costs nothing.
/// @param frames  how many follow each other
/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] FrameClocks frame_clocks(const Circuit& circuit, std::size_t frames);

}  // namespace cleave
