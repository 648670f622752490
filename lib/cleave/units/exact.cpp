// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/exact.hpp"

#include <cmath>

namespace cleave {
namespace {

constexpr double kMostTicks = 1e15;

std::int64_t round_ticks(double ticks) {
    if (!std::isfinite(ticks) || std::abs(ticks) > kMostTicks) {
        throw OutOfProportion("a time, energy or power is outside the range of exact arithmetic");
    }
    return std::llround(ticks);
}

}  // namespace

Nanoseconds round_exact(Seconds time) { return Nanoseconds(round_ticks(time.value() * 1e9)); }
Picojoules round_exact(Joules energy) { return Picojoules(round_ticks(energy.value() * 1e12)); }
Milliwatts round_exact(Watts power) { return Milliwatts(round_ticks(power.value() * 1e3)); }

}  // namespace cleave
