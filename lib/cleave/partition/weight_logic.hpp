// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/csd_logic.hpp"
#include "cleave/network/parameters.hpp"
#include "cleave/partition/mapping.hpp"
#include "cleave/partition/unit_graph.hpp"
#include "cleave/units/names.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Which channels, filters or groups of a split layer the FPGA takes.
enum class Pick {
    /// The first ones.
    order,
    /// Those that need least logic (cheapest_first).
    cheapest,
};
[[nodiscard]] constexpr auto names_of(Pick) {
    using enum Pick;
    return std::to_array<Named<Pick>>({{order, "order"}, {cheapest, "cheapest"}});
}
static_assert(all_named<Pick>());

/// What files say where a SHA-256 of weights would stand and they are not known.
inline constexpr const char* kAssumedWeights = "assumed";

/// Logic of a layer's own weights under direct mapping.
struct LayerLogic {
    CsdLogic whole;
    /// By SplitAxis: of one channel, filter or group, of two, ... in the order in which the FPGA takes them;
    /// none along an axis that the layer cannot be split along. Of a batch norm with hardware of its own,
    /// which goes along with a slice: by output channels, as `groups`.
    std::array<std::vector<CsdLogic>, 3> shares;
    /// By SplitAxis: that order, if it is not theirs.
    std::array<std::vector<std::int64_t>, 3> order;

    friend bool operator==(const LayerLogic&, const LayerLogic&) = default;
};

/// Logic of a network's own weights, and which numbers of a split the FPGA takes.
struct WeightLogic {
    /// SHA-256 of the model with the weights.
    std::string sha256;
    /// By LayerId; nothing of layers without weights.
    std::vector<std::optional<LayerLogic>> layers;

    /// Of a split layer: the numbers that the FPGA takes, ascending; empty if they are the first ones.
    [[nodiscard]] std::vector<std::int64_t> picked(LayerId layer, SplitAxis axis, std::int64_t share) const;

    /// True if some layer is not taken from as it comes.
    [[nodiscard]] bool has_order() const;

    friend bool operator==(const WeightLogic&, const WeightLogic&) = default;
};

/// Heads of units whose weights are not finite numbers, with the batch norms that fold into them, and batch
/// norms that are not.
[[nodiscard]] std::vector<LayerId> layers_not_finite(const UnitGraph& units, const Parameters& parameters);

/// Counts it. @pre layers_not_finite() finds none. Batch norms that fold are in the weights that are counted,
/// but not in slices along the input channels, whose sums leave the FPGA.
/// @param splits  of layers of which other numbers are to be taken first than `pick` says (Split::picked)
[[nodiscard]] WeightLogic weight_logic(const UnitGraph& units, const Parameters& parameters, Pick pick,
                                       std::string sha256, const std::vector<Split>& splits = {});

}  // namespace cleave
