// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace cleave {

/// Errors of predictions against measurements, all as fractions of the measurement.
struct ErrorSummary {
    std::size_t rows = 0;
    /// Mean, median and 90th percentile of |predicted - measured| / measured.
    double mape = 0;
    double median = 0;
    double p90 = 0;
    /// Mean of (predicted - measured) / measured: positive where the model is too high.
    double bias = 0;
};

/// One prediction and what was measured.
struct Prediction {
    std::string name;
    double measured = 0;
    double predicted = 0;

    [[nodiscard]] double relative() const { return (predicted - measured) / measured; }
};

/// Percentiles are linear between neighbouring order statistics. All zeros for no predictions.
[[nodiscard]] ErrorSummary summarize(const std::vector<Prediction>& predictions);

/// The `count` predictions with the largest |relative error|, worst first; equal ones by name.
[[nodiscard]] std::vector<Prediction> worst(std::vector<Prediction> predictions, std::size_t count);

/// Root mean square of log(predicted / measured) after `less` has been taken off both, over predictions above
/// it of measurements above `least`; 0 for none.
[[nodiscard]] double spread(const std::vector<Prediction>& predictions, double less = 0, double least = 0);

/// Fold of each group, 0 to folds - 1: groups in alphabetical order are dealt out in turn, so that folds are
/// of like size and do not depend on the order of rows. Rows of one group are always in one fold.
[[nodiscard]] std::map<std::string, std::size_t> deal_folds(const std::vector<std::string>& groups,
                                                            std::size_t folds);

/// Rows to fit to and rows to predict, in their order.
struct HoldOut {
    std::vector<std::size_t> inside;
    std::vector<std::size_t> outside;
};

/// The folds of deal_folds for rows of these groups.
[[nodiscard]] std::vector<HoldOut> make_folds(const std::vector<std::string>& groups, std::size_t folds);

}  // namespace cleave
