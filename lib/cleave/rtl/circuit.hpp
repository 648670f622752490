// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/resources.hpp"
#include "cleave/rtl/folded_layer.hpp"
#include "cleave/rtl/stream_ops.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// What an operation of a circuit reads: a map from outside, or what an operation before it makes.
struct CircuitSource {
    bool outside = false;
    std::size_t number = 0;
};

/// The same numbers as they come.
struct Wires {};

using CircuitOp = std::variant<IntegerConv, MaxPool, AveragePool, StreamSum, StreamConcat, StreamSlice,
                               StreamShuffle, StreamMean, Wires>;

struct CircuitNode {
    CircuitOp op;
    /// `pe` of what has no multipliers: channels at a time.
    Fold fold;
    /// Mapped directly, without a fold: all channels of a position at a time.
    bool direct = false;
    std::vector<CircuitSource> reads;
    /// For each of these, positions of it that may wait for the others.
    std::vector<std::int64_t> waits;
    Shape in;
    Shape out;
    /// What a user calls it, for comments.
    std::string note;
    /// What its numbers count in, for comments: "8 bits of 2^-3 -> 8 bits of 2^-4"; may be empty.
    std::string numbers = {};
};

struct CircuitPort {
    Shape shape;
    /// Of each number; more than one for sums that leave as they are.
    std::int64_t number_bytes = 1;
    /// What a user calls it, for comments.
    std::string note;
    /// On the stream.
    std::int64_t beat_bytes = 16;
};

/// One pipeline: maps that come, operations in an order in which each follows what it reads, and maps that
/// leave. Every number on the way is in 8 bits.
struct Circuit {
    std::vector<CircuitPort> inputs;
    std::vector<CircuitNode> nodes;
    struct Output {
        CircuitPort port;
        CircuitSource source;
    };
    std::vector<Output> outputs;
};

/// How a map lies on a stream to or from outside: position by position, row by row; the channels of a
/// position in order, each number in two's complement, the lowest byte first; in beats of a power of two of
/// bytes, the first in the lowest, the last beat of a map filled with zeros.
struct WireFormat {
    std::int64_t number_bytes = 1;
    std::int64_t beat_bytes = 16;
    std::int64_t bytes = 0;

    [[nodiscard]] std::int64_t beats() const { return (bytes + beat_bytes - 1) / beat_bytes; }
    [[nodiscard]] bool is_filled() const { return bytes % beat_bytes == 0; }
};
[[nodiscard]] WireFormat wire_format(const CircuitPort& port);

}  // namespace cleave
