// SPDX-License-Identifier: Apache-2.0
#include "cleave/verdict/verdict.hpp"

#include "cleave/partition/layers_on_fpga.hpp"
#include "cleave/search/fit_probability.hpp"
#include "cleave/verdict/gain.hpp"

#include <algorithm>
#include <set>

namespace cleave {
namespace {

bool uses_fpga(const FrontPoint& point) { return point.mapping != Mapping{}; }

/// Of points that do not pay: no slower than the GPU alone if there is one, and then the one with most gain
/// in time or energy.
std::optional<std::size_t> nearest_to_paying(const ExploreResult& result) {
    const Score& gpu_alone = result.baseline.score;
    std::optional<std::size_t> best;
    const auto key = [&](std::size_t i) {
        const Score& score = result.front[i].score;
        const double time = latency_speedup(gpu_alone, score);
        const double energy = energy_gain(gpu_alone, score);
        return std::pair(time >= 1 && energy >= 1, std::max(time, energy));
    };
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        if (uses_fpga(result.front[i]) && (!best || key(*best) < key(i))) {
            best = i;
        }
    }
    return best;
}

std::vector<ModuleGain> gains_of(const Network& network, const FrontPoint& point, const Score& gpu_alone) {
    std::set<ModuleId> there;
    for (const LayerId layer : layers_on_fpga(point.mapping)) {
        there.insert(network.layer(layer).module);
    }
    std::vector<ModuleGain> gains;
    for (const ModuleId module : there) {
        const ModuleScore& before = gpu_alone.modules[index(module)];
        const ModuleScore& after = point.score.modules[index(module)];
        gains.push_back({module, before.time - after.time, before.energy - after.energy});
    }
    std::stable_sort(gains.begin(), gains.end(),
                     [](const ModuleGain& a, const ModuleGain& b) { return a.time > b.time; });
    return gains;
}

LinkCost link_cost(const ExploreRequest& request, const Score& score) {
    const UnitGraph units(request.network);
    const Costing costing(units, request.platform, request.known_weights());
    LinkCost cost;
    cost.bytes = score.link_bytes;
    for (const ScoredStage& stage : score.stages) {
        for (const StageGroup& group : stage.stage.groups) {
            for (const Charge& charge : costing.charges(group)) {
                switch (charge.kind) {
                    case TaskKind::to_fpga:
                    case TaskKind::to_gpu:
                        cost.transfers += charge.time;
                        cost.energy += charge.energy;
                        break;
                    case TaskKind::gpu_before:
                    case TaskKind::gpu_after:
                        cost.conversions += charge.time;
                        cost.energy += charge.energy;
                        break;
                    case TaskKind::fpga:
                    case TaskKind::gpu_work: break;
                }
            }
        }
    }
    return cost;
}

std::vector<ResourceShare> resources_of(const ExploreRequest& request, const FrontPoint& point) {
    const Fpga& fpga = request.platform.fpga;
    const Resources real = fpga.occupied(point.score.demand);
    Resources usable = fpga.capacity();
    if (const auto probability = request.constraints.fit_probability) {
        usable =
            dependable_capacity(fpga, spread_of(fpga, point.mapping, knows_weights(request)), *probability);
    }
    return {{"ALM", real.alm, Fpga(fpga.model(), fpga.implementations(), usable).usable_alm()},
            {"DSP", real.dsp, usable.dsp},
            {"M20K", real.m20k, usable.m20k}};
}

}  // namespace

std::optional<Verdict> judge(const ExploreRequest& request, const ExploreResult& result) {
    if (result.front.empty()) {
        return std::nullopt;
    }
    const Score& gpu_alone = result.baseline.score;
    const std::optional<ThirdObjective> third = request.space.third;
    Verdict verdict;
    verdict.min_gain = request.min_gain;
    const std::size_t best = knee(result, third, request.min_gain);
    verdict.pays =
        uses_fpga(result.front[best]) && pays(result.front[best].score, gpu_alone, request.min_gain, third);
    verdict.point = verdict.pays ? std::optional(best) : nearest_to_paying(result);
    if (!verdict.point) {
        return verdict;
    }
    const FrontPoint& point = result.front[*verdict.point];
    verdict.latency_speedup = latency_speedup(gpu_alone, point.score);
    verdict.energy_gain = energy_gain(gpu_alone, point.score);
    if (*verdict.point < result.uncertainty.points.size()) {
        const PointUncertainty& drawn = result.uncertainty.points[*verdict.point];
        verdict.latency_speedup_90 = drawn.latency_speedup;
        verdict.energy_gain_90 = drawn.energy_gain;
    }
    verdict.fits = fit_probability(request.platform, point.mapping, point.score, knows_weights(request));
    verdict.gains = gains_of(request.network, point, gpu_alone);
    verdict.link = link_cost(request, point.score);
    verdict.resources = resources_of(request, point);
    return verdict;
}

}  // namespace cleave
