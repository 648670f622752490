// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace cleave {

/// A layer of a pipeline on the FPGA, or the FPGA's share of a split one, with what follows it.
struct PipelineLayer {
    LayerId layer{};
    HardwareChoice hardware;
    /// Time between frames if it ran alone at the pipeline's clock.
    Nanoseconds interval;
    /// With the maps that wait in front of it. The sum over a pipeline is the demand of its group.
    Resources demand;
};

/// A fused run, or the FPGA's share of a split, as one pipeline.
struct Pipeline {
    /// In order.
    std::vector<PipelineLayer> layers;
    /// Of a split.
    std::optional<SplitAxis> axis;
    std::int64_t share = 0;
    /// Time between frames of the pipeline by itself.
    Nanoseconds pace;
    Hertz clock;
    /// From the first input to the last output; with streamed hand-over the transfers are part of it.
    Nanoseconds time;
    std::int64_t link_bytes = 0;
    /// What sets the pace: the slowest layer, or, if they take longer, the transfers in one direction that
    /// the pipeline streams beside. Of several that take equally long, a layer, and the first in order.
    std::variant<LayerId, Direction> paced_by;

    /// The layer that sets the pace; nothing if transfers do.
    [[nodiscard]] const PipelineLayer* pacing_layer() const;
};

/// What is on the FPGA in a scored partition: the runs of the mapping, then its splits, in its order.
[[nodiscard]] std::vector<Pipeline> pipelines_of(const Costing& costing, const Score& score);

}  // namespace cleave
