// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace cleave {

/// Dimensions that a text with a unit can have.
enum class Dimension {
    time,
    frequency,
    power,
    energy,
    data_size,
    bandwidth,
    mac_rate,
    energy_per_mac,
    energy_per_byte,
    power_per_alm,
    power_per_m20k,
    power_per_dsp,
};

/// Which zeros a number may take; negative numbers are never allowed.
enum class Zero { allowed, forbidden };

/// What a text must be: "(a power such as '0.64 W' is needed)".
[[nodiscard]] std::string needed_text(Dimension dimension);

/// Reads "76 MHz" or "76MHz" to SI units, rounded once from the decimal text.
/// @return the value, or what is wrong with the text and what is allowed.
[[nodiscard]] std::variant<double, std::string> read_quantity(std::string_view text, Dimension dimension,
                                                              Zero zero);

/// Reads a plain finite decimal number.
/// @return the value, or what is wrong with the text.
[[nodiscard]] std::variant<double, std::string> read_number(std::string_view text);

/// The dimension of a quantity type.
template <class Q>
inline constexpr Dimension kDimensionOf = Q::has_no_dimension_in_text;
template <>
inline constexpr Dimension kDimensionOf<Seconds> = Dimension::time;
template <>
inline constexpr Dimension kDimensionOf<Hertz> = Dimension::frequency;
template <>
inline constexpr Dimension kDimensionOf<Watts> = Dimension::power;
template <>
inline constexpr Dimension kDimensionOf<Joules> = Dimension::energy;
template <>
inline constexpr Dimension kDimensionOf<Bytes> = Dimension::data_size;
template <>
inline constexpr Dimension kDimensionOf<BytesPerSecond> = Dimension::bandwidth;
template <>
inline constexpr Dimension kDimensionOf<OperationsPerSecond> = Dimension::mac_rate;
template <>
inline constexpr Dimension kDimensionOf<JoulesPerOperation> = Dimension::energy_per_mac;
template <>
inline constexpr Dimension kDimensionOf<JoulesPerByte> = Dimension::energy_per_byte;

}  // namespace cleave
