// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"

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
    std::string note;
    std::string result;
};

// Parts of its module, in the order in which they stand in it. What is between addresses and queue reads
// `ring[word_at]` in the clocks in which `active` is set (with the mask two clocks later: `on_map`), and
// makes `result` and `result_valid`.

/// From the header to the control: ports, input memory, passes, positions.
[[nodiscard]] std::string control_text(const std::string& name, const Turns& turns, const FoldedPlan& plan);
[[nodiscard]] std::string address_text(const Turns& turns, const FoldedPlan& plan);
/// Whether some tap lies beside the map, so that there is a mask.
[[nodiscard]] bool pads(const Turns& turns);
[[nodiscard]] std::string mask_text(const Turns& turns);
/// The output queue, to the end of the module.
[[nodiscard]] std::string queue_text(const FoldedPlan& plan);

/// Beats that it holds: so many that passes never wait for one that leaves at once.
[[nodiscard]] std::int64_t queue_depth(const FoldedPlan& plan);

}  // namespace cleave
