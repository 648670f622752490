// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/point_view.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

Lane lane_of(TaskKind kind) {
    switch (kind) {
        case TaskKind::gpu_before:
        case TaskKind::gpu_work:
        case TaskKind::gpu_after: return Lane::gpu;
        case TaskKind::to_fpga:
        case TaskKind::to_gpu: return Lane::link;
        case TaskKind::fpga: return Lane::fpga;
    }
    throw std::logic_error("task kind out of range");
}

Activity activity_of(TaskKind kind) {
    switch (kind) {
        case TaskKind::gpu_before:
        case TaskKind::gpu_after: return Activity::convert;
        case TaskKind::gpu_work:
        case TaskKind::fpga: return Activity::compute;
        case TaskKind::to_fpga: return Activity::down;
        case TaskKind::to_gpu: return Activity::up;
    }
    throw std::logic_error("task kind out of range");
}

/// Takes stages apart, one after the other.
class Timeline {
public:
    Timeline(const Costing& costing, PointView& view) : costing_(costing), view_(view) {}

    void add(const ScoredStage& stage) {
        std::vector<Group> groups;
        for (std::size_t g = 0; g < stage.groups.size(); ++g) {
            const StageGroup& group = stage.stage.groups[g];
            groups.push_back({heads(group), costing_.charges(group)});
        }
        view_.energy.gpu += stage.gpu.energy;
        for (const Group& group : groups) {
            for (const Charge& charge : group.charges) {
                energy_of(lane_of(charge.kind)) += charge.energy;
            }
        }
        for (const TaskTime& task : stage_tasks(stage.groups, stage.gpu.time)) {
            if (task.kind == TaskKind::gpu_work) {
                add_work(stage, groups, now_ + task.start);
            } else {
                add_task(groups[task.group], task);
            }
        }
        now_ += stage.time;
    }

private:
    struct Group {
        std::vector<LayerId> layers;
        std::vector<Charge> charges;
    };

    [[nodiscard]] std::vector<LayerId> heads(const StageGroup& group) const {
        std::vector<LayerId> layers;
        for (const UnitId unit : group.units) {
            layers.push_back(costing_.graph().unit(unit).head);
        }
        return layers;
    }

    [[nodiscard]] Picojoules& energy_of(Lane lane) {
        switch (lane) {
            case Lane::gpu: return view_.energy.gpu;
            case Lane::link: return view_.energy.link;
            case Lane::fpga: return view_.energy.fpga;
        }
        throw std::logic_error("lane out of range");
    }

    void add_bar(Bar bar) {
        if (bar.end > bar.start) {
            view_.bars.push_back(std::move(bar));
        }
    }

    /// Units of the GPU, then its shares of splits, one after the other.
    void add_work(const ScoredStage& stage, const std::vector<Group>& groups, Nanoseconds start) {
        for (const UnitId unit : stage.stage.gpu_units) {
            const GpuCost& cost = costing_.on_gpu(unit);
            add_bar({Lane::gpu,
                     Activity::compute,
                     {costing_.graph().unit(unit).head},
                     start,
                     start + cost.time,
                     cost.energy,
                     0});
            start += cost.time;
        }
        for (const Group& group : groups) {
            Bar bar{Lane::gpu, Activity::compute, group.layers, start, start, {}, 0};
            for (const Charge& charge : group.charges) {
                if (charge.kind == TaskKind::gpu_work) {
                    bar.end += charge.time;
                    bar.energy += charge.energy;
                }
            }
            start = bar.end;
            add_bar(std::move(bar));
        }
    }

    /// A bar for each transfer; kernels of one task join.
    void add_task(const Group& group, const TaskTime& task) {
        const Lane lane = lane_of(task.kind);
        Bar bar{lane, activity_of(task.kind), group.layers, now_ + task.start, now_ + task.start, {}, 0};
        for (const Charge& charge : group.charges) {
            if (charge.kind != task.kind) {
                continue;
            }
            bar.end += charge.time;
            bar.energy += charge.energy;
            bar.bytes += charge.bytes;
            if (lane == Lane::link) {
                bar.layers = {charge.map};
                add_bar(bar);
                bar = {lane, bar.activity, {}, bar.end, bar.end, {}, 0};
            }
        }
        add_bar(std::move(bar));
    }

    const Costing& costing_;
    PointView& view_;
    Nanoseconds now_;
};

std::vector<LayerPlace> places_of(const Costing& costing, const Mapping& mapping) {
    const UnitGraph& graph = costing.graph();
    const Placement placement(graph, mapping);
    std::vector<LayerPlace> places(graph.network().layers().size());
    for (std::size_t i = graph.network().input_count(); i < places.size(); ++i) {
        const LayerId id = layer_id(i);
        const UnitId unit = graph.unit_of(id);
        LayerPlace& place = places[i];
        switch (placement.kind(id)) {
            case Decision::Kind::gpu: break;
            case Decision::Kind::run:
                place.device = LayerPlace::Device::fpga;
                place.run = placement.run(unit);
                break;
            case Decision::Kind::split: {
                const Split& split = placement.split(unit);
                place = {LayerPlace::Device::split, 0, split.axis, split.fpga_share,
                         costing.split_extent(unit, split.axis)};
                break;
            }
        }
    }
    return places;
}

/// Standing energy as evaluate() charges it.
void add_standing(const Costing& costing, const Score& score, DeviceEnergy& energy) {
    const Milliwatts gpu = costing.standing_power() - costing.standing_power_beside_gpu();
    const Milliwatts beside_gpu = score.standing_power - gpu;
    const Milliwatts link = std::min(round_exact(costing.platform().link.idle_power), beside_gpu);
    energy.gpu_standing = gpu * score.latency;
    energy.link_standing = link * score.latency;
    energy.fpga_standing = (beside_gpu - link) * score.latency;
}

}  // namespace

PointView view_point(const Costing& costing, const Mapping& mapping, Score score) {
    PointView view;
    view.score = std::move(score);
    Timeline timeline(costing, view);
    for (const ScoredStage& stage : view.score.stages) {
        timeline.add(stage);
    }
    std::stable_sort(view.bars.begin(), view.bars.end(), [](const Bar& a, const Bar& b) {
        return std::tie(a.start, a.lane) < std::tie(b.start, b.lane);
    });
    view.places = places_of(costing, mapping);
    view.pipelines = pipelines_of(costing, view.score);
    add_standing(costing, view.score, view.energy);
    view.occupied = costing.platform().fpga.occupied(view.score.demand);
    view.extrapolated = extrapolated_layers(costing, mapping);
    return view;
}

}  // namespace cleave
