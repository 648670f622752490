// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/metrics.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Predictions of one quantity for measured rows.
struct CheckTarget {
    std::string name;
    std::vector<Prediction> predictions;
};

/// docs/schema/check.schema.json: `{"schema_version", "model", "targets": {NAME: {"rows", "mape", "median",
/// "p90", "bias"}}, "predictions": {NAME: [...]}}`; errors as fractions, values in SI units. Targets without
/// rows are left out.
[[nodiscard]] std::string check_json(const std::string& model, const std::vector<CheckTarget>& targets);

}  // namespace cleave
