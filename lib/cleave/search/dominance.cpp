// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dominance.hpp"

#include <algorithm>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cleave {
namespace {

constexpr std::uint16_t kEmpty = std::numeric_limits<std::uint16_t>::max();
/// A level is opened above another when that has more blocks than this: few enough to look at all of them.
constexpr std::size_t kMostTopBlocks = 8;

}  // namespace

std::uint32_t compare_block_portable(const std::uint16_t* block, const std::uint16_t* query,
                                     std::size_t fields) {
    std::array<std::uint16_t, DominanceTree::kLanes> above{};
    for (std::size_t f = 0; f < fields; ++f) {
        for (std::size_t lane = 0; lane < DominanceTree::kLanes; ++lane) {
            const bool over = block[f * DominanceTree::kLanes + lane] > query[f];
            above[lane] = static_cast<std::uint16_t>(above[lane] | static_cast<std::uint16_t>(over));
        }
    }
    std::uint32_t within = 0;
    for (std::size_t lane = 0; lane < DominanceTree::kLanes; ++lane) {
        within |= static_cast<std::uint32_t>(above[lane] == 0) << lane;
    }
    return within;
}

#if defined(__x86_64__)

// a <= b for unsigned lanes exactly if the saturated difference a - b is zero.
__attribute__((target("avx2"))) std::uint32_t compare_block_avx2(const std::uint16_t* block,
                                                                 const std::uint16_t* query,
                                                                 std::size_t fields) {
    __m256i above = _mm256_setzero_si256();
    for (std::size_t f = 0; f < fields; ++f) {
        const __m256i lanes =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + f * DominanceTree::kLanes));
        const __m256i limit = _mm256_set1_epi16(static_cast<std::int16_t>(query[f]));
        above = _mm256_or_si256(above, _mm256_subs_epu16(lanes, limit));
    }
    const __m256i within = _mm256_cmpeq_epi16(above, _mm256_setzero_si256());
    // Two bits a lane in lane order: packing to bytes interleaves the halves, so they are taken one by one.
    const __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(within), _mm256_extracti128_si256(within, 1));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

#else

std::uint32_t compare_block_avx2(const std::uint16_t* block, const std::uint16_t* query, std::size_t fields) {
    return compare_block_portable(block, query, fields);
}

bool has_avx2() { return false; }

#endif

DominanceTree::Compare DominanceTree::best_compare() {
    return has_avx2() ? compare_block_avx2 : compare_block_portable;
}

void DominanceTree::clear(std::size_t fields) {
    fields_ = fields;
    size_ = 0;
    levels_.resize(1);
    levels_.front().clear();
}

void DominanceTree::push(const Fields& vector) {
    const std::size_t stride = fields_ * kLanes;
    std::size_t at = size_++;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        std::vector<std::uint16_t>& blocks = levels_[level];
        const std::size_t lane = at % kLanes;
        if (at / kLanes * stride == blocks.size()) {
            blocks.insert(blocks.end(), stride, kEmpty);
        }
        std::uint16_t* block = blocks.data() + at / kLanes * stride;
        for (std::size_t f = 0; f < fields_; ++f) {
            block[f * kLanes + lane] = std::min(block[f * kLanes + lane], vector[f]);
        }
        at /= kLanes;
    }
    if (levels_.back().size() <= kMostTopBlocks * stride) {
        return;
    }
    // The new top holds the minima of the blocks below it.
    const std::vector<std::uint16_t>& below = levels_.back();
    const std::size_t blocks = below.size() / stride;
    std::vector<std::uint16_t> top((blocks + kLanes - 1) / kLanes * stride, kEmpty);
    for (std::size_t b = 0; b < blocks; ++b) {
        for (std::size_t f = 0; f < fields_; ++f) {
            const std::uint16_t* lanes = below.data() + b * stride + f * kLanes;
            top[b / kLanes * stride + f * kLanes + b % kLanes] = *std::min_element(lanes, lanes + kLanes);
        }
    }
    levels_.push_back(std::move(top));
}

}  // namespace cleave
