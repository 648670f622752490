// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/exact.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace cleave;

TEST_CASE("values round to the nearest tick, halves away from zero", "[units]") {
    CHECK(round_exact(Seconds(1)).ticks() == 1'000'000'000);
    CHECK(round_exact(Joules(1)).ticks() == 1'000'000'000'000);
    CHECK(round_exact(Watts(1)).ticks() == 1'000);
    CHECK(round_exact(Watts(0.0014)).ticks() == 1);
    // 0.0625 W are 62.5 mW exactly.
    CHECK(round_exact(Watts(0.0625)).ticks() == 63);
    CHECK(round_exact(Watts(-0.0625)).ticks() == -63);
    CHECK(round_exact(Seconds(0.4e-9)).ticks() == 0);
    CHECK(round_exact(Seconds(0.6e-9)).ticks() == 1);
    CHECK(round_exact(Joules(12.3456e-9)).ticks() == 12346);
}

TEST_CASE("what does not fit exact arithmetic is refused", "[units]") {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    CHECK(round_exact(Seconds(1e6)).ticks() == 1'000'000'000'000'000);
    CHECK_THROWS_WITH(round_exact(Seconds(1.000001e6)),
                      "a time, energy or power is outside the range of exact arithmetic: a size, rate or "
                      "power of the input is out of proportion");
    CHECK_THROWS_AS(round_exact(Seconds(-1.000001e6)), OutOfProportion);
    CHECK_THROWS_AS(round_exact(Joules(1001)), OutOfProportion);
    CHECK_THROWS_AS(round_exact(Watts(1.1e12)), OutOfProportion);
    CHECK_THROWS_AS(round_exact(Seconds(kInfinity)), OutOfProportion);
    CHECK_THROWS_AS(round_exact(Joules(-kInfinity)), OutOfProportion);
    CHECK_THROWS_AS(round_exact(Watts(std::numeric_limits<double>::quiet_NaN())), OutOfProportion);
}

TEST_CASE("power times time is exact energy", "[units]") {
    // 1 mW * 1 ns = 1 pJ.
    static_assert((Milliwatts(1) * Nanoseconds(1)).ticks() == 1);
    CHECK(Milliwatts(1720) * Nanoseconds(1'000'000) == Picojoules(1'720'000'000));
    CHECK(Milliwatts(3) * Nanoseconds(5) == Picojoules(15));
}

TEST_CASE("sums of ticks are exact", "[units]") {
    Nanoseconds sum(1);
    sum += Nanoseconds(2);
    CHECK(sum - Nanoseconds(4) == Nanoseconds(-1));
    CHECK(Nanoseconds(1) + Nanoseconds(2) == Nanoseconds(3));
    CHECK(Nanoseconds(1) < Nanoseconds(2));
    // 0.1 ns does not disturb 10^6 s.
    CHECK(round_exact(Seconds(1e6)) + round_exact(Seconds(1e-9)) - round_exact(Seconds(1e6)) ==
          Nanoseconds(1));
}

TEST_CASE("ticks and SI units are the same values", "[units]") {
    CHECK(to_si(Nanoseconds(1'500'000'000)).value() == 1.5);
    CHECK(to_si(Picojoules(250'000'000'000)).value() == 0.25);
    CHECK(to_si(Milliwatts(1720)).value() == 1.72);
    for (const std::int64_t ticks : {0, 1, 7, 12'345'678}) {
        CHECK(round_exact(to_si(Nanoseconds(ticks))).ticks() == ticks);
        CHECK(round_exact(to_si(Picojoules(ticks))).ticks() == ticks);
        CHECK(round_exact(to_si(Milliwatts(ticks))).ticks() == ticks);
    }
}
