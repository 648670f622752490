// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/read_bundle.hpp"
#include "cleave/cost/platform.hpp"

#include <string>
#include <vector>

namespace cleave {

/// What a bundle must fit: a network with the weights that it is said to have, and its mapping and platform
/// files.
struct BundleOrigin {
    const UnitGraph& units;
    const Parameters& parameters;
    const Mapping& mapping;
    const Platform& platform;
};

/// A bundle that computes the network, as far as comparing shows.
struct CheckedBundle {
    Plan plan;
    Graph whole;
    /// By StepId: made again from the network, in floating point; and those of the files.
    std::vector<Graph> floating;
    std::vector<Graph> fixed;
    std::vector<RecordedVector> vectors;

    [[nodiscard]] VerifySubject subject() const { return {plan, whole, floating, fixed}; }
};

/// Checks that a bundle's manifest describes a plan for the network that carries out the mapping, with the
/// steps, times, energies and bytes that the platform's cost models give; that the file of each step is what
/// cutting the network gives, node by node and weight by weight; and that test vectors are what the steps
/// compute.
/// @throws FormatError with lines for the user, of everything found before something made going on impossible
[[nodiscard]] CheckedBundle check_bundle(const std::string& folder, const BundleFolder& bundle,
                                         const BundleOrigin& origin);

}  // namespace cleave
