// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/exponents.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace cleave {
namespace {

constexpr double kLargestWeight = 127;
constexpr double kLeastWeight = -128;

/// Exponents are small, and networks have millions of weights: without a call of std::ldexp.
double power_of_two(int exponent) {
    constexpr int kBias = 1023;
    constexpr int kFractionBits = 52;
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kBias) << kFractionBits);
}

}  // namespace

int least_exponent(double value, double limit, int from) {
    int exponent = from;
    while (exponent < kLargestExponent && value > std::ldexp(limit, exponent)) {
        ++exponent;
    }
    return exponent;
}

int fitting_exponent(double largest) {
    return largest > 0 ? least_exponent(largest, kLargestWeight, -kLargestExponent) : 0;
}

double rounded_weight(double weight, int exponent) {
    return std::clamp(std::nearbyint(weight * power_of_two(-exponent)), kLeastWeight, kLargestWeight);
}

}  // namespace cleave
