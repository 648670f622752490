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
/// How a prediction's error is told: "NAME +34 %", or, for names with commas in them, "NAME: +34 %".
enum class WorstStyle { plain, names_with_commas };
/// The `count` worst predictions, worst first.
[[nodiscard]] std::string describe_worst(const std::vector<Prediction>& predictions, std::size_t count,
                                         WorstStyle style = WorstStyle::plain);
/// Pairs of parameters whose correlation exceeds 0.9, as "a and b 0.95, ..."; empty if there are none.
[[nodiscard]] std::string describe_correlation(const std::vector<std::string>& names, const FitResult& fit,
                                               const std::string& separator = ", ");
/// How near a base the fit of something stays, in a sentence without its full stop.
[[nodiscard]] std::string describe_nearness(const Nearness& near, const std::string& what);
/// Rows left out with their reasons; empty if there are none.
[[nodiscard]] std::string describe_left_out(const std::vector<LeftOut>& left_out);
/// Header comment of a model file that a calibration wrote.
[[nodiscard]] std::string calibration_header(const std::string& kind);

/// What a written model says of itself; empty: as the base does. A name that is not the base's is another
/// device's: what is not fitted is then marked as taken from the base, and the description, if none is given,
/// says so.
struct ModelIdentity {
    std::string name;
    std::string description;
};
void apply(const ModelIdentity& identity, const DataFile& data, ModelPatch& patch);

/// The base model file with a new fit put in, as YAML. Re-running with the result as base gives the same
/// bytes.
/// @throws InputError if the base cannot be read
[[nodiscard]] std::string calibrated_gpu_yaml(const std::string& base_file, const ModelIdentity& identity,
                                              const GpuData& data, const GpuFit& fit);
[[nodiscard]] std::string calibrated_link_yaml(const std::string& base_file, const ModelIdentity& identity,
                                               const LinkData& data, const LinkDirectionFit& to_fpga,
                                               const LinkDirectionFit& to_gpu);

}  // namespace cleave
