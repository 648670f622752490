// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/resources.hpp"
#include "cleave/network/layer.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// Ascending.
[[nodiscard]] std::vector<std::int64_t> divisors(std::int64_t n);

/// The least divisor of `channels` that is at least `lanes`; 0 if there is none.
[[nodiscard]] std::int64_t beat_of(std::int64_t channels, std::int64_t lanes);

/// Channels of a shuffle of groups that pass in a clock, at least `lanes`: a divisor of a group's and a
/// multiple of the groups. 0 if there is none, or one group only: then all channels of a position pass at
/// once.
[[nodiscard]] std::int64_t shuffle_beat(std::int64_t channels, std::int64_t groups, std::int64_t lanes);

/// Means that a global average gives in a clock, of `pe` channels that come in one: the fewest with which all
/// of them take at most an eighth of a map's time more.
[[nodiscard]] std::int64_t mean_lanes(std::int64_t pe, std::int64_t positions);

/// Clocks of the division of a mean.
inline constexpr std::int64_t kDivisionStages = 6;

/// A convolution, fully connected layer or pool as what takes turns: `groups` times `filters` filters over
/// `channels` channels each. Depthwise layers and pools take their channels as filters of one group.
struct FoldedTurns {
    Window window;
    std::int64_t filters = 1;
    std::int64_t channels = 1;
    std::int64_t groups = 1;
    bool depthwise = false;
};

/// How the passes over one output position go.
struct FoldedPasses {
    /// Passes for a position, and clocks of one.
    std::int64_t count = 1;
    std::int64_t length = 1;
    /// Words of an input position, and bytes of a word.
    std::int64_t words = 1;
    std::int64_t word_bytes = 1;
    std::int64_t multipliers = 1;
    /// Bytes of the output stream: the least that lets a pass's results leave during the next.
    std::int64_t output = 1;

    [[nodiscard]] std::int64_t clocks() const { return count * length; }
    /// Words of an input memory for so many positions: a few more are on their way in or out.
    [[nodiscard]] std::int64_t input_words(std::int64_t positions) const { return 4 + words * positions; }
};

/// @param fold  one that divides filters and channels
[[nodiscard]] FoldedPasses passes_of(const FoldedTurns& turns, const Fold& fold);

}  // namespace cleave
