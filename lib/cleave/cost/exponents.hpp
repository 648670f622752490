// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cleave {

/// The exponent of numbers in fixed point lies in -60..60.
constexpr int kLargestExponent = 60;

/// The least e >= `from` with value <= limit * 2^e; at most kLargestExponent.
[[nodiscard]] int least_exponent(double value, double limit, int from);

/// The format of numbers of at most this absolute value in 8 bits: the least e with largest <= 127 * 2^e,
/// limited to +-kLargestExponent; 0 if all numbers are 0.
[[nodiscard]] int fitting_exponent(double largest);

/// A number over 2^exponent, rounded to the nearest whole number, halves to even, limited to -128..127.
[[nodiscard]] double rounded_weight(double weight, int exponent);

}  // namespace cleave
