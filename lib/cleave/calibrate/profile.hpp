// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/least_squares.hpp"

#include <vector>

namespace cleave {

/// Standard deviations, on the fitting scale, of the parameters that a fit does not determine: those that
/// ended at a bound, do not matter to any row, or are off by a factor of e and more. Zero for all others.
///
/// A parameter is moved away from where it ended while the others are fitted again, until the loss has risen
/// by more than chance explains, or it comes to the end of its range: z^2 / 2 s^2 n / c with z = 1.645, s^2 =
/// 2 loss / (n - p) and n rows in c clusters, whose rows may err alike. That distance, into the range from a
/// bound, else the longer of both ways, is z standard deviations: the draws between the 5th and the 95th
/// percentile are those that the data do not rule out. (Profile likelihood: Venzon and Moolgavkar 1988.)
/// @param options  as of the fit that gave `result`
[[nodiscard]] std::vector<double> undetermined_spread(const std::vector<FitParameter>& parameters,
                                                      std::size_t rows, const Residuals& residuals,
                                                      const FitOptions& options, const FitResult& result);

}  // namespace cleave
