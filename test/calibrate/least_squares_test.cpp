// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/least_squares.hpp"

#include "cleave/calibrate/metrics.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <stdexcept>
#include <vector>

using namespace cleave;
using cleave::testing::Random;

namespace {

FitParameter positive(const char* name, double start) {
    return {name, 1e-3, 1e3, FitParameter::Scale::logarithmic, start};
}

/// y = a x^b with noise; every tenth row is off by a factor of three.
struct PowerLaw {
    std::vector<double> x;
    std::vector<double> y;

    PowerLaw(double a, double b, double noise, bool outliers, std::uint32_t seed) {
        Random random(seed);
        for (int i = 1; i <= 60; ++i) {
            x.push_back(i);
            const double error = noise * (static_cast<double>(random.between(-1000, 1000)) / 1000.0);
            const double outlier = outliers && i % 10 == 0 ? 3.0 : 1.0;
            y.push_back(a * std::pow(i, b) * std::exp(error) * outlier);
        }
    }

    [[nodiscard]] FitResult fit(const FitOptions& options = {}) const {
        return cleave::fit(
            {positive("a", 1), positive("b", 1)}, x.size(),
            [&](std::span<const double> p, std::span<double> r) {
                for (std::size_t i = 0; i < x.size(); ++i) {
                    r[i] = std::log(p[0] * std::pow(x[i], p[1]) / y[i]);
                }
            },
            options);
    }
};

}  // namespace

TEST_CASE("known parameters are recovered", "[calibrate]") {
    SECTION("exactly without noise") {
        const FitResult result = PowerLaw(2.5, 0.7, 0, false, 1).fit();
        CHECK(result.converged);
        CHECK(result.parameters[0] == Approx(2.5).epsilon(1e-6));
        CHECK(result.parameters[1] == Approx(0.7).epsilon(1e-6));
    }
    SECTION("within three standard errors with noise") {
        for (std::uint32_t seed = 1; seed <= 20; ++seed) {
            const FitResult result = PowerLaw(2.5, 0.7, 0.05, false, seed).fit();
            CHECK(std::abs(result.parameters[0] - 2.5) < 4 * result.standard_errors[0]);
            CHECK(std::abs(result.parameters[1] - 0.7) < 4 * result.standard_errors[1]);
            CHECK(result.standard_errors[1] < 0.02);
            // A steeper curve needs a lower factor.
            CHECK(result.correlation[1] < -0.8);
        }
    }
    SECTION("within 3 % with a tenth of the rows three times too high") {
        FitOptions options;
        options.robust_scale = 0.05;
        const FitResult result = PowerLaw(2.5, 0.7, 0.02, true, 7).fit(options);
        CHECK(result.parameters[0] == Approx(2.5).epsilon(0.03));
        CHECK(result.parameters[1] == Approx(0.7).epsilon(0.03));
    }
}

TEST_CASE("parameters stay in their box and say when they are at its edge", "[calibrate]") {
    const PowerLaw data(2.5, 0.7, 0, false, 1);
    const auto residuals = [&](std::span<const double> p, std::span<double> r) {
        for (std::size_t i = 0; i < data.x.size(); ++i) {
            r[i] = std::log(p[0] * std::pow(data.x[i], p[1]) / data.y[i]);
        }
    };
    const FitResult result = fit({{"a", 0.1, 2.0, FitParameter::Scale::logarithmic, 1},
                                  {"b", 0.0, 5.0, FitParameter::Scale::linear, 1}},
                                 data.x.size(), residuals);
    CHECK(result.parameters[0] == Approx(2.0));
    CHECK(result.at_bound[0]);
    CHECK_FALSE(result.at_bound[1]);
    CHECK(std::isinf(result.standard_errors[0]));
    CHECK(std::isfinite(result.standard_errors[1]));
}

TEST_CASE("further starts find a minimum that the first one misses", "[calibrate]") {
    // sin(p) = 1 has many solutions; only p near 20 also makes the slow term vanish.
    const auto residuals = [](std::span<const double> p, std::span<double> r) {
        r[0] = std::sin(p[0]) - std::sin(20.0);
        r[1] = 0.02 * (p[0] - 20);
    };
    const std::vector<FitParameter> parameters{{"p", 1, 40, FitParameter::Scale::linear, 2}};
    FitOptions options;
    options.extra_starts = 30;
    CHECK(std::abs(fit(parameters, 2, residuals).parameters[0] - 20) > 1);
    const FitResult best = fit(parameters, 2, residuals, options);
    CHECK(best.parameters[0] == Approx(20).epsilon(1e-6));
    CHECK(fit(parameters, 2, residuals, options).parameters == best.parameters);
}

