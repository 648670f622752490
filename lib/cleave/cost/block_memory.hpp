// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"

namespace cleave {

/// Blocks for a memory of `words` words of `bits` bits, one port each way: MLABs (logic) up to 32 words deep,
/// otherwise M20K blocks in the shape that needs the fewest: the widest that `streaming` gives, or twice as
/// deep and half as wide (rounded down), and so on down to one bit; but MLABs if less than a twentieth of
/// these blocks would be used.
[[nodiscard]] Resources memory_blocks(std::int64_t words, std::int64_t bits,
                                      const StreamingParams& streaming);

/// Bits that multiplexers behind such a memory choose from, those of its deepest blocks not counted: it has
/// rows of blocks where it is deeper than one. In blocks not narrower than 5 bits, of equally many the
/// deepest.
[[nodiscard]] std::int64_t selected_bits(std::int64_t words, std::int64_t bits,
                                         const StreamingParams& streaming);

}  // namespace cleave
