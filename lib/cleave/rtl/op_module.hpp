// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// How wide the streams of an operation's modules are.
struct OpWidths {
    /// For each map that it reads.
    std::vector<std::int64_t> in_bytes;
    std::int64_t out_bytes = 1;
    /// 0, or there is a module in front of it, which takes `in_bytes` and gives so many.
    std::int64_t former_bytes = 0;
};
/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] OpWidths op_widths(const CircuitNode& node);

/// The module of an operation, and images of its memories.
struct OpModule {
    std::string verilog;
    std::string weights = {};
    std::string biases = {};
};
/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] OpModule op_module(const CircuitNode& node, const std::string& name);

/// The module in front of it: the window of what is mapped directly, or a column former.
/// @param node  one with `former_bytes`
/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] std::string former_module(const CircuitNode& node, const std::string& name);
/// What its name ends in.
[[nodiscard]] const char* former_suffix(const CircuitNode& node);

/// Bytes of a beat of these operations; 0: all channels of a position come at once.
[[nodiscard]] std::int64_t concat_beat(const StreamConcat& concat, const CircuitNode& node);
[[nodiscard]] std::int64_t slice_beat(const StreamSlice& slice, const CircuitNode& node);
[[nodiscard]] std::int64_t shuffle_beat(const StreamShuffle& shuffle, const CircuitNode& node);

}  // namespace cleave
