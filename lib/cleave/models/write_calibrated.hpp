// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/gpu_fit.hpp"
#include "cleave/calibrate/link_fit.hpp"
#include "cleave/models/patch.hpp"

#include <string>
#include <vector>

namespace cleave {

/// "mean error 5.4 %, median 4.2 %, 90th percentile 10.7 %, bias -0.2 %".
[[nodiscard]] std::string describe(const ErrorSummary& errors);
/// The `count` worst predictions, as "NAME +34 %, ...".
[[nodiscard]] std::string describe_worst(const std::vector<Prediction>& predictions, std::size_t count);
/// Pairs of parameters whose correlation exceeds 0.9, as "a and b 0.95, ..."; empty if there are none.
[[nodiscard]] std::string describe_correlation(const std::vector<FitParameter>& parameters,
                                               const FitResult& fit);
/// Rows left out with their reasons; empty if there are none.
[[nodiscard]] std::string describe_left_out(const std::vector<LeftOut>& left_out);
/// Header comment of a model file that a calibration wrote.
[[nodiscard]] std::string calibration_header(const std::string& kind);

/// The base model file with a new fit put in, as YAML. Re-running with the result as base gives the same
/// bytes.
/// @throws InputError if the base cannot be read
[[nodiscard]] std::string calibrated_gpu_yaml(const std::string& base_file, const GpuData& data,
                                              const GpuFit& fit);
[[nodiscard]] std::string calibrated_link_yaml(const std::string& base_file, const LinkData& data,
                                               const LinkDirectionFit& to_fpga,
                                               const LinkDirectionFit& to_gpu);

}  // namespace cleave
