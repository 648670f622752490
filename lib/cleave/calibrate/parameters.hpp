// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/target_fit.hpp"

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cleave {

[[nodiscard]] constexpr double si_value(double number) { return number; }
template <class Q>
[[nodiscard]] constexpr double si_value(Q quantity) {
    return quantity.value();
}

/// A positive parameter of a fit: the field of a struct P that it is, its name, the range that it stays in
/// and where the fit starts; and how it moves from one device to a like one.
template <class P>
struct FitField {
    template <class Q>
    FitField(const char* name, Q P::*field, std::type_identity_t<Q> lower, std::type_identity_t<Q> upper,
             std::type_identity_t<Q> start, Kinship kin = {})
        : parameter{name, si_value(lower), si_value(upper), FitParameter::Scale::logarithmic,
                    si_value(start)},
          kinship(kin),
          set([field](P& parameters, double si) { parameters.*field = Q(si); }),
          get([field](const P& parameters) { return si_value(parameters.*field); }) {}

    FitParameter parameter;
    Kinship kinship;
    /// Sets the field from a number in SI units.
    std::function<void(P&, double)> set;
    std::function<double(const P&)> get;
};

template <class P>
using FitFields = std::vector<FitField<P>>;

template <class P>
[[nodiscard]] std::vector<FitParameter> parameters_of(const FitFields<P>& fields) {
    std::vector<FitParameter> parameters;
    for (const FitField<P>& field : fields) {
        parameters.push_back(field.parameter);
    }
    return parameters;
}

/// Of each parameter, its value in `values` (SI).
template <class P>
[[nodiscard]] std::vector<double> numbers_of(const FitFields<P>& fields, const P& values) {
    std::vector<double> numbers;
    for (const FitField<P>& field : fields) {
        numbers.push_back(field.get(values));
    }
    return numbers;
}
template <class P>
[[nodiscard]] std::vector<Kinship> kinship_of(const FitFields<P>& fields) {
    std::vector<Kinship> all;
    for (const FitField<P>& field : fields) {
        all.push_back(field.kinship);
    }
    return all;
}

/// Numbers in the order of `fields` by name: the only place where parameters are told apart by position.
template <class P>
[[nodiscard]] P named(const FitFields<P>& fields, std::span<const double> numbers) {
    P parameters;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i].set(parameters, numbers[i]);
    }
    return parameters;
}

/// The same with parameters and their standard errors by name. An error is infinite for a parameter at a
/// bound and no number for one of which the data say nothing.
template <class P>
struct NamedFit : TargetFit {
    NamedFit(const FitFields<P>& fields, TargetFit target)
        : TargetFit(std::move(target)), value(named(fields, fit.parameters)) {
        std::vector<double> errors = fit.standard_errors;
        names.clear();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            names.push_back(fields[i].parameter.name);
            if (std::isinf(errors[i]) && !fit.at_bound[i]) {
                errors[i] = std::numeric_limits<double>::quiet_NaN();
            }
        }
        standard_error = named(fields, errors);
    }
    NamedFit(const FitFields<P>& fields, FitResult result)
        : NamedFit(fields, TargetFit{{}, std::move(result), {}, {}, {}, {}, {}, {}}) {}

    P value;
    P standard_error;
};

}  // namespace cleave
