// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/partition/stage.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

class RunInputs;

/// The slice of a layer that one device computes under a split. @throws std::invalid_argument as
/// slice_channels, ...
[[nodiscard]] LayerWork slice_layer(const LayerWork& whole, SplitAxis axis, std::int64_t part);

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
/// Keeps references to graph and platform, which must outlive it.
class Costing {
public:
    Costing(const UnitGraph& graph, const Platform& platform);

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
    /// The unit's head split, `share` of its extent on the FPGA; nothing if there is no hardware for what
    /// follows it.
    /// @throws std::invalid_argument unless 1 <= share < split_extent(unit, axis).
    [[nodiscard]] std::optional<GroupCost> split(UnitId unit, SplitAxis axis, std::int64_t share) const;

    /// Each hardware that a whole unit can become; empty if it cannot be on the FPGA.
    [[nodiscard]] const std::vector<LayerHardware>& variants(UnitId unit) const {
        return variants_[index(unit)];
    }
    /// The one of several variants that is used wherever they are to choose from, since neither stages nor
    /// mappings name variants: the fastest (shortest interval) of those that fit the FPGA alone, of equals
    /// the first; if none fits, the one that misses by least. Nothing if there is none.
    [[nodiscard]] std::optional<LayerHardware> chosen(const std::vector<LayerHardware>& variants) const;
    /// `units` (in order, each at most once) as one streaming pipeline; nothing if one of them has no
    /// hardware.
    [[nodiscard]] std::optional<GroupCost> run(const std::vector<UnitId>& units) const;
    /// True if the units form one pipeline: connected by feature maps between them or by one they all read.
    [[nodiscard]] bool is_connected(const std::vector<UnitId>& units) const;

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
    [[nodiscard]] std::vector<LayerHardware> whole_variants(UnitId unit) const;
    [[nodiscard]] GpuCost gpu_layer(const LayerWork& work) const;
    [[nodiscard]] GpuCost followers_on_gpu(UnitId unit, std::int64_t channels) const;
    [[nodiscard]] std::optional<Resources> followers_on_fpga(UnitId unit, std::int64_t channels) const;
    [[nodiscard]] GpuCost gpu_cost(const DeviceCost& cost) const;
    [[nodiscard]] bool add_split(Tally& tally, UnitId unit, SplitAxis axis, std::int64_t share) const;
    [[nodiscard]] bool add_run(Tally& tally, const std::vector<UnitId>& units) const;
    [[nodiscard]] std::int64_t fill(const RunInputs& inputs, const std::vector<UnitId>& units,
                                    const std::vector<LayerHardware>& hw, std::int64_t interval,
                                    Resources& demand) const;
    [[nodiscard]] bool add_group(Tally& tally, const StageGroup& group) const;
    void send(Tally& tally, LayerId map, std::int64_t elements) const;
    void receive(Tally& tally, LayerId map, std::int64_t elements, std::int64_t bytes_each,
                 std::int64_t added_to) const;
    void compute(Tally& tally, std::int64_t cycles) const;
    void transfer(Tally& tally, Direction direction, LayerId map, std::int64_t bytes) const;

    const UnitGraph& graph_;
    const Platform& platform_;
    Milliwatts gpu_standing_power_;
    Milliwatts standing_power_;
    std::vector<GpuCost> on_gpu_;
    std::vector<std::vector<LayerHardware>> variants_;
};

}  // namespace cleave
