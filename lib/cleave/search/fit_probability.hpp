// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/draw.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/search/request.hpp"

#include <optional>

namespace cleave {

/// Probability that what a partition needs fits, if logic and memory are off by independent factors exp(s z),
/// z standard normal, as draw_platform() has them: the product of Phi(ln(usable / needed) / s) over both; DSP
/// blocks are counted exactly. In the module scope, of the module that needs most.
/// @return nothing where no spread is known, or where memory may become logic (Fpga::adds_up())
[[nodiscard]] std::optional<double> fit_probability(const Platform& platform, const Score& score,
                                                    KnownWeights weights);

/// What a request leaves to plan with: the FPGA, or one with dependable_capacity() where points have to fit
/// with some probability. Costs do not depend on the difference.
[[nodiscard]] Fpga dependable_fpga(const ExploreRequest& request);

/// The capacity of which a partition that fits it fits the FPGA with this probability, 0.5 to 1: logic and
/// memory over exp(s z), z the normal quantile of the probability, or of its root where both have a spread,
/// so that both together fit at least so often. Exact where one of them has none.
[[nodiscard]] Resources dependable_capacity(const Fpga& fpga, double probability, KnownWeights weights);

}  // namespace cleave
