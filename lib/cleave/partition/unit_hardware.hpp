// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/partition/mapping.hpp"
#include "cleave/partition/unit_graph.hpp"
#include "cleave/partition/weight_logic.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cleave {

/// The slice of a layer that one device computes under a split. @throws std::invalid_argument as
/// slice_channels, ...
[[nodiscard]] LayerWork slice_layer(const LayerWork& whole, SplitAxis axis, std::int64_t part);

/// A layer as if it had `channels` channels in and out: what follows a slice.
[[nodiscard]] LayerWork with_channels(LayerWork work, std::int64_t channels);

/// Each hardware that the units of a network, and slices of them, can become on an FPGA, with what follows
/// their heads. Layers without weights that follow cost logic only: of their foldings, the smallest that
/// keeps the head's pace.
/// Keeps references to graph, FPGA and weights, which must outlive it.
class UnitHardware {
public:
    /// @param weights  of the graph's network, if they are known
    UnitHardware(const UnitGraph& graph, const Fpga& fpga, const WeightLogic* weights = nullptr);

    /// Of a whole unit; empty if it cannot be on the FPGA.
    [[nodiscard]] const std::vector<LayerHardware>& of(UnitId unit) const { return all_[index(unit)]; }
    /// Of those, in the same order, the ones that no other of the same implementation equals or beats in
    /// interval, fill, depth and every resource. Replacing one by its better makes no partition worse.
    [[nodiscard]] const std::vector<LayerHardware>& useful(UnitId unit) const { return useful_[index(unit)]; }
    /// Of a whole unit, or along an axis of the FPGA's share of it.
    [[nodiscard]] std::vector<LayerHardware> of(UnitId unit, std::optional<SplitAxis> axis,
                                                std::int64_t share) const {
        return axis ? of_split(unit, *axis, share) : of(unit);
    }
    /// What a layer behind a unit's head is that is hardware of its own, on so many channels, where the unit
    /// is `whole`: the smallest that keeps its pace. Nothing if the layer has no hardware.
    [[nodiscard]] std::optional<LayerHardware> follower(LayerId layer, std::int64_t channels,
                                                        const LayerHardware& whole) const;
    /// Of the FPGA's share of a split. What follows a sum of partial sums is not part of it.
    [[nodiscard]] std::vector<LayerHardware> of_split(UnitId unit, SplitAxis axis, std::int64_t share) const;

private:
    [[nodiscard]] std::vector<LayerHardware> with_followers(std::vector<LayerHardware> heads, UnitId unit,
                                                            std::int64_t channels) const;

    /// Of a layer behind a unit's head.
    [[nodiscard]] std::vector<LayerHardware> variants_behind(LayerId layer, std::int64_t channels) const;
    /// What the weights of a layer make, or of a share of it, where they are known.
    [[nodiscard]] std::optional<CsdLogic> logic_of(LayerId layer) const;
    [[nodiscard]] std::optional<CsdLogic> logic_of(LayerId layer, SplitAxis axis, std::int64_t share) const;

    const UnitGraph& graph_;
    const Fpga& fpga_;
    const WeightLogic* weights_;
    std::vector<std::vector<LayerHardware>> all_;
    std::vector<std::vector<LayerHardware>> useful_;
};

/// What UnitHardware::useful says, of any list.
[[nodiscard]] std::vector<LayerHardware> keep_useful(const std::vector<LayerHardware>& all);

}  // namespace cleave
