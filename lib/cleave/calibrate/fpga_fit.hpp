// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/fpga_predictions.hpp"
#include "cleave/calibrate/least_squares.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Parameters of one figure, fitted after those that it builds on.
struct FpgaFitPart {
    std::vector<std::string> names;
    /// Standard errors are those of a grouped jackknife over the folds: designs of one shape err alike, and
    /// parts build on each other, which the curvature at the optimum does not see.
    FitResult fit;
    /// Designs that were used.
    std::size_t rows = 0;

    /// @throws std::logic_error for a name that is not among `names`.
    [[nodiscard]] double value(std::string_view name) const;
    [[nodiscard]] double standard_error(std::string_view name) const;

private:
    [[nodiscard]] std::size_t position(std::string_view name) const;
};

/// Large designs, by a fit to small ones.
struct FpgaExtrapolation {
    /// Weights of the largest design that may be fitted to, and of the smallest that is predicted.
    std::int64_t most_fitted = 0;
    std::int64_t least_checked = 0;
    FpgaPredictions predictions;
};

/// The fitted form of direct hardware mapping, fitted.
struct FpgaFit {
    std::vector<DataFile> files;
    std::vector<LeftOut> left_out;
    std::size_t designs = 0;
    /// Distinct (channels, filters, kernel), which folds never divide.
    std::size_t shapes = 0;
    /// The base implementation with all fitted figures, ranges, spreads and the median clock.
    Implementation implementation;
    /// delayed_share, undelayed_taps, m20k_fixed
    FpgaFitPart m20k;
    /// fixed, per_tap, per_tap_log, per_delayed_tap, long_alm, middle_most_taps
    FpgaFitPart alm;
    /// fixed, per_tap, per_tap_log, per_delayed_tap, per_spilled_long_line
    FpgaFitPart alut;
    /// base (W), per_alm (W), per_m20k (W)
    FpgaFitPart power;
    /// fixed (s), per_fanout (s), wide_line (s)
    FpgaFitPart fmax;
    FpgaPredictions in_sample;
    /// Each shape predicted by a fit to the folds without it.
    FpgaPredictions held_out;
    /// If fit_fpga_beyond made it.
    std::optional<FpgaExtrapolation> extrapolation = {};
};

inline constexpr std::size_t kFpgaFolds = 10;

/// True if the implementation is of a form whose figures a fit finds.
[[nodiscard]] bool can_fit(const Implementation& implementation);

/// Fits M20K, ALM, ALUT, power and Fmax, in this order. The base gives device, static power, streaming
/// figures and the geometry of memory in logic (short_most_taps, short_alm, middle_alm), which are not
/// fitted.
/// @throws std::invalid_argument if the base's implementation cannot be fitted, or the data are too few.
[[nodiscard]] FpgaFit fit_fpga(const FpgaData& data, const Fpga& base);

}  // namespace cleave
