// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/kernel_spread.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <map>

namespace cleave {
namespace {

constexpr double kShare = 0.9;
/// Nine in ten of a normal distribution.
constexpr double kDeviations = 1.645;
constexpr double kMostSpread = 2;
/// What errs by less is known as well as a model file tells it.
constexpr double kLeastVariance = 1e-8;

/// Sum of the squared shares that unlike kernels have of a row's time.
double squared_shares(const std::vector<KernelRow>& rows, const KernelSet& set, double roof_exponent) {
    std::map<std::uint64_t, double> times;
    double all = 0;
    for (const KernelRow& row : rows) {
        const KernelParams& params = set[static_cast<std::size_t>(row.features.kind)];
        const double time = row.count * kernel_time(row.features, params, roof_exponent, 1.0).value();
        times[row.key] += time;
        all += time;
    }
    double squares = 0;
    for (const auto& [key, time] : times) {
        squares += time / all * (time / all);
    }
    return squares;
}

}  // namespace

double kernel_spread(const TargetFit& fit, const std::vector<std::vector<KernelRow>>& kernels,
                     const KernelSet& set, double roof_exponent) {
    const std::vector<Prediction>& predictions = fit.for_spread();
    // The spread that just covers each row.
    std::vector<double> needed;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const double error = std::log(predictions[i].predicted / predictions[i].measured) / kDeviations;
        const LeftOpen& open = fit.left_open[i];
        const double shares = kernels.empty() ? 1 : squared_shares(kernels[open.row], set, roof_exponent);
        needed.push_back(std::sqrt(std::max(0.0, error * error - open.deviation * open.deviation) / shares));
    }
    if (needed.empty()) {
        return 0;
    }
    const auto at = needed.begin() +
                    static_cast<std::ptrdiff_t>(std::ceil(kShare * static_cast<double>(needed.size())) - 1);
    std::nth_element(needed.begin(), at, needed.end());
    return std::min(*at, kMostSpread);
}

JointError joint_error(const TargetFit& fit) {
    const std::size_t n = fit.names.size();
    JointError error;
    std::vector<std::size_t> places;
    for (const auto& [figure, name] : names_of(KernelFigure{})) {
        const auto found = std::find(fit.names.begin(), fit.names.end(), name);
        const auto place = static_cast<std::size_t>(found - fit.names.begin());
        if (found == fit.names.end()) {
            continue;
        }
        if (fit.fit.covariance[place * n + place] > kLeastVariance || fit.undetermined[place] > 0) {
            error.figures.push_back(figure);
            places.push_back(place);
        }
    }
    // What is not determined is off by itself.
    const auto covariance_of = [&](std::size_t i, std::size_t j) {
        if (fit.undetermined[i] > 0 || fit.undetermined[j] > 0) {
            const double spread = std::min(fit.undetermined[i], JointError::kMost);
            return i == j ? spread * spread : 0.0;
        }
        return fit.fit.covariance[i * n + j];
    };
    const auto m = static_cast<Eigen::Index>(places.size());
    Eigen::MatrixXd covariance(m, m);
    for (Eigen::Index i = 0; i < m; ++i) {
        for (Eigen::Index j = 0; j < m; ++j) {
            covariance(i, j) =
                covariance_of(places[static_cast<std::size_t>(i)], places[static_cast<std::size_t>(j)]);
        }
    }
    const Eigen::MatrixXd factor = covariance.llt().matrixL();
    for (Eigen::Index i = 0; i < m; ++i) {
        std::vector<double>& row = error.factor.emplace_back();
        for (Eigen::Index j = 0; j <= i; ++j) {
            row.push_back(factor(i, j));
        }
    }
    return error;
}

}  // namespace cleave
