// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/profile.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace cleave;
using Catch::Detail::Approx;

namespace {

/// Squares count as such.
FitOptions plain() {
    FitOptions options;
    options.robust_scale = 1e4;
    return options;
}

FitParameter linear(const char* name, double lower, double upper) {
    return {name, lower, upper, FitParameter::Scale::linear, (lower + upper) / 2};
}

}  // namespace

TEST_CASE("a parameter at a bound reaches as far as its rows allow", "[calibrate]") {
    // Rows scatter by s around a number beyond the bound.
    const double s = 0.5;
    const double mean = -0.2;
    const std::size_t n = 40;
    const Residuals residuals = [&](std::span<const double> p, std::span<double> r) {
        for (std::size_t i = 0; i < r.size(); ++i) {
            r[i] = p[0] - (mean + (i % 2 == 0 ? s : -s));
        }
    };
    const std::vector<FitParameter> parameters{linear("p", 0, 10)};
    const auto expected = [&](double alike) {
        // n / 2 (x - mean)^2 may rise by z^2 / 2 of the residuals' variance.
        const double rows = static_cast<double>(n);
        const double variance = rows * (s * s + mean * mean) / (rows - 1);
        return (std::sqrt(mean * mean + 1.645 * 1.645 * variance * alike / rows) + mean) / 1.645;
    };
    // Each row by itself, and four of them alike.
    for (const std::size_t alike : {1, 4}) {
        CAPTURE(alike);
        FitOptions options = plain();
        for (std::size_t i = 0; i < n; ++i) {
            options.clusters.push_back(i / alike);
        }
        const FitResult result = fit(parameters, n, residuals, options);
        REQUIRE(result.at_bound[0]);
        const double spread = undetermined_spread(parameters, n, residuals, options, result)[0];
        // To a hundredth of the range.
        CHECK(std::abs(spread - expected(static_cast<double>(alike))) < 10 / 128.0 / 1.645);
        CHECK(spread > 0);
    }
}

TEST_CASE("others are fitted again while a parameter is moved", "[calibrate]") {
    // Only the sum of two shows: the first ends at its bound, and the second makes up for all that it moves.
    const Residuals residuals = [](std::span<const double> p, std::span<double> r) {
        for (std::size_t i = 0; i < r.size(); ++i) {
            const double x = static_cast<double>(i);
            r[i] = p[0] + p[1] + 0.01 * p[2] * x - (5 + 0.01 * x + (i % 2 == 0 ? 0.1 : -0.1));
        }
    };
    std::vector<FitParameter> parameters{linear("a", 0, 4), linear("b", 0, 20), linear("c", -50, 50)};
    FitResult result = fit(parameters, 20, residuals, plain());
    const std::vector<double> free = undetermined_spread(parameters, 20, residuals, plain(), result);
    // Along the whole range of it.
    CHECK(free[0] == Approx(4 / 1.645).epsilon(0.5));
    CHECK(free[2] == 0);
}

TEST_CASE("what no row sees is open over its whole range, what they all see is not", "[calibrate]") {
    const Residuals residuals = [](std::span<const double> p, std::span<double> r) {
        for (std::size_t i = 0; i < r.size(); ++i) {
            r[i] = std::log(p[0] / (i % 2 == 0 ? 2.1 : 1.9));
        }
    };
    const std::vector<FitParameter> parameters{{"seen", 0.1, 10, FitParameter::Scale::logarithmic, 1},
                                               {"unseen", 0.1, 1000, FitParameter::Scale::logarithmic, 1}};
    const FitResult result = fit(parameters, 12, residuals, plain());
    const std::vector<double> spread = undetermined_spread(parameters, 12, residuals, plain(), result);
    CHECK(spread[0] == 0);
    CHECK(spread[1] == Approx(std::log(1000) / 1.645));
}
