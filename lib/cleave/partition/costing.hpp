// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/partition/run_timing.hpp"
#include "cleave/partition/stage.hpp"
#include "cleave/partition/unit_hardware.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Time and energy of work on the GPU, rounded to ticks layer by layer.
struct GpuCost {
    Nanoseconds time;
    Picojoules energy;
};

/// Why a unit or run cannot be on the FPGA.
struct FpgaRefusal {
    /// Resource that is exceeded; empty if there is no hardware for the operation at all.
    std::string resource;
    std::int64_t needed = 0;
    std::int64_t available = 0;

    /// How many times the available amount is needed; nothing available counts as a half.
    [[nodiscard]] double ratio() const {
        return static_cast<double>(needed) / std::max(static_cast<double>(available), 0.5);
    }
};

/// The cost of every piece that a partition can be made of, on one platform.
/// Keeps references to graph, platform and weights, which must outlive it.
class Costing {
public:
    /// @param weights  of the graph's network, if they are known
    Costing(const UnitGraph& graph, const Platform& platform, const WeightLogic* weights = nullptr);

    [[nodiscard]] const UnitGraph& graph() const { return graph_; }
    [[nodiscard]] const Platform& platform() const { return platform_; }

    /// Power charged for as long as the inference takes: idle and static power in the system scope, else 0.
    [[nodiscard]] Milliwatts standing_power() const { return standing_power_; }
    /// Whether a mapping leaves FPGA and link unused and they are then switched off.
    [[nodiscard]] bool is_fpga_off(const Mapping& mapping) const {
        return mapping == Mapping{} && platform_.unused_fpga == UnusedFpga::off;
    }
    /// The part of standing_power() that FPGA and link draw.
    [[nodiscard]] Milliwatts standing_power_beside_gpu() const {
        return standing_power_ - gpu_standing_power_;
    }

    [[nodiscard]] const GpuCost& on_gpu(UnitId unit) const { return on_gpu_[index(unit)]; }
    [[nodiscard]] GpuCost on_gpu(const std::vector<UnitId>& units) const;

    /// Channels, filters or groups that a unit can be split over; 0 if it cannot be split along the axis.
    [[nodiscard]] std::int64_t split_extent(UnitId unit, SplitAxis axis) const;
    /// The unit's head split, `share` of its extent on the FPGA as that hardware (of
    /// UnitHardware::of_split).
    /// @throws std::invalid_argument unless 1 <= share < split_extent(unit, axis).
    [[nodiscard]] GroupCost split(UnitId unit, SplitAxis axis, std::int64_t share,
                                  const LayerHardware& hardware) const;
    /// Nothing if they are not known.
    [[nodiscard]] const WeightLogic* weights() const { return weights_; }
    /// The numbers that the FPGA takes of a split layer, as in Split::picked.
    [[nodiscard]] std::vector<std::int64_t> picked(LayerId layer, SplitAxis axis, std::int64_t share) const {
        return weights_ != nullptr ? weights_->picked(layer, axis, share) : std::vector<std::int64_t>{};
    }

    [[nodiscard]] const UnitHardware& hardware() const { return hardware_; }
    /// True if some unit has several variants, so that mappings must say which.
    [[nodiscard]] bool has_choices() const { return has_choices_; }
    /// Whether a stage may have two groups on the FPGA. Where foldings are to choose from it has one: pairs
    /// of them would be too many to look at.
    [[nodiscard]] bool may_pair() const { return !has_choices_; }
    /// One hardware for each unit of a group: the one that it names, or the only one there is. Nothing if
    /// a unit has none, or several to choose from, or not the one that is named.
    [[nodiscard]] std::optional<std::vector<LayerHardware>> hardware_of(const StageGroup& group) const;
    /// `units` (in order, each at most once) as one streaming pipeline of the given hardware.
    [[nodiscard]] GroupCost run(const std::vector<UnitId>& units, std::vector<LayerHardware> hardware) const;
    /// True if the units form one pipeline: connected by feature maps between them or by one they all read.
    [[nodiscard]] bool is_connected(const std::vector<UnitId>& units) const;

