// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/target_fit.hpp"

#include "cleave/calibrate/profile.hpp"
#include "cleave/units/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace cleave {
namespace {

using Rows = std::vector<std::size_t>;

constexpr std::size_t kFolds = 10;
/// Groups of which each is left out by itself to choose how near a base a fit stays.
constexpr std::size_t kMostAlone = 20;
/// A family held out of fewer leaves too little to fit to.
constexpr std::size_t kLeastFamilies = 3;
constexpr double kRobustScale = 0.12;
/// A nearer fit is preferred that is off by so much more at most.
constexpr double kAsGood = 1.05;
/// Figures are not known better than that, however near the base the best prediction is.
constexpr Nearness kLeastOpen{0.3, 0.1};

/// Parameters by a fit to some rows.
using Estimate = std::function<FitResult(const Rows&)>;

Rows all_rows(const FitTarget& target) {
    Rows all(target.samples.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    return all;
}

std::vector<std::string> groups_of(const std::vector<FitSample>& samples, std::string FitSample::*which) {
    std::vector<std::string> groups;
    for (const FitSample& sample : samples) {
        groups.push_back(sample.*which);
    }
    return groups;
}

/// ln(predicted / measured) of rows. Both arguments must outlive it.
Residuals residuals_of(const FitTarget& target, const Rows& rows) {
    return [&](std::span<const double> p, std::span<double> r) {
        const auto predict = target.predictor(p);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            r[i] = std::log(predict(rows[i]) / target.samples[rows[i]].measured);
        }
    };
}

/// A number for each group.
std::map<std::string, std::size_t> cluster_numbers(const std::vector<FitSample>& samples) {
    std::map<std::string, std::size_t> numbers;
    for (const FitSample& sample : samples) {
        numbers.try_emplace(sample.group, numbers.size());
    }
    return numbers;
}

void predict_rows(const FitTarget& target, const FitResult& by, const Rows& rows,
                  std::vector<Prediction>& predictions) {
    const auto predict = target.predictor(by.parameters);
    for (const std::size_t row : rows) {
        predictions.push_back({target.samples[row].name, target.samples[row].measured, predict(row)});
    }
}

/// How far the covariance of a fit lets ln(predicted) of these rows vary, to first order.
void add_left_open(const FitTarget& target, const FitResult& result, const Rows& rows,
                   std::vector<LeftOpen>& left_open) {
    constexpr double kSlopeStep = 1e-4;
    const std::size_t n = result.parameters.size();
    std::vector<std::vector<double>> slopes(rows.size(), std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) {
        const auto moved = [&](double by) {
            std::vector<double> p = result.parameters;
            p[i] *= std::exp(by);
            return target.predictor(p);
        };
        const auto up = moved(kSlopeStep);
        const auto down = moved(-kSlopeStep);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            slopes[r][i] = std::log(up(rows[r]) / down(rows[r])) / (2 * kSlopeStep);
        }
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
        double variance = 0;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                variance += slopes[r][i] * result.covariance[i * n + j] * slopes[r][j];
            }
        }
        left_open.push_back({rows[r], std::sqrt(std::max(variance, 0.0))});
    }
}

/// @param fewest  rows that an estimate can be made from
void hold_out(const FitTarget& target, const Estimate& estimate, std::size_t fewest, TargetFit& result) {
    const auto each = [&](const std::vector<HoldOut>& folds, std::vector<Prediction>& predictions) {
        result.left_open.clear();
        for (const HoldOut& fold : folds) {
            if (!fold.outside.empty() && fold.inside.size() >= fewest) {
                const FitResult others = estimate(fold.inside);
                predict_rows(target, others, fold.outside, predictions);
                add_left_open(target, others, fold.outside, result.left_open);
            }
        }
    };
    each(make_folds(groups_of(target.samples, &FitSample::group), kFolds), result.held_out);
    const std::vector<std::string> family_of = groups_of(target.samples, &FitSample::family);
    const std::size_t families = std::set<std::string>(family_of.begin(), family_of.end()).size();
    if (families >= kLeastFamilies) {
        each(make_folds(family_of, families), result.held_out_family);
    }
}

FitResult fit_shifts(const FitTarget& target, const SharedShifts& shifts, const Rows& rows) {
    const Residuals residuals = residuals_of(target, rows);
    FitOptions options;
    options.robust_scale = kRobustScale;
    return shifts.values(fit(
        shifts.parameters(), rows.size(),
        [&](std::span<const double> p, std::span<double> r) { residuals(shifts.values(p), r); }, options));
}

