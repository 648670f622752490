// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "cleave/partition/costing.hpp"

#include <string>
#include <vector>

namespace cleave {

/// One network: name, totals (`macs`, `weights`, `params`), `modules`, and `layers` with shape, window and
/// totals.
[[nodiscard]] std::string network_json(const Network& network);
/// The same with `fpga`, and of each layer what it could be there (prospects_of).
[[nodiscard]] std::string network_json(const Costing& costing);
/// Name and totals of several networks; `layers` is a count.
[[nodiscard]] std::string network_list_json(const std::vector<Network>& networks);

}  // namespace cleave
