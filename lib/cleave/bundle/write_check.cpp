// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/write_check.hpp"

#include "cleave/text/json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

double VerifyReport::worst_float_error() const {
    double worst = 0;
    for (const VerifiedInput& result : results) {
        // An error that is no number is worse than any.
        worst = std::isnan(result.float_error) ? std::numeric_limits<double>::infinity()
                                               : std::max(worst, result.float_error);
    }
    return worst;
}

double VerifyReport::worst_sqnr_db() const {
    double worst = std::numeric_limits<double>::infinity();
    for (const VerifiedInput& result : results) {
        // A ratio that is no number is worse than any.
        worst = std::isnan(result.sqnr_db) ? -std::numeric_limits<double>::infinity()
                                           : std::min(worst, result.sqnr_db);
    }
    return worst;
}

std::size_t VerifyReport::same_top1() const {
    return static_cast<std::size_t>(std::count_if(
        results.begin(), results.end(), [](const VerifiedInput& result) { return result.same_top1; }));
}

bool VerifyReport::uninformative() const {
    return std::any_of(results.begin(), results.end(),
                       [](const VerifiedInput& result) { return result.uninformative; });
}

bool VerifyReport::passed() const {
    return worst_float_error() <= max_error && (!min_sqnr_db || worst_sqnr_db() >= *min_sqnr_db);
}

std::string verify_json(const VerifyReport& report) {
    Json inputs = Json::array();
    for (std::size_t i = 0; i < report.results.size(); ++i) {
        const VerifiedInput& result = report.results[i];
        inputs.push_back({{"seed", report.seed + i},
                          {"float_error", finite(result.float_error)},
                          {"sqnr_db", finite(result.sqnr_db)},
                          {"same_top1", result.same_top1},
                          {"uninformative", result.uninformative}});
    }
    return json_text({{"schema_version", 1},
                      {"network", report.network},
                      {"point", report.point},
                      {"files", report.files},
                      {"steps", report.steps},
                      {"max_error", report.max_error},
                      {"min_sqnr_db", report.min_sqnr_db ? Json(*report.min_sqnr_db) : Json(nullptr)},
                      {"passed", report.passed()},
                      {"worst_float_error", finite(report.worst_float_error())},
                      {"worst_sqnr_db", finite(report.worst_sqnr_db())},
                      {"same_top1", report.same_top1()},
                      {"uninformative", report.uninformative()},
                      {"reference", "cleave"},
                      {"not_computed", report.not_computed},
                      {"inputs", std::move(inputs)}});
}

}  // namespace cleave
