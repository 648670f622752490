// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/resources.hpp"
#include "cleave/network/network.hpp"
#include "cleave/units/names.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// Along which dimension a convolution is cut between the devices (`gconv`).
enum class SplitAxis {
    /// The FPGA reads some input channels; both devices produce N partial maps, which are added.
    channels,
    /// The FPGA computes some filters from the whole input feature map; results are concatenated.
    filters,
    /// The FPGA computes whole groups of a grouped or depthwise convolution; results are concatenated.
    groups,
};
[[nodiscard]] constexpr auto names_of(SplitAxis) {
    using enum SplitAxis;
    return std::to_array<Named<SplitAxis>>(
        {{channels, "channels"}, {filters, "filters"}, {groups, "groups"}});
}
static_assert(all_named<SplitAxis>());

/// A layer split between the devices: the FPGA takes the first `fpga_share` channels, filters or groups, or
/// those that are picked.
struct Split {
    LayerId layer{};
    SplitAxis axis = SplitAxis::channels;
    std::int64_t fpga_share = 0;
    /// Numbers of the channels, filters or groups, ascending, `fpga_share` of them; empty: the first ones,
    /// which are never listed.
    std::vector<std::int64_t> picked = {};

    friend auto operator<=>(const Split&, const Split&) = default;
};

/// Layers that stay on the FPGA as one streaming pipeline, in network order.
using FpgaRun = std::vector<LayerId>;

/// The hardware of a layer on the FPGA, or of the FPGA's share of a split.
struct LayerChoice {
    LayerId layer{};
    HardwareChoice hardware;

    friend auto operator<=>(const LayerChoice&, const LayerChoice&) = default;
};

/// Layer to device. Layers named in no run and no split are on the GPU. Only unit heads are named (see
/// unit_graph.hpp): batch norm, activation and dropout go where the layer before them goes. Normal form,
/// which all functions return and the order of mappings compares: everything sorted.
struct Mapping {
    std::vector<FpgaRun> runs;
    std::vector<Split> splits;
    /// Hardware of layers in runs and splits, once each. Where a layer has one variant only it may be left
    /// out, and functions leave it out if that is so for all layers (Costing::has_choices).
    std::vector<LayerChoice> hardware = {};

    friend auto operator<=>(const Mapping&, const Mapping&) = default;
};

/// Sorts runs, splits and hardware, and the layers of each run.
void normalize(Mapping& mapping);

}  // namespace cleave
