// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/pipelines.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

std::variant<LayerId, Direction> pacer_of(const std::vector<PipelineLayer>& layers, const GroupCost& cost) {
    const auto slowest = std::max_element(
        layers.begin(), layers.end(),
        [](const PipelineLayer& a, const PipelineLayer& b) { return a.interval < b.interval; });
    if (cost.streamed && std::max(cost.to_fpga, cost.to_gpu) > slowest->interval) {
        return cost.to_fpga >= cost.to_gpu ? Direction::to_fpga : Direction::to_gpu;
    }
    return slowest->layer;
}

Pipeline pipeline_of(const Costing& costing, const StageGroup& group, const GroupCost& cost) {
    const std::vector<LayerHardware> hardware = costing.hardware_of(group).value();
    const RunTiming timing = costing.timing_of(group.units, hardware, cost.pace, cost.clock);
    Pipeline pipeline;
    for (std::size_t i = 0; i < group.units.size(); ++i) {
        pipeline.layers.push_back({costing.graph().unit(group.units[i]).head, hardware[i].choice,
                                   Costing::interval_time(hardware[i], cost.clock),
                                   costing.with_waits(hardware[i], timing.waits[i], cost.pace, cost.clock)});
    }
    pipeline.axis = group.axis;
    pipeline.share = group.share;
    pipeline.pace = cost.pace;
    pipeline.clock = cost.clock;
    pipeline.time = cost.fpga;
    pipeline.link_bytes = cost.link_bytes;
    pipeline.paced_by = pacer_of(pipeline.layers, cost);
    return pipeline;
}

}  // namespace

const PipelineLayer* Pipeline::pacing_layer() const {
    const auto* id = std::get_if<LayerId>(&paced_by);
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const PipelineLayer& one) {
        return id != nullptr && one.layer == *id;
    });
    return found == layers.end() ? nullptr : &*found;
}

std::vector<Pipeline> pipelines_of(const Costing& costing, const Score& score) {
    std::vector<Pipeline> all;
    for (const ScoredStage& scored : score.stages) {
        for (std::size_t g = 0; g < scored.groups.size(); ++g) {
            all.push_back(pipeline_of(costing, scored.stage.groups[g], scored.groups[g]));
        }
    }
    // As in a mapping's normal form: no layer is in two of them.
    std::sort(all.begin(), all.end(), [](const Pipeline& a, const Pipeline& b) {
        return std::tuple(a.axis.has_value(), a.layers.front().layer) <
               std::tuple(b.axis.has_value(), b.layers.front().layer);
    });
    return all;
}

}  // namespace cleave
