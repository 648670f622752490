// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cleave {

/// A parameter of a fit and the range it must stay in. Positive parameters are moved on a logarithmic scale.
struct FitParameter {
    std::string name;
    double lower = 0;
    double upper = 0;
    enum class Scale { logarithmic, linear } scale = Scale::logarithmic;
    /// Where the first start begins.
    double start = 0;
    /// Penalty on its distance from `start`, besides FitOptions::ridge.
    double ridge = 0;
};

/// Fills `residuals` (one for each row, dimensionless: relative errors) at the given parameters. Must be a
/// pure function of them.
using Residuals = std::function<void(std::span<const double> parameters, std::span<double> residuals)>;

struct FitOptions {
    /// Residuals beyond this count linearly rather than squared (pseudo-Huber), so that single bad rows do
    /// not decide.
    double robust_scale = 0.1;
    /// Starts besides the given one, spread over the box by a Halton sequence: the same on every run.
    std::size_t extra_starts = 0;
    std::size_t most_iterations = 200;
    /// Penalty on the distance from `start`, on each parameter's own scale (ridge). Keeps what the data do
    /// not determine where it began. 0: none.
    double ridge = 0;
    /// Cluster of each row, if rows of one cluster err alike: the covariance then comes from how clusters
    /// pull at the parameters (H^-1 sum g g^T H^-1 with the gradient g of each cluster, times n / (n - 1) for
    /// n clusters), not from the variance of single residuals. Empty, or a single cluster: it does.
    std::vector<std::size_t> clusters{};
};

struct FitResult {
    std::vector<double> parameters;
    double cost = 0;
    /// From the curvature at the optimum, in the parameters' own units. Infinite where the data say nothing.
    std::vector<double> standard_errors;
    /// Row-major correlation matrix of the parameters.
    std::vector<double> correlation;
    /// Covariance on the fitting scale (logarithms for logarithmic parameters), row-major: for drawing
    /// models.
    std::vector<double> covariance;
    /// True for a parameter that ended at a bound.
    std::vector<bool> at_bound;
    bool converged = false;
};

/// Minimises the sum of pseudo-Huber losses over the box with a damped Gauss-Newton (Levenberg-Marquardt)
/// method that holds parameters at bounds which they push against. The best of all starts. Deterministic.
/// @throws std::invalid_argument for no parameters, an empty or reversed range, fewer rows than parameters
///         without a ridge of their own, or residuals that are not finite at the start.
[[nodiscard]] FitResult fit(const std::vector<FitParameter>& parameters, std::size_t rows,
                            const Residuals& residuals, const FitOptions& options = {});

}  // namespace cleave
