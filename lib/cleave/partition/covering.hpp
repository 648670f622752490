// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave {

/// Points with N costs, of which it answers whether one is nowhere above another point. Blocks whose minima
/// are above it somewhere are skipped, and the one that answered last is asked first.
template <std::size_t N>
class Covering {
public:
    using Costs = std::array<std::int64_t, N>;

    [[nodiscard]] bool any(const Costs& other) {
        if (last_ < least_.size() && any_in(last_, other)) {
            return true;
        }
        for (std::size_t block = 0; block < least_.size(); ++block) {
            if (block != last_ && any_in(block, other)) {
                last_ = block;
                return true;
            }
        }
        return false;
    }
    void add(const Costs& one) {
        if (all_.size() % kBlock == 0) {
            least_.push_back(one);
        }
        Costs& least = least_.back();
        for (std::size_t i = 0; i < N; ++i) {
            least[i] = std::min(least[i], one[i]);
        }
        all_.push_back(one);
    }

private:
    static constexpr std::size_t kBlock = 16;

    static bool covers(const Costs& a, const Costs& b) {
        // Without a branch for each, so that several are compared at a time.
        bool above = false;
        for (std::size_t i = 0; i < N; ++i) {
            above |= a[i] > b[i];
        }
        return !above;
    }
    [[nodiscard]] bool any_in(std::size_t block, const Costs& other) const {
        if (!covers(least_[block], other)) {
            return false;
        }
        const std::size_t end = std::min(all_.size(), (block + 1) * kBlock);
        for (std::size_t i = block * kBlock; i < end; ++i) {
            if (covers(all_[i], other)) {
                return true;
            }
        }
        return false;
    }

    std::vector<Costs> all_;
    std::vector<Costs> least_;
    std::size_t last_ = 0;
};

}  // namespace cleave
