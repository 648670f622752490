// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/quantity.hpp"

#include <catch2/catch.hpp>

#include <type_traits>

using namespace cleave;

namespace {

template <class A, class B, class = void>
struct CanAdd : std::false_type {};
template <class A, class B>
struct CanAdd<A, B, std::void_t<decltype(std::declval<A>() + std::declval<B>())>> : std::true_type {};

template <class A, class B, class = void>
struct CanCompare : std::false_type {};
template <class A, class B>
struct CanCompare<A, B, std::void_t<decltype(std::declval<A>() < std::declval<B>())>> : std::true_type {};

// Products and quotients have the dimension they should have.
static_assert(std::is_same_v<decltype(Watts{} * Seconds{}), Joules>);
static_assert(std::is_same_v<decltype(Joules{} / Seconds{}), Watts>);
static_assert(std::is_same_v<decltype(Bytes{} / BytesPerSecond{}), Seconds>);
static_assert(std::is_same_v<decltype(JoulesPerByte{} * Bytes{}), Joules>);
static_assert(std::is_same_v<decltype(Operations{} / OperationsPerSecond{}), Seconds>);
static_assert(std::is_same_v<decltype(JoulesPerOperation{} * Operations{}), Joules>);
static_assert(std::is_same_v<decltype(SecondsPerOperation{} * Operations{}), Seconds>);
static_assert(std::is_same_v<decltype(Hertz{} * Seconds{}), double>);
static_assert(std::is_same_v<decltype(Seconds{} / Seconds{}), double>);
static_assert(std::is_same_v<decltype(2.0 * Seconds{}), Seconds>);
static_assert(std::is_same_v<decltype(Seconds{} / 2.0), Seconds>);

// Unlike dimensions do not mix, and a plain number is no quantity.
static_assert(CanAdd<Seconds, Seconds>::value);
static_assert(!CanAdd<Seconds, Joules>::value);
static_assert(!CanAdd<Watts, Joules>::value);
static_assert(!CanAdd<Bytes, Operations>::value);
static_assert(!CanAdd<Seconds, double>::value);
static_assert(!CanCompare<Seconds, Joules>::value);
static_assert(!std::is_convertible_v<double, Seconds>);
static_assert(!std::is_convertible_v<Seconds, double>);
static_assert(!std::is_convertible_v<Seconds, Joules>);

}  // namespace

TEST_CASE("quantities compute with their magnitudes", "[units]") {
    CHECK(Seconds{}.value() == 0);
    CHECK((Watts(4) * Seconds(0.5)).value() == 2);
    CHECK((Bytes(3e9) / BytesPerSecond(1.5e9)).value() == 2);
    CHECK(Seconds(6) / Seconds(3) == 2);
    CHECK((Seconds(1) + Seconds(2) - Seconds(0.5)).value() == 2.5);
    CHECK(Seconds(1) < Seconds(2));
    Joules sum(1);
    sum += Joules(2);
    sum -= Joules(0.5);
    sum *= 4;
    CHECK(sum == Joules(10));
}
