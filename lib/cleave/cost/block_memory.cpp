// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/block_memory.hpp"

#include "cleave/cost/rounding.hpp"

#include <algorithm>

namespace cleave {
namespace {

// An MLAB holds 32 words of 20 bits in the place of 10 ALMs (Intel Cyclone 10 GX Core Fabric and General
// Purpose I/Os Handbook, "Embedded memory blocks").
constexpr std::int64_t kMlabWords = 32;
constexpr std::int64_t kMlabBits = 20;
constexpr std::int64_t kMlabAlm = 10;

// A block of which less would be used is not taken.
constexpr double kLeastUse = 0.05;

bool is_small(std::int64_t words) { return words <= kMlabWords; }

/// Blocks in the shape that needs the fewest.
std::int64_t fewest_blocks(std::int64_t words, std::int64_t bits, const StreamingParams& streaming) {
    std::int64_t depth = streaming.m20k_words;
    std::int64_t fewest = ceil_div(bits, streaming.m20k_word_bits) * ceil_div(words, depth);
    for (std::int64_t width = streaming.m20k_word_bits / 2; width >= 1; width /= 2) {
        depth *= 2;
        fewest = std::min(fewest, ceil_div(bits, width) * ceil_div(words, depth));
    }
    return fewest;
}

/// Whether a memory is made of logic though it is deeper than an MLAB.
bool leaves_blocks_empty(std::int64_t words, std::int64_t bits, const StreamingParams& streaming) {
    const std::int64_t held =
        fewest_blocks(words, bits, streaming) * streaming.m20k_words * streaming.m20k_word_bits;
    return static_cast<double>(words * bits) < kLeastUse * static_cast<double>(held);
}

}  // namespace

Resources memory_blocks(std::int64_t words, std::int64_t bits, const StreamingParams& streaming) {
    if (words <= 0 || bits <= 0) {
        return {};
    }
    if (is_small(words) || leaves_blocks_empty(words, bits, streaming)) {
        return {.alm = kMlabAlm * ceil_div(bits * ceil_div(words, kMlabWords), kMlabBits)};
    }
    return {.m20k = fewest_blocks(words, bits, streaming)};
}

std::int64_t selected_bits(std::int64_t words, std::int64_t bits, const StreamingParams& streaming) {
    // Narrower shapes have fewer bits in all.
    constexpr std::int64_t kHalvings = 3;
    if (is_small(words) || bits <= 0) {
        return 0;
    }
    if (leaves_blocks_empty(words, bits, streaming)) {
        return bits * (ceil_div(words, kMlabWords) - 1);
    }
    std::int64_t fewest = 0;
    std::int64_t selected = 0;
    for (std::int64_t halving = 0; halving <= kHalvings; ++halving) {
        const std::int64_t rows = ceil_div(words, streaming.m20k_words << halving);
        const std::int64_t blocks =
            rows * ceil_div(bits, std::max<std::int64_t>(1, streaming.m20k_word_bits >> halving));
        if (halving == 0 || blocks <= fewest) {
            fewest = blocks;
            selected = bits * (rows - 1);
        }
    }
    return selected;
}

}  // namespace cleave
