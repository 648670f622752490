// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/folded_layer.hpp"
#include "support/random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave::testing {

/// A convolution with a fold, and two frames for it.
struct FoldedCase {
    IntegerConv conv;
    Fold fold;
    std::vector<std::int8_t> frames;
};

struct PoolCase {
    MaxPool pool;
    std::int64_t pe = 1;
    std::vector<std::int8_t> frames;
};

/// Any kernel, stride, dilation, padding, grouping and fold.
/// @param larger  how much larger than the window a map is at most
[[nodiscard]] FoldedCase random_folded_case(Random& random, std::int64_t larger);
[[nodiscard]] PoolCase random_pool_case(Random& random, std::int64_t larger);
[[nodiscard]] std::string describe(const FoldedCase& c);

/// The outputs of one frame, tap by tap; by position, channels of a position together, as the input.
[[nodiscard]] std::vector<std::int8_t> compute(const IntegerConv& conv, const std::int8_t* input);
[[nodiscard]] std::vector<std::int8_t> compute(const MaxPool& pool, const std::int8_t* input);

}  // namespace cleave::testing
