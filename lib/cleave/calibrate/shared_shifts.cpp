// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/shared_shifts.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// What predictions of a like device are off by in the logarithm, once fitted.
constexpr double kResidual = 0.1;
/// Of a factor, either way.
constexpr double kMostShift = 1e6;

}  // namespace

SharedShifts::SharedShifts(const std::vector<Kinship>& kinship, std::vector<double> base, Nearness nearness)
    : base_(std::move(base)), powers_(base_.size()) {
    const auto add_shift = [&](const char* name, double deviation, const auto& power) {
        parameters_.push_back({name, 1 / kMostShift, kMostShift, FitParameter::Scale::logarithmic, 1,
                               deviation > 0 ? std::pow(kResidual / deviation, 2) : 0});
        for (std::size_t i = 0; i < powers_.size(); ++i) {
            powers_[i].push_back(power(i));
        }
    };
    add_shift("common", 0, [&](std::size_t i) { return kinship[i].common; });
    std::set<std::size_t> groups;
    for (const Kinship& one : kinship) {
        if (one.common != 0 && nearness.group > 0) {
            groups.insert(one.group);
        }
    }
    for (const std::size_t group : groups) {
        add_shift("group", nearness.group,
                  [&](std::size_t i) { return kinship[i].group == group ? kinship[i].common : 0.0; });
    }
    for (std::size_t own = 0; own < kinship.size(); ++own) {
        const double deviation = std::max(nearness.own, kinship[own].own);
        if (deviation > 0) {
            add_shift("own", deviation, [&](std::size_t i) { return i == own ? 1.0 : 0.0; });
        }
    }
}

std::vector<double> SharedShifts::values(std::span<const double> shifts) const {
    std::vector<double> values = base_;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < shifts.size(); ++j) {
            sum += powers_[i][j] * std::log(shifts[j]);
        }
        values[i] *= std::exp(sum);
    }
    return values;
}

FitResult SharedShifts::values(const FitResult& shifts) const {
    const std::size_t n = base_.size();
    const std::size_t m = parameters_.size();
    FitResult result;
    result.parameters = values(shifts.parameters);
    result.cost = shifts.cost;
    result.converged = shifts.converged;
    result.at_bound.assign(n, false);
    const auto covariance = [&](std::size_t i, std::size_t j) {
        double sum = 0;
        for (std::size_t k = 0; k < m; ++k) {
            for (std::size_t l = 0; l < m; ++l) {
                sum += powers_[i][k] * shifts.covariance[k * m + l] * powers_[j][l];
            }
        }
        return sum;
    };
    for (std::size_t i = 0; i < n; ++i) {
        const double own = covariance(i, i);
        result.standard_errors.push_back(std::sqrt(std::max(own, 0.0)) * result.parameters[i]);
        for (std::size_t j = 0; j < n; ++j) {
            const double both = covariance(i, j);
            const double scale = std::sqrt(own * covariance(j, j));
            result.covariance.push_back(both);
            result.correlation.push_back(i == j ? 1 : scale > 0 ? both / scale : 0);
        }
    }
    return result;
}

}  // namespace cleave
