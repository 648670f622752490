// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/draw.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/search/request.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// What a partition needs of each resource at once: of the network, or of the module that needs most of it.
[[nodiscard]] Resources most_needed(ResourceScope scope, const Score& score);

/// How far the logic and memory of a partition may be off: of the implementations that it uses, those of the
/// least certain.
[[nodiscard]] ImplementationSpread spread_of(const Fpga& fpga, const Mapping& mapping, KnownWeights weights);

/// Probability that what a partition needs fits, if logic and memory are off by independent factors exp(s z),
/// z standard normal, s those of spread_of(): the product of Phi(ln(usable / needed) / s) over both; DSP
/// blocks are counted exactly. In the module scope, of the module that needs most.
/// @return nothing where no spread is known, or where memory may become logic (Fpga::adds_up())
[[nodiscard]] std::optional<double> fit_probability(const Platform& platform, const Mapping& mapping,
                                                    const Score& score, KnownWeights weights);

/// The capacity of which a partition that fits it fits the FPGA with this probability, 0.5 to 1: logic and
/// memory over exp(s z), z the normal quantile of the probability, or of its root where both have a spread,
/// so that both together fit at least so often. Exact where one of them has none.
[[nodiscard]] Resources dependable_capacity(const Fpga& fpga, const ImplementationSpread& spread,
                                            double probability);

/// What there is to plan with where points have to fit with a probability: for each spread that a partition
/// may have, the FPGA with the implementations of no larger spread and with their dependable_capacity(). A
/// partition has the probability if and (up to the rounding of roots above) only if it fits one of them. The
/// first has all implementations.
[[nodiscard]] std::vector<Fpga> dependable_fpgas(const Fpga& fpga, double probability, KnownWeights weights);

[[nodiscard]] inline KnownWeights knows_weights(const ExploreRequest& request) {
    return request.weights ? KnownWeights::yes : KnownWeights::no;
}

}  // namespace cleave