TEST_CASE("a fit that cannot be is refused", "[calibrate]") {
    const auto zero = [](std::span<const double>, std::span<double> r) {
        std::fill(r.begin(), r.end(), 0.0);
    };
    CHECK_THROWS_AS(fit({}, 3, zero), std::invalid_argument);
    CHECK_THROWS_AS(fit({positive("a", 1), positive("b", 1)}, 1, zero), std::invalid_argument);
    CHECK_THROWS_AS(fit({{"a", 2, 1, FitParameter::Scale::linear, 1}}, 3, zero), std::invalid_argument);
    CHECK_THROWS_AS(fit({{"a", 0, 1, FitParameter::Scale::logarithmic, 1}}, 3, zero), std::invalid_argument);
    const auto nan = [](std::span<const double>, std::span<double> r) { r[0] = std::nan(""); };
    CHECK_THROWS_AS(fit({positive("a", 1)}, 1, nan), std::invalid_argument);
}

TEST_CASE("errors are summarised as fractions of the measurement", "[calibrate]") {
    const std::vector<Prediction> predictions{{"a", 10, 11}, {"b", 10, 8}, {"c", 10, 10}, {"d", 10, 14}};
    const ErrorSummary e = summarize(predictions);
    CHECK(e.rows == 4);
    CHECK(e.mape == Approx(0.175));
    CHECK(e.median == Approx(0.15));
    CHECK(e.p90 == Approx(0.34));
    CHECK(e.bias == Approx(0.075));
    CHECK(worst(predictions, 2)[0].name == "d");
    CHECK(worst(predictions, 2)[1].name == "b");
    CHECK(summarize({}).rows == 0);
}

TEST_CASE("folds never divide a group and are of like size", "[calibrate]") {
    const std::vector<std::string> rows{"b", "a", "b", "c", "a", "d", "e", "e"};
    const auto folds = deal_folds(rows, 2);
    CHECK(folds == std::map<std::string, std::size_t>{{"a", 0}, {"b", 1}, {"c", 0}, {"d", 1}, {"e", 0}});
    CHECK(deal_folds({"e", "e", "d", "a", "c", "b"}, 2) == folds);
    const std::vector<HoldOut> split = make_folds(rows, 2);
    REQUIRE(split.size() == 2);
    CHECK(split[0].outside == std::vector<std::size_t>{1, 3, 4, 6, 7});
    CHECK(split[0].inside == std::vector<std::size_t>{0, 2, 5});
    CHECK(split[1].outside == split[0].inside);
    CHECK(split[1].inside == split[0].outside);
}

TEST_CASE("the spread of predictions is that of their logarithms", "[calibrate]") {
    const double e = std::exp(1.0);
    CHECK(spread({{"a", 1, e}, {"b", e, 1}}) == Approx(1));
    CHECK(spread({{"a", 3, 2 + e}, {"b", 2 + e, 3}}, 2) == Approx(1));
    // Neither a measurement below the least nor a prediction below what is taken off.
    CHECK(spread({{"a", 3, 2 + e}, {"b", 2.5, 9}, {"c", 9, 1}}, 2, 2.6) == Approx(1));
    CHECK(spread({}) == 0);
}

TEST_CASE("rows that err alike leave more open than their number says", "[calibrate]") {
    // Each of twelve clusters of five equal rows has an error of its own: sixty rows tell as much as twelve.
    Random random(3);
    std::vector<double> x;
    std::vector<double> y;
    FitOptions clustered;
    for (std::size_t cluster = 0; cluster < 12; ++cluster) {
        const double error = 0.05 * (static_cast<double>(random.between(-1000, 1000)) / 1000.0);
        for (int i = 0; i < 5; ++i) {
            x.push_back(static_cast<double>(cluster + 1));
            y.push_back(2 * std::exp(error) * x.back());
            clustered.clusters.push_back(cluster);
        }
    }
    const auto fit_with = [&](const FitOptions& options) {
        return fit(
            {positive("a", 1), positive("b", 1)}, x.size(),
            [&](std::span<const double> p, std::span<double> r) {
                for (std::size_t i = 0; i < x.size(); ++i) {
                    r[i] = std::log(p[0] * std::pow(x[i], p[1]) / y[i]);
                }
            },
            options);
    };
    const FitResult single = fit_with({});
    const FitResult together = fit_with(clustered);
    CHECK(together.parameters == single.parameters);
    for (const std::size_t i : {0, 1}) {
        CHECK(together.standard_errors[i] / single.standard_errors[i] > 1.5);
        CHECK(together.standard_errors[i] / single.standard_errors[i] < 3.5);
    }
}
