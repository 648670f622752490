// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_check.hpp"

#include "cleave/text/json.hpp"

namespace cleave {

std::string check_json(const std::string& model, const std::vector<CheckTarget>& targets) {
    Json json{{"schema_version", 1},
              {"model", model},
              {"targets", Json::object()},
              {"predictions", Json::object()}};
    for (const CheckTarget& target : targets) {
        if (target.predictions.empty()) {
            continue;
        }
        const ErrorSummary e = summarize(target.predictions);
        json["targets"][target.name] = {
            {"rows", e.rows}, {"mape", e.mape}, {"median", e.median}, {"p90", e.p90}, {"bias", e.bias}};
        Json rows = Json::array();
        for (const Prediction& p : target.predictions) {
            rows.push_back({{"name", p.name}, {"measured", p.measured}, {"predicted", p.predicted}});
        }
        json["predictions"][target.name] = std::move(rows);
    }
    return json_text(json);
}

}  // namespace cleave
