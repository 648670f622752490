// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave {

/// A set of vectors of small numbers that answers "is one of them nowhere above this vector?".
///
/// A tree of blocks of 16: a block holds the vectors, one 16-bit lane each, field after field; an inner
/// block's lanes are the field-wise minima of 16 blocks below. A lane whose minimum is above the query in a
/// field cannot hold an answer. Sixteen lanes are compared at once where the processor can (AVX2, found at
/// run time); the answer does not depend on it.
class DominanceTree {
public:
    static constexpr std::size_t kMostFields = 8;
    static constexpr std::size_t kLanes = 16;
    /// What no field of a vector may exceed: empty lanes hold more.
    static constexpr std::uint16_t kLargestField = 65534;
    using Fields = std::array<std::uint16_t, kMostFields>;

    /// Empties the set; vectors have `fields` fields from now on.
    void clear(std::size_t fields);
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Appends a vector; its number is the size before.
    void push(const Fields& vector);

    /// True if for some vector nowhere above `query` `confirm(number)` is true. Later vectors are asked
    /// first.
    template <class Confirm>
    [[nodiscard]] bool any_within(const Fields& query, const Confirm& confirm) const {
        if (size_ == 0) {
            return false;
        }
        const std::size_t top = levels_.size() - 1;
        const std::size_t stride = fields_ * kLanes;
        for (std::size_t block = levels_[top].size() / stride; block-- > 0;) {
            if (descend(top, block, query, confirm)) {
                return true;
            }
        }
        return false;
    }

private:
    template <class Confirm>
    [[nodiscard]] bool descend(std::size_t level, std::size_t block, const Fields& query,
                               const Confirm& confirm) const {
        std::uint32_t lanes = lanes_within(levels_[level].data() + block * fields_ * kLanes, query);
        while (lanes != 0) {
            const auto lane = static_cast<std::size_t>(31 - __builtin_clz(lanes));
            lanes ^= std::uint32_t{1} << lane;
            const std::size_t below = block * kLanes + lane;
            if (level == 0 ? confirm(below) : descend(level - 1, below, query, confirm)) {
                return true;
            }
        }
        return false;
    }
    /// Bit i: lane i of the block is nowhere above the query.
    [[nodiscard]] std::uint32_t lanes_within(const std::uint16_t* block, const Fields& query) const {
        return compare_(block, query.data(), fields_);
    }
    using Compare = std::uint32_t (*)(const std::uint16_t* block, const std::uint16_t* query,
                                      std::size_t fields);
    static Compare best_compare();

    Compare compare_ = best_compare();
    std::size_t fields_ = 0;
    std::size_t size_ = 0;
    /// levels_[0] holds the vectors; every level has at most kLanes^2 blocks for each one above it.
    std::vector<std::vector<std::uint16_t>> levels_;
};

/// The two ways of comparing a block, to check one against the other.
[[nodiscard]] std::uint32_t compare_block_portable(const std::uint16_t* block, const std::uint16_t* query,
                                                   std::size_t fields);
[[nodiscard]] std::uint32_t compare_block_avx2(const std::uint16_t* block, const std::uint16_t* query,
                                               std::size_t fields);
[[nodiscard]] bool has_avx2();

}  // namespace cleave
