// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"

namespace cleave {

/// Chooses hardware for the layers on the FPGA for which a mapping names none and there is a choice: run by
/// run, then split by split, at the least pace at which the layers fit beside everything whose hardware is
/// known by then. At a pace, each has the smallest of its variants that keep it (the one whose largest share
/// of a limit is least, then the least choice). If a group fits at no pace, it gets what misses by least.
/// Choices that are named stay, whether there is such hardware or not.
///
/// @param mapping  normalised, and without faults of check_placement().
/// @return with hardware for all layers on the FPGA, or for none if there is no choice and none was named.
[[nodiscard]] Mapping complete_mapping(const Costing& costing, Mapping mapping);

}  // namespace cleave
