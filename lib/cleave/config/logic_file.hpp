// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "cleave/partition/weight_logic.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/node.hpp"

#include <optional>
#include <string>

namespace cleave {

/// A network's weights as far as costs depend on them (docs/schema/logic.schema.json).
[[nodiscard]] std::string logic_json(const Network& network, const WeightLogic& weights);

/// Reads it again. @return nothing, with faults, if it is not one of that network
[[nodiscard]] std::optional<WeightLogic> read_logic(const Node& root, const Network& network,
                                                    FaultList& faults);

}  // namespace cleave
