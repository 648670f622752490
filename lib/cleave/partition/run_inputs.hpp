// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/unit_graph.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace cleave {

/// Where the feature maps that a run reads come from. Keeps references to the graph and the run's units,
/// which must outlive it.
class RunInputs {
public:
    RunInputs(const UnitGraph& graph, const std::vector<UnitId>& units);

    /// Position in the run of the unit that makes a map; nothing for a map from outside.
    [[nodiscard]] std::optional<std::size_t> producer(LayerId map) const;
    /// Maps from outside, once each: one that several units read is streamed to all of them at once.
    [[nodiscard]] const std::vector<LayerId>& outside() const { return outside_; }
    [[nodiscard]] bool is_outside(LayerId map) const { return !producer(map); }
    /// Whether several units read a map from outside.
    [[nodiscard]] bool is_shared(LayerId map) const { return readers_[position(map)] > 1; }

private:
    [[nodiscard]] std::size_t position(LayerId map) const;
    void add_reader(LayerId map);

    const UnitGraph& graph_;
    const std::vector<UnitId>& units_;
    std::vector<LayerId> outside_;
    std::vector<std::size_t> readers_;
};

}  // namespace cleave
