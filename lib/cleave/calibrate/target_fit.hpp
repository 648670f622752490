// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/least_squares.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/calibrate/shared_shifts.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cleave {

struct LeftOpen {
    std::size_t row = 0;
    double deviation = 0;
};

/// One quantity fitted: its parameters, and how well it predicts what it was and was not fitted to.
struct TargetFit {
    std::vector<std::string> names;
    FitResult fit;
    /// How near the base its parameters stay; nothing if they are free.
    std::optional<Nearness> near;
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

/// What is measured, as the fits see it.
struct FitSample {
    std::string name;
    std::string group;
    /// Empty if samples have none.
    std::string family;
    double measured = 0;
};

/// What parameters (SI, in their order) predict of a sample by its position.
using Predictor = std::function<std::function<double(std::size_t)>(std::span<const double>)>;

/// Parameters to fit, all positive, to ln(predicted / measured) with a pseudo-Huber loss.
struct FitTarget {
    std::vector<FitParameter> parameters;
    std::vector<FitSample> samples;
    Predictor predictor;
};

/// Fits all parameters freely to all samples, to all but each of ten folds of groups, and to all but each
/// family if there are three and more.
[[nodiscard]] TargetFit fit_freely(const FitTarget& target);

/// The fewest samples that a fit near a base is made to.
inline constexpr std::size_t kFewestNearBase = 5;

/// The same near a base: each parameter's logarithm is that of `base` and shifts that it shares
/// (SharedShifts). How far they may be is chosen by leaving out each group in turn (more than 20: ten folds
/// of them) among kNearnesses; hold-outs are of fits of that nearness.
/// @param base  of each parameter, above zero
[[nodiscard]] TargetFit fit_near_base(const FitTarget& target, const std::vector<Kinship>& kinship,
                                      const std::vector<double>& base);

/// The base's own predictions, all times one factor, which for each row comes from the rows of other folds.
[[nodiscard]] std::vector<Prediction> rescaled(const std::vector<FitSample>& samples,
                                               const std::vector<Prediction>& base);

}  // namespace cleave
