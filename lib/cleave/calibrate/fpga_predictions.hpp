// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/cost/fpga.hpp"

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

/// Predictions of an FPGA's implementation for synthesised designs.
[[nodiscard]] FpgaPredictions predict_fpga(const Fpga& fpga, const FpgaData& data);

/// What a design computes. @throws std::invalid_argument for anything but a convolution.
[[nodiscard]] const Conv& conv_of(const FpgaDesign& design);

}  // namespace cleave
