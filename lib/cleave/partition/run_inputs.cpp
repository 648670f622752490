// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/run_inputs.hpp"

#include <algorithm>
#include <variant>

namespace cleave {

RunInputs::RunInputs(const UnitGraph& graph, const std::vector<UnitId>& units)
    : graph_(graph), units_(units) {
    for (const UnitId id : units) {
        const auto& reads = graph.unit(id).reads;
        for (auto read = reads.begin(); read != reads.end(); ++read) {
            if (!producer(*read) && std::find(reads.begin(), read, *read) == read) {
                add_reader(*read);
            }
        }
    }
}

std::optional<std::size_t> RunInputs::producer(LayerId map) const {
    if (std::holds_alternative<Input>(graph_.network().layer(map).op)) {
        return std::nullopt;
    }
    const auto found = std::find(units_.begin(), units_.end(), graph_.unit_of(map));
    return found == units_.end() ? std::nullopt
                                 : std::optional(static_cast<std::size_t>(found - units_.begin()));
}

std::size_t RunInputs::position(LayerId map) const {
    return static_cast<std::size_t>(std::find(outside_.begin(), outside_.end(), map) - outside_.begin());
}

void RunInputs::add_reader(LayerId map) {
    const std::size_t i = position(map);
    if (i == outside_.size()) {
        outside_.push_back(map);
        readers_.push_back(0);
    }
    ++readers_[i];
}

}  // namespace cleave
