// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/least_squares.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace cleave {

/// How a parameter of a device goes with others of it.
struct Kinship {
    /// Power of the factor that all times (or all watts) of a device have in common: 1 for a time, -1 for a
    /// rate, 0 for what has none of it.
    double common = 0;
    /// Those of one group are off together besides.
    std::size_t group = 0;
    /// Least standard deviation of its own shift, for what says nothing of the device, such as how its power
    /// was measured.
    double own = 0;
};

/// Standard deviations, in the logarithm, of the shifts of groups and of single parameters from a base.
struct Nearness {
    double group = 0;
    double own = 0;
};
/// From the base times one number to parameters that are all but free.
inline constexpr std::array<Nearness, 7> kNearnesses{
    {{0, 0}, {0.3, 0}, {1, 0}, {0.3, 0.1}, {1, 0.1}, {1, 0.3}, {2, 1}}};

/// Parameters near a base: ln p_i = ln base_i + common_i (s + g_group(i)) + o_i, with normal priors of mean
/// zero on the shifts: s of all has none, g and o have the standard deviations of a Nearness. A ridge on
/// their squares is that prior for residuals off by kResidual.
class SharedShifts {
public:
    SharedShifts(const std::vector<Kinship>& kinship, std::vector<double> base, Nearness nearness);

    /// The shifts, as factors.
    [[nodiscard]] const std::vector<FitParameter>& parameters() const { return parameters_; }
    /// The parameters that these shifts give.
    [[nodiscard]] std::vector<double> values(std::span<const double> shifts) const;
    /// The same for a fit of the shifts, with the covariance of the parameters' logarithms: (J^T W J +
    /// ridge)^-1 times the variance of the residuals, taken to the parameters.
    [[nodiscard]] FitResult values(const FitResult& shifts) const;

private:
    std::vector<double> base_;
    std::vector<FitParameter> parameters_;
    /// Of each parameter, the power of each shift in it.
    std::vector<std::vector<double>> powers_;
};

}  // namespace cleave
