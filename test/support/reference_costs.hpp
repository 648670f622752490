// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/partition/mapping.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave::testing {

/// A set of units, as bits.
using UnitMask = std::uint32_t;

/// A layer and what is folded into it, found anew from the network.
struct RefUnit {
    LayerId head{};
    std::vector<LayerId> layers;
    LayerId output{};
    /// Feature maps read, in order, and the units that produce them (-1: the network input).
    std::vector<LayerId> reads;
    std::vector<int> sources;
    UnitMask producers = 0;
    UnitMask readers = 0;
    ModuleId module{};
};

/// What a fused run or a split costs: the times of its tasks in nanoseconds, its energy in picojoules.
struct RefGroup {
    UnitMask units = 0;
    std::optional<Split> split;
    std::int64_t before = 0;
    std::int64_t down = 0;
    std::int64_t fpga = 0;
    std::int64_t up = 0;
    std::int64_t beside = 0;
    std::int64_t after = 0;
    std::int64_t energy = 0;
    Resources demand;
    std::int64_t bytes = 0;
};

struct RefCost {
    std::int64_t time = 0;
    std::int64_t energy = 0;
};

/// Makespan of a stage by simulating its tasks from event to event, for the better of both orders.
[[nodiscard]] std::int64_t simulate_stage(const std::vector<const RefGroup*>& groups, std::int64_t gpu_work);

/// Costs of the pieces of a partition, written a second time from what the headers of partition say. Only
/// the device models of cost are shared with the code under test.
class ReferenceCosts {
public:
    ReferenceCosts(const Network& network, const Platform& platform);

    [[nodiscard]] const Network& network() const { return network_; }
    [[nodiscard]] const Platform& platform() const { return platform_; }
    [[nodiscard]] const std::vector<RefUnit>& units() const { return units_; }
    [[nodiscard]] UnitMask all() const { return (UnitMask{1} << units_.size()) - 1; }

    [[nodiscard]] const RefCost& on_gpu(std::size_t unit) const { return on_gpu_[unit]; }
    /// Extent of a unit's head along an axis; 0 if it cannot be split there.
    [[nodiscard]] std::int64_t extent(std::size_t unit, SplitAxis axis) const;
    /// Unit `i` split.
    [[nodiscard]] std::optional<RefGroup> split(std::size_t i, SplitAxis axis, std::int64_t share) const;
    [[nodiscard]] std::optional<RefGroup> run(UnitMask units) const;
    [[nodiscard]] bool connected(UnitMask units) const;
    /// True if a summed demand keeps every capacity.
    [[nodiscard]] bool fits(const Resources& demand) const;
    /// Picojoules a nanosecond that are drawn whatever happens.
    [[nodiscard]] std::int64_t standing() const;
    [[nodiscard]] std::int64_t standing_with_fpga_off() const;

private:
    [[nodiscard]] RefCost gpu(const DeviceCost& cost) const;
    [[nodiscard]] RefCost gpu_followers(const RefUnit& unit, std::int64_t channels) const;
    [[nodiscard]] std::optional<Resources> fpga_followers(const RefUnit& unit, std::int64_t channels) const;
    [[nodiscard]] std::optional<LayerHardware> hardware(std::size_t i) const;
    void move_down(RefGroup& group, std::int64_t elements) const;
    void move_up(RefGroup& group, std::int64_t elements, std::int64_t bytes_each, std::int64_t added) const;
    void use_link(RefGroup& group, Direction direction, std::int64_t bytes) const;
    void use_fpga(RefGroup& group, std::int64_t cycles) const;

    const Network& network_;
    const Platform& platform_;
    std::vector<RefUnit> units_;
    std::vector<RefCost> on_gpu_;
};

}  // namespace cleave::testing
