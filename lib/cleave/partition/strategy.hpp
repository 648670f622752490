// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/design_space.hpp"
#include "cleave/partition/unit_graph.hpp"

#include <compare>
#include <cstdint>
#include <vector>

namespace cleave {

/// Where one unit is computed, in the order that breaks ties between partitions of equal cost.
struct Decision {
    enum class Kind { gpu, split, run };
    UnitId unit{};
    Kind kind = Kind::gpu;
    /// Split: its axis as a number; run: its first unit.
    std::int64_t which = 0;
    std::int64_t share = 0;
    /// Of a unit with several variants.
    HardwareChoice hardware = {};

    friend auto operator<=>(const Decision&, const Decision&) = default;
};

/// A mapping looked up by unit or layer. Keeps a reference to the graph.
class Placement {
public:
    Placement(const UnitGraph& graph, const Mapping& mapping);
    [[nodiscard]] Decision::Kind kind(UnitId unit) const { return kinds_[index(unit)]; }
    /// Where a layer is: with its unit, unless it follows partial sums. These are complete on the GPU only.
    [[nodiscard]] Decision::Kind kind(LayerId layer) const;
    /// The split of a unit that is split.
    [[nodiscard]] const Split& split(UnitId unit) const { return splits_[index(unit)]; }
    /// Number in Mapping::runs of the run that holds a unit on the FPGA.
    [[nodiscard]] std::size_t run(UnitId unit) const { return runs_[index(unit)]; }

private:
    const UnitGraph& graph_;
    std::vector<Decision::Kind> kinds_;
    std::vector<Split> splits_;
    std::vector<std::size_t> runs_;
};

[[nodiscard]] bool is_depthwise_unit(const UnitGraph& graph, UnitId id);
/// A dense 1x1 convolution.
[[nodiscard]] bool is_pointwise_unit(const UnitGraph& graph, UnitId id);

/// The strategy of each module under a mapping: `fpga` for all if the whole network is on the FPGA; else
/// `gconv` if a layer is split; `gpu` if nothing is on the FPGA; `dwconv` if a depthwise and a pointwise
/// convolution lie on different devices; `fused` for any other layers on the FPGA, a single one included.
[[nodiscard]] std::vector<Strategy> module_strategies(const UnitGraph& graph, const Mapping& mapping);

}  // namespace cleave
