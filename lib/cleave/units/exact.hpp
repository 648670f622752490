// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace cleave {

/// Figures of the input that no exact arithmetic can hold, such as a link of a byte a second.
struct OutOfProportion : std::overflow_error {
    explicit OutOfProportion(const std::string& what)
        : overflow_error(what + ": a size, rate or power of the input is out of proportion") {}
};

/// A whole number of ticks of one dimension. Sums are exact and do not depend on their order, which is what
/// makes "dominated" a statement without a tolerance and results independent of the thread count.
template <class Tag>
class Exact {
public:
    constexpr Exact() = default;
    constexpr explicit Exact(std::int64_t ticks) : ticks_(ticks) {}

    [[nodiscard]] constexpr std::int64_t ticks() const { return ticks_; }

    constexpr Exact& operator+=(Exact other) {
        ticks_ += other.ticks_;
        return *this;
    }
    friend constexpr Exact operator+(Exact a, Exact b) { return Exact(a.ticks_ + b.ticks_); }
    friend constexpr Exact operator-(Exact a, Exact b) { return Exact(a.ticks_ - b.ticks_); }
    friend constexpr auto operator<=>(Exact, Exact) = default;

private:
    std::int64_t ticks_ = 0;
};

/// Time in whole nanoseconds, energy in whole picojoules, power in whole milliwatts: 1 mW * 1 ns = 1 pJ, so
/// the energy of a constant power over a time is exact as well.
using Nanoseconds = Exact<struct TimeTag>;
using Picojoules = Exact<struct EnergyTag>;
using Milliwatts = Exact<struct PowerTag>;

constexpr Picojoules operator*(Milliwatts power, Nanoseconds time) {
    return Picojoules(power.ticks() * time.ticks());
}

/// Round to the nearest tick, halves away from zero.
/// @throws OutOfProportion when the value is not finite or exceeds 10^15 ticks (11 days, 1 kJ): beyond that
/// sums over a network could leave the 64-bit range.
[[nodiscard]] Nanoseconds round_exact(Seconds time);
[[nodiscard]] Picojoules round_exact(Joules energy);
[[nodiscard]] Milliwatts round_exact(Watts power);

[[nodiscard]] constexpr Seconds to_si(Nanoseconds time) {
    return Seconds(static_cast<double>(time.ticks()) / 1e9);
}
[[nodiscard]] constexpr Joules to_si(Picojoules energy) {
    return Joules(static_cast<double>(energy.ticks()) / 1e12);
}
[[nodiscard]] constexpr Watts to_si(Milliwatts power) {
    return Watts(static_cast<double>(power.ticks()) / 1e3);
}

}  // namespace cleave
