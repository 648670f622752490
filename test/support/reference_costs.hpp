// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/partition/mapping.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace cleave::testing {

/// A set of units, as bits.
using UnitMask = std::uint32_t;
[[nodiscard]] constexpr UnitMask bit(std::size_t i) { return UnitMask{1} << i; }

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
    /// The network gives out what leaves it.
    bool is_result = false;
    ModuleId module{};
};

/// What a fused run or a split costs: the times of its tasks in nanoseconds, its energy in picojoules.
struct RefGroup {
    UnitMask units = 0;
    std::optional<Split> split;
    /// For each unit, in order.
    std::vector<HardwareChoice> hardware;
    /// Link and FPGA are held together, for `fpga`; `down` and `up` lie within.
    bool streamed = false;
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
    /// Each hardware that a unit can become on the FPGA, with what follows its head; none if there is none.
    [[nodiscard]] const std::vector<LayerHardware>& variants(std::size_t unit) const {
        return variants_[unit];
    }
    /// Those that no other of their implementation is as good as in everything.
    [[nodiscard]] const std::vector<LayerHardware>& useful(std::size_t unit) const { return useful_[unit]; }
    /// Unit `i` split, for each hardware of the FPGA's share.
    [[nodiscard]] std::vector<RefGroup> split(std::size_t i, SplitAxis axis, std::int64_t share) const;
    /// The run of `units` for all combinations of their variants, or of their useful ones alone.
    [[nodiscard]] std::vector<RefGroup> runs(UnitMask units, bool useful_only = false) const;
    [[nodiscard]] bool connected(UnitMask units) const;
    /// True if a summed demand keeps every capacity.
    [[nodiscard]] bool fits(const Resources& demand) const;
    /// Picojoules a nanosecond that are drawn whatever happens.
    [[nodiscard]] std::int64_t standing() const;
    [[nodiscard]] std::int64_t standing_with_fpga_off() const;

private:
    [[nodiscard]] RefCost gpu(const DeviceCost& cost) const;
    [[nodiscard]] RefCost gpu_followers(const RefUnit& unit, std::int64_t channels) const;
    /// When a stream starts, counted from the last cut: the least and the most that it could be, and what it
    /// is.
    struct Start {
        std::int64_t least = 0;
        std::int64_t most = 0;
        std::int64_t actual = 0;
    };
    /// A run without its hardware: its units, the maps from outside with the units that read them, and which
    /// of its units are cuts.
    struct Shape {
        std::vector<std::size_t> units;
        std::map<LayerId, std::set<std::size_t>> outside;
        std::vector<bool> cut;
    };
    [[nodiscard]] Shape shape_of(UnitMask units) const;
    [[nodiscard]] bool leaves(std::size_t unit, UnitMask units) const;
    [[nodiscard]] std::vector<LayerHardware> with_followers(const std::vector<LayerHardware>& heads,
                                                            const RefUnit& unit, std::int64_t channels) const;
    void move_down(RefGroup& group, std::int64_t elements) const;
    void move_up(RefGroup& group, std::int64_t elements, std::int64_t bytes_each, std::int64_t added) const;
    void use_link(RefGroup& group, Direction direction, std::int64_t bytes) const;
    /// The FPGA's work, with all that crosses already in the group.
    void use_fpga(RefGroup& group, const Shape& shape, const std::vector<const LayerHardware*>& chosen) const;
    [[nodiscard]] Start own_start(std::size_t unit, const LayerHardware& chosen, std::int64_t pace,
                                  Hertz clock) const;

    const Network& network_;
    const Platform& platform_;
    std::vector<RefUnit> units_;
    std::vector<RefCost> on_gpu_;
    std::vector<std::vector<LayerHardware>> variants_;
    std::vector<std::vector<LayerHardware>> useful_;
};

}  // namespace cleave::testing
