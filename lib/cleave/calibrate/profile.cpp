// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/profile.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cleave {
namespace {

/// Nine in ten of a normal distribution.
constexpr double kProfileDeviations = 1.645;
/// What is off by more, a factor of e on a logarithmic scale, is not determined.
constexpr double kUndetermined = 1;
/// Halvings of a range: to a hundredth of it.
constexpr int kHalvings = 7;

double on_scale(const FitParameter& parameter, double value) {
    return parameter.scale == FitParameter::Scale::logarithmic ? std::log(value) : value;
}

double off_scale(const FitParameter& parameter, double x) {
    return parameter.scale == FitParameter::Scale::logarithmic ? std::exp(x) : x;
}

class Profile {
public:
    Profile(const std::vector<FitParameter>& parameters, std::size_t rows, const Residuals& residuals,
            const FitOptions& options, const FitResult& result)
        : parameters_(parameters), rows_(rows), residuals_(residuals), options_(options), result_(result) {
        options_.extra_starts = 0;
        const auto n = static_cast<double>(rows);
        const std::set<std::size_t> clusters(options.clusters.begin(), options.clusters.end());
        const double alike = clusters.size() > 1 ? n / static_cast<double>(clusters.size()) : 1;
        const double freedom = std::max(1.0, n - static_cast<double>(parameters.size()));
        allowed_ = result.cost + kProfileDeviations * kProfileDeviations * result.cost / freedom * alike;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            parameters_[i].start = result.parameters[i];
        }
    }

    /// How far parameter i can be moved towards one end of its range.
    [[nodiscard]] double reach(std::size_t i, double end) const {
        const double from = on_scale(parameters_[i], result_.parameters[i]);
        const double to = on_scale(parameters_[i], end);
        if (cost_at(i, to) <= allowed_) {
            return std::abs(to - from);
        }
        double inside = 0;
        double outside = 1;
        for (int step = 0; step < kHalvings; ++step) {
            const double middle = (inside + outside) / 2;
            (cost_at(i, from + middle * (to - from)) <= allowed_ ? inside : outside) = middle;
        }
        return outside * std::abs(to - from);
    }

private:
    /// The least loss with parameter i held there.
    [[nodiscard]] double cost_at(std::size_t i, double x) const {
        std::vector<FitParameter> held = parameters_;
        held[i].start = std::clamp(off_scale(held[i], x), held[i].lower, held[i].upper);
        held[i].lower = held[i].upper = held[i].start;
        return fit(held, rows_, residuals_, options_).cost;
    }

    std::vector<FitParameter> parameters_;
    std::size_t rows_;
    const Residuals& residuals_;
    FitOptions options_;
    const FitResult& result_;
    double allowed_ = 0;
};

}  // namespace

std::vector<double> undetermined_spread(const std::vector<FitParameter>& parameters, std::size_t rows,
                                        const Residuals& residuals, const FitOptions& options,
                                        const FitResult& result) {
    const Profile profile(parameters, rows, residuals, options, result);
    const std::size_t n = parameters.size();
    std::vector<double> spread(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        const double variance = result.covariance[i * n + i];
        if (variance > 0 && variance < kUndetermined) {
            continue;
        }
        const double reach =
            std::max(profile.reach(i, parameters[i].lower), profile.reach(i, parameters[i].upper));
        spread[i] = reach / kProfileDeviations;
    }
    return spread;
}

}  // namespace cleave
