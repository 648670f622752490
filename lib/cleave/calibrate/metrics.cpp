// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/metrics.hpp"

#include "cleave/units/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave {
ErrorSummary summarize(const std::vector<Prediction>& predictions) {
    ErrorSummary summary;
    summary.rows = predictions.size();
    if (predictions.empty()) {
        return summary;
    }
    std::vector<double> errors;
    for (const Prediction& p : predictions) {
        errors.push_back(std::abs(p.relative()));
        summary.mape += errors.back();
        summary.bias += p.relative();
    }
    std::sort(errors.begin(), errors.end());
    summary.mape /= static_cast<double>(errors.size());
    summary.bias /= static_cast<double>(errors.size());
    summary.median = percentile(errors, 0.5);
    summary.p90 = percentile(errors, 0.9);
    return summary;
}

std::vector<Prediction> worst(std::vector<Prediction> predictions, std::size_t count) {
    std::sort(predictions.begin(), predictions.end(), [](const Prediction& a, const Prediction& b) {
        const double x = std::abs(a.relative());
        const double y = std::abs(b.relative());
        return x != y ? x > y : a.name < b.name;
    });
    predictions.resize(std::min(count, predictions.size()));
    return predictions;
}

double spread(const std::vector<Prediction>& predictions, double less, double least) {
    double squares = 0;
    std::size_t count = 0;
    for (const Prediction& p : predictions) {
        if (p.measured > std::max(less, least) && p.predicted > less) {
            const double error = std::log((p.predicted - less) / (p.measured - less));
            squares += error * error;
            ++count;
        }
    }
    return count == 0 ? 0 : std::sqrt(squares / static_cast<double>(count));
}

std::map<std::string, std::size_t> deal_folds(const std::vector<std::string>& groups, std::size_t folds) {
    const std::set<std::string> names(groups.begin(), groups.end());
    std::map<std::string, std::size_t> result;
    std::size_t next = 0;
    for (const std::string& name : names) {
        result[name] = next++ % std::max<std::size_t>(folds, 1);
    }
    return result;
}

std::vector<HoldOut> make_folds(const std::vector<std::string>& groups, std::size_t folds) {
    const auto fold_of = deal_folds(groups, folds);
    std::vector<HoldOut> result(folds);
    for (std::size_t row = 0; row < groups.size(); ++row) {
        for (std::size_t fold = 0; fold < folds; ++fold) {
            (fold_of.at(groups[row]) == fold ? result[fold].outside : result[fold].inside).push_back(row);
        }
    }
    return result;
}

}  // namespace cleave
