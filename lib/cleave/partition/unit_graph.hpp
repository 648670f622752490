// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Index of a unit in UnitGraph::units.
enum class UnitId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(UnitId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr UnitId unit_id(std::size_t i) { return static_cast<UnitId>(i); }

/// What is placed as one: a layer (the head) and the batch norm, activation and dropout layers that directly
/// follow it in its module and are its only readers. They are folded into the head on the FPGA and never
/// leave its device.
struct Unit {
    LayerId head{};
    /// Head first, then what follows it, in network order.
    std::vector<LayerId> layers;
    /// The layer whose output feature map leaves the unit: the last of `layers`.
    LayerId output{};
    /// Feature maps that the head reads, in order (outputs of other units or the network input).
    std::vector<LayerId> reads;
    /// Units that produce them, once each (none for the network input).
    std::vector<UnitId> producers;
    /// Units that read `output`, in order.
    std::vector<UnitId> readers;
    ModuleId module{};
};

/// What becomes of a layer behind a unit's head when the unit is on the FPGA. All but the last are free.
enum class FollowerRole {
    /// A batch norm with only batch norms between it and a convolution or fully connected layer: folds into
    /// the weights.
    folded,
    /// The first relu or relu6 behind a convolution or fully connected layer: its output stage limits the
    /// range.
    clamp,
    /// Dropout.
    nothing,
    /// Hardware of its own.
    hardware,
};
/// Roles of the layers behind the head, in order.
[[nodiscard]] std::vector<FollowerRole> follower_roles(const Network& network, const Unit& unit);

/// A network as units in an order in which each follows its producers.
/// Keeps a reference to the network, which must outlive it.
class UnitGraph {
public:
    explicit UnitGraph(const Network& network);

    [[nodiscard]] const Network& network() const { return network_; }
    [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
    [[nodiscard]] const Unit& unit(UnitId id) const { return units_[index(id)]; }
    [[nodiscard]] std::size_t size() const { return units_.size(); }
    /// The unit that a layer belongs to. The Input layer belongs to none.
    [[nodiscard]] UnitId unit_of(LayerId layer) const { return unit_of_[index(layer)]; }
    [[nodiscard]] bool is_head(LayerId layer) const;
    /// True for concat, slice, shuffle, flatten and dropout: data moves, nothing is computed.
    [[nodiscard]] bool is_wiring(UnitId id) const;
    /// True if the unit yields a result of the network.
    [[nodiscard]] bool is_result(UnitId id) const { return network_.is_result(unit(id).output); }

private:
    const Network& network_;
    std::vector<Unit> units_;
    std::vector<UnitId> unit_of_;
};

}  // namespace cleave
