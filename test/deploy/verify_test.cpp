// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/verify.hpp"

#include "cleave/bundle/write_check.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <limits>

using namespace cleave;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

VerifyReport report_of(std::vector<VerifiedInput> results) {
    VerifyReport report;
    report.max_error = 1e-5;
    report.results = std::move(results);
    return report;
}

}  // namespace

TEST_CASE("the relative error is the largest difference over the largest magnitude", "[deploy][verify]") {
    CHECK(relative_error({1, -4, 2}, {1, -4, 2}) == 0);
    CHECK(relative_error({1, -4, 3}, {1, -4, 2}) == 0.25);
    CHECK(relative_error({0, 0.5}, {0, 0}) == 0.5);
    CHECK(relative_error({1}, {1, 2}) == kInfinity);
    for (const double bad : {kNone, kInfinity, -kInfinity}) {
        CAPTURE(bad);
        CHECK(relative_error({1, bad}, {1, 2}) == kInfinity);
        CHECK(relative_error({1, 2}, {1, bad}) == kInfinity);
        CHECK(relative_error({bad, 1}, {bad, 2}) == kInfinity);
    }
}

TEST_CASE("the signal to noise ratio compares sums of squares", "[deploy][verify]") {
    CHECK(sqnr_db({1, 2}, {1, 2}) == kInfinity);
    // Signal 100, noise 1.
    CHECK(sqnr_db({9, 0}, {10, 0}) == Approx(20));
    CHECK(sqnr_db({1, 0}, {0, 0}) == -kInfinity);
    CHECK(std::isnan(sqnr_db({kNone}, {1})));
    CHECK(std::isnan(sqnr_db({1}, {kInfinity})));
}

TEST_CASE("an error that is no number is beyond every limit", "[deploy][verify]") {
    const VerifiedInput good{1e-7, 40, true, false};
    CHECK(report_of({good}).passed());
    CHECK_FALSE(report_of({{1e-4, 40, true, false}}).passed());
    for (const double bad : {kNone, kInfinity}) {
        for (const auto& results : {std::vector{good, VerifiedInput{bad, 40, true, false}},
                                    std::vector{VerifiedInput{bad, 40, true, false}, good}}) {
            CHECK(report_of(results).worst_float_error() == kInfinity);
            CHECK_FALSE(report_of(results).passed());
        }
    }
    VerifyReport noisy = report_of({{0, kNone, true, false}, good});
    CHECK(noisy.passed());
    noisy.min_sqnr_db = -1000;
    CHECK_FALSE(noisy.passed());
}

TEST_CASE("results that say nothing of quantisation are marked", "[deploy][verify]") {
    const VerifiedInput good{0, 40, true, false};
    CHECK_FALSE(report_of({good}).uninformative());
    const VerifyReport report = report_of({good, {0, 40, true, true}});
    CHECK(report.uninformative());
    const auto json = nlohmann::json::parse(verify_json(report));
    CHECK(json["uninformative"] == true);
    CHECK(json["inputs"][0]["uninformative"] == false);
    CHECK(json["inputs"][1]["uninformative"] == true);
}
