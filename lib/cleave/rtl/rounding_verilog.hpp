// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// Wire `scaled` of scaled_bits(), from a signed wire or register of so many bits: that by 2^shift, rounded
/// to nearest, halves to even. A negative shift multiplies.
/// @param bits  that hold half of 2^shift more, too
[[nodiscard]] std::string scaled_text(const std::string& from, std::int64_t bits, std::int64_t shift);
[[nodiscard]] std::int64_t scaled_bits(std::int64_t bits, std::int64_t shift);

/// What a constant adds in front of rounded_text(): half of 2^shift, or nothing where that does not round.
[[nodiscard]] std::int64_t rounding_half(std::int64_t bits, std::int64_t shift);
/// As scaled_text(), of what rounding_half() was added to.
[[nodiscard]] std::string rounded_text(const std::string& from, std::int64_t bits, std::int64_t shift);

/// An expression of 8 bits: `scaled`, of so many bits, limited.
[[nodiscard]] std::string limited_text(std::int64_t bits, std::int64_t low, std::int64_t high);

/// A wire or register of so many bits, as wide as exact results are.
[[nodiscard]] std::string exact_text(const std::string& from, std::int64_t bits, std::int64_t result_bits);

/// A quotient of a lane that divides by one of a few numbers.
struct Division {
    /// A signed wire, its bits, and what divides it: value * 2^scale / divisor, rounded to nearest, halves to
    /// even.
    std::string value;
    std::int64_t bits = 0;
    std::int64_t scale = 0;
    std::vector<std::int64_t> divisors;
    /// Which of several: a wire, of unsigned_bits(divisors.size() - 1) bits.
    std::string pick = {};
    std::int64_t low = -128;
    std::int64_t high = 127;
    /// When it goes on: a wire, or 1'b1.
    std::string enable = "1'b1";
};
/// kDivisionStages clocks from `value` to the register `quotient`, 8 bits.
[[nodiscard]] std::string division_text(const Division& division);

}  // namespace cleave
