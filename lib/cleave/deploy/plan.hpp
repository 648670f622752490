// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "cleave/units/names.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// Index of a step in Plan::steps.
enum class StepId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(StepId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr StepId step_id(std::size_t i) { return static_cast<StepId>(i); }

/// Index of a tensor in Plan::tensors.
enum class PlanTensorId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(PlanTensorId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr PlanTensorId plan_tensor_id(std::size_t i) { return static_cast<PlanTensorId>(i); }

enum class StepDevice { gpu, fpga, link };
[[nodiscard]] constexpr auto names_of(StepDevice) {
    using enum StepDevice;
    return std::to_array<Named<StepDevice>>({{gpu, "gpu"}, {fpga, "fpga"}, {link, "link"}});
}
static_assert(all_named<StepDevice>());

/// Numbers [first, first + count) of channels, filters or groups; or `count` others, which are listed.
struct Range {
    std::int64_t first = 0;
    std::int64_t count = 0;
    /// Ascending, from `first` on, and not without gaps; empty if there are none.
    std::vector<std::int64_t> picked = {};

    /// All of them, ascending.
    [[nodiscard]] std::vector<std::int64_t> numbers() const;
    friend bool operator==(const Range&, const Range&) = default;
};

/// @param numbers  ascending, one at least
[[nodiscard]] Range range_of(std::vector<std::int64_t> numbers);

/// What a device computes of a unit: all of it, or one side of a split. The side of the head alone where it
/// is split along the input channels, since what follows needs the sums; else of all of its layers.
enum class Share { whole, fpga, gpu };

/// What a tensor holds: channels of a layer's output feature map, or sums over some of the layer's input
/// channels only.
enum class TensorContent { map, partial_sums };

/// A tensor that crosses the link.
struct Crossing {
    /// The transfer.
    StepId step{};
    Direction direction = Direction::to_fpga;
    /// Of each number, on the link.
    std::int64_t bits = 8;
    std::int64_t bytes = 0;
};

/// A tensor that passes from one step to others. It lies in GPU memory as float32, unless it crosses: then it
/// is int8 (a map) or int32 (partial sums).
struct PlanTensor {
    /// "t000", "t001", ...: never made from a user's name.
    std::string name;
    LayerId layer{};
    TensorContent content = TensorContent::map;
    /// Which channels of the layer's output feature map.
    Range channels;
    Shape shape;
    /// The step that computes it; nothing for the network's inputs.
    std::optional<StepId> from;
    /// Steps on GPU or FPGA that read it.
    std::vector<StepId> to;
    std::optional<Crossing> crossing;
    /// The GPU makes it behind an operation without a model, and nothing has crossed the link in between: the
    /// reference, which does not compute such operations, has no more than stand-ins for its numbers.
    bool stand_in = false;
};

/// Computes a unit, or its share of it.
struct ComputeUnit {
    UnitId unit{};
    Share share = Share::whole;
    /// Set unless whole.
    std::optional<Split> split;
};
/// Makes a crossing tensor ready to leave: its channels are taken from the layer's map and converted.
struct Send {
    PlanTensorId tensor{};
};
/// Takes a crossing tensor that has arrived.
struct Receive {
    PlanTensorId tensor{};
};
/// Puts both shares of a split unit together on the GPU: sums partial sums, then computes what follows; or
/// joins channels, the FPGA's first.
struct Combine {
    UnitId unit{};
    Split split;
};
using Piece = std::variant<ComputeUnit, Send, Receive, Combine>;

/// One thing that a device or the link does.
struct PlanStep {
    StepDevice device = StepDevice::gpu;
    /// Data that it waits for.
    std::vector<StepId> depends_on;
    /// A transfer's one tensor is both.
    std::vector<PlanTensorId> inputs;
    std::vector<PlanTensorId> outputs;
    /// What is computed, in order; nothing for a transfer.
    std::vector<Piece> pieces;
    Nanoseconds start;
    Nanoseconds duration;
    /// Of `duration`, what a GPU step does for the link: the host's hand-over, conversions, adding partial
    /// sums, and what follows such a sum in its unit.
    Nanoseconds conversion;
    /// Without standing power.
    Picojoules energy;
};

/// Where a layer, or one side of it, is computed.
struct LayerPart {
    LayerId layer{};
    StepId step{};
    StepDevice device = StepDevice::gpu;
    /// Nothing: the whole layer. What follows a split layer is split by its channels: `filters`.
    std::optional<SplitAxis> axis;
    /// Of the axis; of the output channels if whole.
    Range range;
};

/// A scored mapping as steps in an order in which each follows what it depends on.
struct Plan {
    /// The network's inputs first.
    std::vector<PlanTensor> tensors;
    std::vector<PlanStep> steps;
    /// In network order, the FPGA's side of a split first.
    std::vector<LayerPart> parts;
    std::vector<PlanTensorId> inputs;
    /// As many as the network has results, in their order.
    std::vector<PlanTensorId> outputs;
    Nanoseconds latency;
    /// The sum of all steps and the standing energy.
    Picojoules energy;
    Milliwatts standing_power;
    Picojoules standing_energy;
    std::int64_t link_bytes = 0;
    /// Operations without a model, in network order.
    std::vector<LayerId> copied;
    /// Those of them that something on the FPGA depends on.
    std::vector<LayerId> copied_before_fpga;

    [[nodiscard]] const PlanTensor& tensor(PlanTensorId id) const { return tensors[index(id)]; }
    [[nodiscard]] const PlanStep& step(StepId id) const { return steps[index(id)]; }
};

/// Steps of a mapping's schedule. GPU work joins into one step until something must be sent, and from where
/// something has been received; what the GPU computes beside the FPGA is a step of its own.
/// @param score  of this mapping, by evaluate()
/// @throws std::logic_error if times, energies or bytes of the steps do not sum to the score's.
[[nodiscard]] Plan make_plan(const Costing& costing, const Score& score);

}  // namespace cleave
