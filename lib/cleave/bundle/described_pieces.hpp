// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/described_bundle.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Adds to a plan whose tensors, steps and parts fit each other what every step does, and the mapping that it
/// carries out. Reports parts that do not make up the network's layers, each exactly once, and steps that do
/// not have what they read.
void add_pieces(DescribedPlan& described, const UnitGraph& units, std::vector<std::string>& faults);

}  // namespace cleave
