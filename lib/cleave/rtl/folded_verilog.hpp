// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <string>

namespace cleave {

/// A module, and the images of its memories for $readmemh: a word a line.
struct FoldedModule {
    std::string verilog;
    std::string weights;
    std::string biases;
};

/// A folded convolution as a Verilog-2001 module:
///     name(clk, rst, s_valid, s_ready, s_data, m_valid, m_ready, m_data)
/// It takes plan.word_bytes channels of a position a beat, and gives plan.output_bytes, lowest channel in
/// the lowest byte.
/// @param name  an identifier, never from a user
/// @param images  what the files of the memories are called, before `_w.hex` and `_b.hex`
[[nodiscard]] FoldedModule folded_module(const std::string& name, const std::string& images,
                                         const ModuleNote& note, const IntegerConv& conv,
                                         const FoldedPlan& plan);

}  // namespace cleave
