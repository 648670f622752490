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

    [[nodiscard]] VerifySubject subject() const { return {plan, whole, floating, fixed}; }
};

/// Plans the mapping again and makes the bundle again from what it says of its origin and from its exponents.
/// Checks that the manifest is what is written then, leaf by leaf; that the file of each step is what cutting
/// the network gives, node by node and weight by weight; and that test vectors are what the steps compute.
/// @throws InputError with everything found before something made going on impossible
[[nodiscard]] CheckedBundle check_bundle(const std::string& folder, const BundleFolder& bundle,
                                         const BundleOrigin& origin);

}  // namespace cleave
