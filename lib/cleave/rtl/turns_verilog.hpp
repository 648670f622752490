// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <cstdint>
#include <string>

namespace cleave {

/// What takes turns over the words of a window, whatever it does with them.
struct Turns {
    Window window;
    Shape in;
    Shape out;
    /// Words of a tap that a pass reads, and passes one after the other that read the same ones.
    std::int64_t words_each = 1;
    std::int64_t passes_each = 1;
    /// For the header: what it is, what a user calls it, what leaves.
    std::string kind;
    ModuleNote note;
    std::string result;
};

// Parts of its module, in the order in which they stand in it.

/// From the header to `operand`: ports, input memory, passes, positions, addresses, and the word read three
/// clocks before.
/// @param result_bits  of each number that leaves
/// @param padding  what counts as a word beside the map
[[nodiscard]] std::string reading_text(const std::string& name, const Turns& turns, const FoldedPlan& plan,
                                       std::int64_t result_bits, const std::string& padding);
/// `is_active`, `is_first` and `is_last`: bit i is of the pass's clock i + 1 clocks before.
[[nodiscard]] std::string flags_text(const FoldedPlan& plan, std::int64_t last_bit);
/// While `leave` is set, the lowest `bits` for each byte of the output in `leaving` leave.
/// @param results  holds those of a pass, so many bits for each PE, a clock after `is_last[last_bit]`
[[nodiscard]] std::string leaving_text(const FoldedPlan& plan, std::int64_t last_bit,
                                       const std::string& results, std::int64_t bits);
/// The output queue, which takes `result` where `result_valid` is set, to the end of the module.
[[nodiscard]] std::string queue_text(const FoldedPlan& plan, std::int64_t result_bits);

}  // namespace cleave
