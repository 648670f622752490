// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"

#include <string>

namespace cleave {

/// The network in its file format, as a person would write it: a line for each layer, operations that follow
/// a layer in its `then`, `from` only where it is needed. read_network gives back an equal network; layers
/// that are not named MODULE/LAYER get their module's name in front.
/// @param header  becomes comment lines at the top.
[[nodiscard]] std::string write_spec(const Network& network, const std::string& header);

}  // namespace cleave
