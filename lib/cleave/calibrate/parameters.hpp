// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/least_squares.hpp"
#include "cleave/calibrate/metrics.hpp"

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
/// and where the fit starts.
template <class P>
struct FitField {
    template <class Q>
    FitField(const char* name, Q P::*field, std::type_identity_t<Q> lower, std::type_identity_t<Q> upper,
             std::type_identity_t<Q> start)
        : parameter{name, si_value(lower), si_value(upper), FitParameter::Scale::logarithmic,
                    si_value(start)},
          set([field](P& parameters, double si) { parameters.*field = Q(si); }) {}

    FitParameter parameter;
    /// Sets the field from a number in SI units.
    std::function<void(P&, double)> set;
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

/// Numbers in the order of `fields` by name: the only place where parameters are told apart by position.
template <class P>
[[nodiscard]] P named(const FitFields<P>& fields, std::span<const double> numbers) {
    P parameters;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i].set(parameters, numbers[i]);
    }
    return parameters;
}

struct LeftOpen {
    std::size_t row = 0;
    double deviation = 0;
};

/// One quantity fitted: its parameters, and how well it predicts what it was and was not fitted to.
struct TargetFit {
    std::vector<std::string> names;
    FitResult fit;
    /// Of each parameter, undetermined_spread().
    std::vector<double> undetermined;
    std::vector<Prediction> in_sample;
    /// Each group of rows predicted by a fit to the others.
    std::vector<Prediction> held_out;
    /// Each family of groups likewise; empty where rows have no families, or too few.
    std::vector<Prediction> held_out_family;
    /// For each of for_spread(): which row it is, and the standard deviation of ln(predicted) that the fit to
    /// the other rows leaves open.
    std::vector<LeftOpen> left_open;

    /// The hardest hold-out that there is.
    [[nodiscard]] const std::vector<Prediction>& for_spread() const {
        return held_out_family.empty() ? held_out : held_out_family;
    }
};

/// The same with parameters and their standard errors by name. An error is infinite for a parameter at a
/// bound and no number for one of which the data say nothing.
template <class P>
struct NamedFit : TargetFit {
    NamedFit(const FitFields<P>& fields, FitResult result)
        : TargetFit{{}, std::move(result), {}, {}, {}, {}, {}}, value(named(fields, fit.parameters)) {
        std::vector<double> errors = fit.standard_errors;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            names.push_back(fields[i].parameter.name);
            if (std::isinf(errors[i]) && !fit.at_bound[i]) {
                errors[i] = std::numeric_limits<double>::quiet_NaN();
            }
        }
        standard_error = named(fields, errors);
    }

    P value;
    P standard_error;
};

}  // namespace cleave
