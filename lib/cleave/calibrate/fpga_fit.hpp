// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/least_squares.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/cost/fpga.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// Predictions for designs, by figure; a figure that the implementation's form does not have is empty.
/// M20K: only designs of kFewestBlocks blocks and more that do not fill the device, since a relative error
/// means little for a few blocks and nothing at the limit.
struct FpgaPredictions {
    static constexpr double kFewestBlocks = 20;

    std::vector<Prediction> alm;
    std::vector<Prediction> alut;
    std::vector<Prediction> m20k;
    std::vector<Prediction> fmax;
    std::vector<Prediction> power;
};

/// Parameters of one figure, fitted after those that it builds on.
struct FpgaFitPart {
    std::vector<std::string> names;
    /// Standard errors are those of a grouped jackknife over the folds: designs of one shape err alike, and
    /// parts build on each other, which the curvature at the optimum does not see.
    FitResult fit;
    /// Designs that were used.
    std::size_t rows = 0;
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
};

inline constexpr std::size_t kFpgaFolds = 10;

/// Fits M20K, ALM, ALUT, power and Fmax, in this order. The base gives device, static power, streaming
/// figures and the geometry of memory in logic (short_most_taps, short_alm, middle_alm), which are not
/// fitted.
/// @throws std::invalid_argument if the base's implementation is not of the fitted form, or the data are too
/// few.
[[nodiscard]] FpgaFit fit_fpga(const FpgaData& data, const Fpga& base);

/// Predictions of an FPGA's implementation for synthesised designs.
[[nodiscard]] FpgaPredictions predict_fpga(const Fpga& fpga, const FpgaData& data);

}  // namespace cleave
