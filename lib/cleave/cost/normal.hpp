// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace cleave {

/// The finaliser of SplitMix64: neighbouring numbers give unrelated ones.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

/// Standard normal numbers from SplitMix64 (Steele, Lea, Flood 2014): the same sequence everywhere, unlike
/// the standard library's distributions.
class Normal {
public:
    explicit Normal(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 0x2545f4914f6cdd1dU) {}

    double next() {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }
    /// exp(spread z), one z for each call, whatever the spread.
    double factor(double spread) { return std::exp(spread * next()); }

private:
    double uniform() {
        state_ += 0x9e3779b97f4a7c15U;
        return static_cast<double>(mix_bits(state_) >> 11U) * 0x1p-53;
    }
    std::uint64_t state_;
};

}  // namespace cleave
