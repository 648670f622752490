// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/write_bundle.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// Circuits of a plan's steps, and why some FPGA steps have none, for the user.
struct MadeCircuits {
    StepCircuits circuits;
    std::vector<std::string> refusals;
};

/// @param score  of the plan's mapping
/// @param vectors  how many frames their benches send
[[nodiscard]] MadeCircuits make_circuits(const Costing& costing, const Score& score, const Plan& plan,
                                         const Parameters& parameters, const FixedPointFormats& formats,
                                         std::size_t vectors);

/// "rtl/s003"
[[nodiscard]] std::string rtl_folder(StepId step);
/// "s003_top", the module that a step's circuit is, in a file of its name; each name of a module or image
/// begins with that of the step, so that no two of a bundle are alike.
[[nodiscard]] std::string rtl_top(StepId step);

/// All files of a step's circuit, in order.
[[nodiscard]] std::vector<std::string> rtl_file_names(StepId step, const StepCircuit& circuit);
/// Images of the bench's inputs and outputs: all vectors, one frame each.
[[nodiscard]] BundleFiles rtl_images(const Plan& plan, StepId step, const StepCircuit& circuit,
                                     const std::vector<TestVector>& vectors);

}  // namespace cleave
