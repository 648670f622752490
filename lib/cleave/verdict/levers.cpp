// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/find_front.hpp"
#include "cleave/verdict/gain.hpp"
#include "cleave/verdict/verdict.hpp"

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

std::int64_t times(std::int64_t amount, double factor) {
    return static_cast<std::int64_t>(static_cast<double>(amount) * factor);
}

Platform lifted(const Platform& platform, LeverKind kind, double factor) {
    Platform changed = platform;
    const Fpga& fpga = platform.fpga;
    Resources capacity = fpga.capacity();
    std::vector<ClockedImplementation> implementations = fpga.implementations();
    switch (kind) {
        case LeverKind::alm: capacity.alm = times(capacity.alm, factor); break;
        case LeverKind::dsp: capacity.dsp = times(capacity.dsp, factor); break;
        case LeverKind::m20k: capacity.m20k = times(capacity.m20k, factor); break;
        case LeverKind::link:
            for (LinkDirection* direction : {&changed.link.to_fpga, &changed.link.to_gpu}) {
                direction->bandwidth *= factor;
                direction->floor *= 1 / factor;
                direction->overhead *= 1 / factor;
                direction->sync *= 1 / factor;
            }
            break;
        case LeverKind::clock:
            for (ClockedImplementation& one : implementations) {
                one.clock *= factor;
            }
            break;
    }
    changed.fpga = Fpga(fpga.model(), std::move(implementations), capacity);
    return changed;
}

/// Only points that are no worse than the one that is judged, in time and energy, but for what an epsilon
/// leaves open; all if there is none.
ExploreResult no_worse(ExploreResult result, const Verdict& verdict, double epsilon) {
    const Score& gpu_alone = result.baseline.score;
    std::vector<FrontPoint> kept;
    for (const FrontPoint& point : result.front) {
        if (latency_speedup(gpu_alone, point.score) >= verdict.latency_speedup / (1 + epsilon) &&
            energy_gain(gpu_alone, point.score) >= verdict.energy_gain / (1 + epsilon)) {
            kept.push_back(point);
        }
    }
    if (!kept.empty()) {
        result.front = std::move(kept);
    }
    return result;
}

Lever try_lever(const ExploreRequest& request, const Verdict& verdict, LeverKind kind, double factor,
                const std::function<bool()>& should_stop) {
    ExploreRequest other = request;
    other.platform = lifted(request.platform, kind, factor);
    other.draws = 0;
    other.limits = rough_limits(request.limits);
    const ExploreResult result =
        no_worse(find_front(other, should_stop, nullptr), verdict, other.limits.epsilon);
    Lever lever{kind, factor, 1, 1, false};
    if (const auto found = judge(other, result); found && found->point) {
        lever.latency_speedup = found->latency_speedup;
        lever.energy_gain = found->energy_gain;
        lever.pays = found->pays;
    }
    return lever;
}

bool matters(const Verdict& verdict, LeverKind kind) {
    constexpr double kHalf = 0.5;
    const auto number = static_cast<std::size_t>(kind);
    if (!verdict.point || number >= verdict.resources.size()) {
        return true;
    }
    const ResourceShare& use = verdict.resources[number];
    return static_cast<double>(use.used) > kHalf * static_cast<double>(use.usable);
}

}  // namespace

std::vector<Lever> try_levers(const ExploreRequest& request, const Verdict& verdict,
                              const std::function<bool()>& should_stop) {
    using enum LeverKind;
    struct Steps {
        LeverKind kind;
        double first;
        double second;
    };
    std::vector<Lever> levers;
    for (const Steps& steps : {Steps{alm, 2, 8}, {dsp, 2, 8}, {m20k, 2, 8}, {link, 2, 8}, {clock, 1.5, 3}}) {
        if (!matters(verdict, steps.kind) || should_stop()) {
            continue;
        }
        Lever lever = try_lever(request, verdict, steps.kind, steps.first, should_stop);
        if (!lever.pays && !should_stop()) {
            lever = try_lever(request, verdict, steps.kind, steps.second, should_stop);
        }
        if (!should_stop()) {
            levers.push_back(lever);
        }
    }
    return levers;
}

}  // namespace cleave
