// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/exponents.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

constexpr double kLargestWeight = 127;
constexpr double kLeastWeight = -128;

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
    return std::clamp(std::nearbyint(std::ldexp(weight, -exponent)), kLeastWeight, kLargestWeight);
}

}  // namespace cleave