    /// Own time of a unit's hardware in a run at that pace and clock, of those useful ones that keep it: the
    /// least and the most, and of `own` too. See RunTiming.
    [[nodiscard]] PacedUnit paced(UnitId unit, Nanoseconds pace, Hertz clock,
                                  const LayerHardware* own = nullptr) const;
    [[nodiscard]] static Nanoseconds own_time(const LayerHardware& hardware, Nanoseconds pace, Hertz clock);
    [[nodiscard]] static Nanoseconds interval_time(const LayerHardware& hardware, Hertz clock);
    /// Whether hardware can be in a run at the clock: its implementation is at least as fast.
    [[nodiscard]] bool reaches(const LayerHardware& hardware, Hertz clock) const;
    /// And keeps the run's pace.
    [[nodiscard]] bool keeps(const LayerHardware& hardware, Nanoseconds pace, Hertz clock) const;
    /// The longest time that something may take whose power lasts all the while, beside standing power:
    /// beyond, the GPU alone does all of these units sooner and with less energy. Nothing if no time is too
    /// long.
    [[nodiscard]] std::optional<Nanoseconds> longest_paying(const std::vector<UnitId>& units,
                                                            Milliwatts power) const;
    /// Of a run of that hardware at that pace and clock.
    [[nodiscard]] RunTiming timing_of(const std::vector<UnitId>& units,
                                      const std::vector<LayerHardware>& hardware, Nanoseconds pace,
                                      Hertz clock) const;
    /// Demand of a unit in a run at that pace and clock: its hardware and the maps that wait in front of it.
    [[nodiscard]] Resources with_waits(const LayerHardware& hardware,
                                       const std::vector<RunTiming::Wait>& waits, Nanoseconds pace,
                                       Hertz clock) const;
    /// Power of the FPGA while a run works, and energy of one of its units over the pace.
    [[nodiscard]] Milliwatts run_power(Hertz clock) const;
    [[nodiscard]] Picojoules work_energy(std::size_t implementation, const Resources& demand,
                                         Nanoseconds pace, Hertz clock) const;
    /// Conversions and transfers of maps that a run reads from outside, and of maps that leave it.
    [[nodiscard]] GroupCost sends(const std::vector<UnitId>& units) const;
    [[nodiscard]] GroupCost receives(const std::vector<UnitId>& units) const;

    [[nodiscard]] GroupCost group(const StageGroup& group) const;
    /// What group() is the sum of: conversions and transfers down, one for each feature map, the GPU's share,
    /// the FPGA's work, transfers up with their conversions, and what follows.
    [[nodiscard]] std::vector<Charge> charges(const StageGroup& group) const;

    [[nodiscard]] bool fits(const Resources& demand) const { return !refusal(demand); }
    /// The limit that is exceeded by most, relative to the limit; nothing if the demand fits.
    [[nodiscard]] std::optional<FpgaRefusal> refusal(const Resources& demand) const;

private:
    /// Adds up the cost of a group.
    class Tally;

    [[nodiscard]] GpuCost whole_on_gpu(UnitId unit) const;
    [[nodiscard]] GpuCost gpu_layer(const LayerWork& work) const;
    [[nodiscard]] GpuCost followers_on_gpu(UnitId unit, std::int64_t channels) const;
    [[nodiscard]] GpuCost gpu_cost(const DeviceCost& cost) const;
    void add_split(Tally& tally, UnitId unit, SplitAxis axis, std::int64_t share,
                   const LayerHardware& hardware) const;
    void add_run(Tally& tally, const std::vector<UnitId>& units, std::vector<LayerHardware> hardware) const;
    void add_group(Tally& tally, const StageGroup& group) const;
    void add_sends(Tally& tally, const std::vector<UnitId>& units) const;
    void add_receives(Tally& tally, const std::vector<UnitId>& units) const;
    void send(Tally& tally, LayerId map, std::int64_t elements) const;
    void receive(Tally& tally, LayerId map, std::int64_t elements, std::int64_t bytes_each,
                 std::int64_t added_to) const;
    void compute(Tally& tally, const std::vector<UnitId>& units,
                 const std::vector<LayerHardware>& hardware) const;
    void hand_over(Tally& tally, Direction direction) const;
    void transfer(Tally& tally, Direction direction, LayerId map, std::int64_t bytes) const;

    const UnitGraph& graph_;
    const Platform& platform_;
    const WeightLogic* weights_;
    Milliwatts gpu_standing_power_;
    Milliwatts standing_power_;
    std::vector<GpuCost> on_gpu_;
    UnitHardware hardware_;
    bool has_choices_ = false;
};

}  // namespace cleave
