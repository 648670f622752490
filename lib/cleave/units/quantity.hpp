// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

namespace cleave {

/// A double in SI units whose dimension is part of its type: second^T * joule^E * byte^B * operation^O.
/// Adding unlike dimensions does not compile; a product or quotient has the dimension it should have, and a
/// dimensionless one is a plain double.
template <int T, int E, int B, int O>
class Quantity {
public:
    constexpr Quantity() = default;
    constexpr explicit Quantity(double si) : value_(si) {}

    /// The magnitude in SI units (seconds, joules, bytes, operations and their products).
    [[nodiscard]] constexpr double value() const { return value_; }

    constexpr Quantity& operator+=(Quantity other) {
        value_ += other.value_;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        value_ -= other.value_;
        return *this;
    }
    constexpr Quantity& operator*=(double factor) {
        value_ *= factor;
        return *this;
    }

    friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
    friend constexpr Quantity operator*(Quantity a, double factor) { return Quantity(a.value_ * factor); }
    friend constexpr Quantity operator*(double factor, Quantity a) { return Quantity(a.value_ * factor); }
    friend constexpr Quantity operator/(Quantity a, double divisor) { return Quantity(a.value_ / divisor); }
    friend constexpr auto operator<=>(Quantity, Quantity) = default;

private:
    double value_ = 0.0;
};

namespace detail {
template <int T, int E, int B, int O>
constexpr auto make_quantity(double si) {
    if constexpr (T == 0 && E == 0 && B == 0 && O == 0) {
        return si;
    } else {
        return Quantity<T, E, B, O>(si);
    }
}
}  // namespace detail

template <int T1, int E1, int B1, int O1, int T2, int E2, int B2, int O2>
constexpr auto operator*(Quantity<T1, E1, B1, O1> a, Quantity<T2, E2, B2, O2> b) {
    return detail::make_quantity<T1 + T2, E1 + E2, B1 + B2, O1 + O2>(a.value() * b.value());
}

template <int T1, int E1, int B1, int O1, int T2, int E2, int B2, int O2>
constexpr auto operator/(Quantity<T1, E1, B1, O1> a, Quantity<T2, E2, B2, O2> b) {
    return detail::make_quantity<T1 - T2, E1 - E2, B1 - B2, O1 - O2>(a.value() / b.value());
}

using Seconds = Quantity<1, 0, 0, 0>;
using Hertz = Quantity<-1, 0, 0, 0>;
using Joules = Quantity<0, 1, 0, 0>;
using Watts = Quantity<-1, 1, 0, 0>;
using Bytes = Quantity<0, 0, 1, 0>;
using BytesPerSecond = Quantity<-1, 0, 1, 0>;
using JoulesPerByte = Quantity<0, 1, -1, 0>;
using Operations = Quantity<0, 0, 0, 1>;
using OperationsPerSecond = Quantity<-1, 0, 0, 1>;
using JoulesPerOperation = Quantity<0, 1, 0, -1>;
using SecondsPerOperation = Quantity<1, 0, 0, -1>;

}  // namespace cleave
