// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

// Operations of a circuit that hold no window: on streams of 8-bit numbers, position by position, channels of
// a position in order.

/// clamp( (sum of x_i * 2^shift_i) / 2^shift, rounded to nearest, halves to even ), channel by channel: an
/// add; of one map, a clamp.
struct StreamSum {
    /// One for each map, at least 0 and one of them 0.
    std::vector<std::int64_t> shifts;
    std::int64_t shift = 0;
    std::int64_t low = -128;
    std::int64_t high = 127;
};

/// The channels of all maps, one after the other. Those of map i are divided by 2^shifts[i], rounded to
/// nearest, halves to even, and limited to 8 bits.
struct StreamConcat {
    std::vector<std::int64_t> channels;
    std::vector<std::int64_t> shifts;
};

/// Channels [first, first + count).
struct StreamSlice {
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// Output channel k is input channel order[k]; some may be there several times.
struct StreamShuffle {
    std::vector<std::int64_t> order;
    /// More than 1: channels of so many groups in turn, of each the first, then of each the second.
    std::int64_t groups = 1;
};
/// That of `groups` groups of so many channels together.
[[nodiscard]] StreamShuffle shuffle_of(std::int64_t groups, std::int64_t channels);

/// clamp( sum * 2^scale / divisor, rounded to nearest, halves to even ) over all positions of a map, channel
/// by channel.
struct StreamMean {
    std::int64_t divisor = 1;
    /// May be negative.
    std::int64_t scale = 0;
    std::int64_t low = -128;
    std::int64_t high = 127;
};

}  // namespace cleave
