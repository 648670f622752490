// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"
#include "cleave/deploy/plan.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// What one piece of streaming hardware computes: an operation with its weights, batch norm folded in, and
/// the clamp of its output. Its inputs and its output are 8-bit maps in fixed point; its inside is exact.
struct FpgaStage {
    /// The layer that the operation is, and the layer whose output feature map (or part of it) leaves:
    /// itself, or a batch norm or activation that went into it.
    LayerId layer{};
    LayerId output{};
    Op op;
    /// In floating point.
    LayerParameters parameters;
    /// A relu or relu6 that the output goes through, the layer that it is, and the one that it reads.
    std::optional<Activation> clamp;
    LayerId clamp_layer{};
    LayerId unclamped{};
    std::vector<LayerId> reads;
    /// Which channels of the layer's output feature map it makes.
    Range channels;
    Shape shape;
    /// False for sums over some input channels only, which leave at the accumulator's width.
    bool complete = true;
};

/// Stages of a unit on the FPGA, or of the FPGA's share of it, in order; the last one's output is the unit's.
/// What goes along with a layer is what the cost model gives away (follower_roles). A batch norm that does
/// not fold is a depthwise 1x1 convolution.
[[nodiscard]] std::vector<FpgaStage> fpga_stages(const UnitGraph& units, const Parameters& parameters,
                                                 const ComputeUnit& unit);

/// True if a stage gives out only numbers that it has read (or zero, or six), so that they stay in the format
/// that they come in.
[[nodiscard]] bool keeps_format(const FpgaStage& stage);

}  // namespace cleave