/// What others predict of groups left out is off by, in the mean of the logarithm.
double off_left_out(const FitTarget& target, const Estimate& estimate) {
    const std::vector<std::string> groups = groups_of(target.samples, &FitSample::group);
    const std::size_t count = std::set<std::string>(groups.begin(), groups.end()).size();
    std::vector<Prediction> predictions;
    for (const HoldOut& fold : make_folds(groups, count > kMostAlone ? kFolds : count)) {
        if (!fold.inside.empty() && !fold.outside.empty()) {
            predict_rows(target, estimate(fold.inside), fold.outside, predictions);
        }
    }
    double sum = 0;
    for (const Prediction& p : predictions) {
        sum += std::abs(std::log(p.predicted / p.measured));
    }
    return predictions.empty() ? std::numeric_limits<double>::infinity()
                               : sum / static_cast<double>(predictions.size());
}

}  // namespace

TargetFit fit_freely(const FitTarget& target) {
    FitOptions options;
    options.robust_scale = kRobustScale;
    options.extra_starts = 5;
    std::vector<FitParameter> parameters = target.parameters;
    const std::map<std::string, std::size_t> cluster_of = cluster_numbers(target.samples);
    const auto fit_to = [&](const Rows& rows) {
        options.clusters.clear();
        for (const std::size_t row : rows) {
            options.clusters.push_back(cluster_of.at(target.samples[row].group));
        }
        return fit(parameters, rows.size(), residuals_of(target, rows), options);
    };
    const Rows all = all_rows(target);
    TargetFit result;
    result.fit = fit_to(all);
    result.undetermined =
        undetermined_spread(parameters, all.size(), residuals_of(target, all), options, result.fit);
    predict_rows(target, result.fit, all, result.in_sample);
    // Folds start where the whole fit ended: they differ from it by a tenth of the data.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].start = result.fit.parameters[i];
    }
    options.extra_starts = 0;
    hold_out(target, fit_to, parameters.size(), result);
    return result;
}

TargetFit fit_near_base(const FitTarget& target, const std::vector<Kinship>& kinship,
                        const std::vector<double>& base) {
    const auto near = [&](const Nearness& nearness) -> Estimate {
        return [&, shifts = SharedShifts(kinship, base, nearness)](const Rows& rows) {
            return fit_shifts(target, shifts, rows);
        };
    };
    std::vector<double> off;
    for (const Nearness& nearness : kNearnesses) {
        off.push_back(off_left_out(target, near(nearness)));
    }
    // The nearest of those that are about as good: few groups tell them apart badly.
    const double least = *std::min_element(off.begin(), off.end());
    const auto chosen = std::find_if(off.begin(), off.end(), [&](double o) { return o <= kAsGood * least; });
    const Nearness nearness = kNearnesses.at(static_cast<std::size_t>(chosen - off.begin()));
    const Nearness open{std::max(nearness.group, kLeastOpen.group), std::max(nearness.own, kLeastOpen.own)};
    const Estimate estimate = [fit_near = near(nearness), fit_open = near(open)](const Rows& rows) {
        FitResult result = fit_near(rows);
        const FitResult wide = fit_open(rows);
        result.covariance = wide.covariance;
        result.correlation = wide.correlation;
        for (std::size_t i = 0; i < result.parameters.size(); ++i) {
            result.standard_errors[i] = wide.standard_errors[i] / wide.parameters[i] * result.parameters[i];
        }
        return result;
    };
    TargetFit result;
    result.near = nearness;
    const Rows all = all_rows(target);
    result.fit = estimate(all);
    result.undetermined.assign(base.size(), 0.0);
    predict_rows(target, result.fit, all, result.in_sample);
    hold_out(target, estimate, 1, result);
    return result;
}

std::vector<Prediction> rescaled(const std::vector<FitSample>& samples, const std::vector<Prediction>& base) {
    std::vector<Prediction> found;
    for (const HoldOut& fold : make_folds(groups_of(samples, &FitSample::group), kFolds)) {
        std::vector<double> ratios;
        for (const std::size_t row : fold.inside) {
            ratios.push_back(base[row].measured / base[row].predicted);
        }
        std::sort(ratios.begin(), ratios.end());
        for (const std::size_t row : fold.outside) {
            found.push_back(base[row]);
            found.back().predicted *= ratios.empty() ? 1 : percentile(ratios, 0.5);
        }
    }
    return found;
}

}  // namespace cleave
