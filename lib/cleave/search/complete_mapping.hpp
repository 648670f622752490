// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"

namespace cleave {

/// Chooses hardware for the layers on the FPGA for which a mapping names none, or only an implementation, and
/// there is a choice: such that the sum of the paces of all runs and splits that lack some is least, as far
/// as they fit beside everything whose hardware is named; and at these paces what takes least energy. Large
/// mappings get this within 1 %, at paces on the ladder (DesignSpace). If they do not fit at any pace, each
/// layer gets the hardware whose largest share of a limit is least. Choices that are named stay, whether
/// there is such hardware or not.
///
/// @param mapping  normalised, and without faults of check_placement().
/// @return with hardware for all layers on the FPGA, or for none if there is no choice and none was named.
[[nodiscard]] Mapping complete_mapping(const Costing& costing, Mapping mapping);

}  // namespace cleave
