// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/extrapolation.hpp"
#include "cleave/partition/pipelines.hpp"
#include "cleave/units/names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What works: one lane of a timeline. Bars of a lane are one after the other; but with streamed hand-over
/// the link may be at work in both directions at once.
enum class Lane { gpu, link, fpga };
[[nodiscard]] constexpr auto names_of(Lane) {
    using enum Lane;
    return std::to_array<Named<Lane>>({{gpu, "GPU"}, {link, "link"}, {fpga, "FPGA"}});
}
static_assert(all_named<Lane>());

/// What is done. `convert` changes number formats and adds partial sums.
enum class Activity { compute, convert, down, up };
[[nodiscard]] constexpr auto names_of(Activity) {
    using enum Activity;
    return std::to_array<Named<Activity>>(
        {{compute, "compute"}, {convert, "convert"}, {down, "to FPGA"}, {up, "to GPU"}});
}
static_assert(all_named<Activity>());

/// One piece of work on the time axis of an inference.
struct Bar {
    Lane lane = Lane::gpu;
    Activity activity = Activity::compute;
    /// Heads of the units that are computed or converted for; of a transfer, the layer whose map crosses.
    std::vector<LayerId> layers;
    Nanoseconds start;
    Nanoseconds end;
    /// Without standing power.
    Picojoules energy;
    std::int64_t bytes = 0;
};

/// Where a layer is computed.
struct LayerPlace {
    enum class Device { gpu, fpga, split } device = Device::gpu;
    /// Number of the fused run, if on the FPGA.
    std::size_t run = 0;
    /// If split: along what, how much of it is the FPGA's, and how much there is.
    SplitAxis axis = SplitAxis::channels;
    std::int64_t share = 0;
    std::int64_t extent = 0;
};

/// Energy of one inference by what draws it. Standing energy is idle and static power over the whole
/// inference, zero in the active scope.
struct DeviceEnergy {
    Picojoules gpu;
    Picojoules fpga;
    Picojoules link;
    Picojoules gpu_standing;
    Picojoules fpga_standing;
    Picojoules link_standing;

    [[nodiscard]] Picojoules sum() const {
        return gpu + fpga + link + gpu_standing + fpga_standing + link_standing;
    }
};

/// A scored mapping taken apart for people to look at.
struct PointView {
    Score score;
    /// By start, then lane.
    std::vector<Bar> bars;
    /// One for each layer of the network, the input included.
    std::vector<LayerPlace> places;
    /// Runs in the order of their numbers, then splits.
    std::vector<Pipeline> pipelines;
    DeviceEnergy energy;
    /// Blocks of the FPGA really taken.
    Resources occupied;
    std::vector<ExtrapolatedLayer> extrapolated;
};

/// @param score  of this mapping, by evaluate()
[[nodiscard]] PointView view_point(const Costing& costing, const Mapping& mapping, Score score);

}  // namespace cleave
