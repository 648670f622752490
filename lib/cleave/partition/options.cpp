// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/options.hpp"

#include "cleave/partition/stage_generator.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

namespace cleave {
Stage OptionSet::stage(const StageOption& option) const {
    const StageTemplate& t = templates[option.stage];
    Stage stage{t.groups, t.gpu_units};
    for (std::size_t i = 0; i < stage.groups.size(); ++i) {
        stage.groups[i].share = option.share[i];
    }
    return stage;
}

std::vector<Decision> decisions_of(const StageTemplate& t, const std::array<std::int64_t, 2>& share) {
    std::vector<Decision> result;
    for (const UnitId unit : t.gpu_units) {
        result.push_back({unit, Decision::Kind::gpu, 0, 0});
    }
    for (std::size_t i = 0; i < t.groups.size(); ++i) {
        const StageGroup& group = t.groups[i];
        for (const UnitId unit : group.units) {
            if (group.axis) {
                result.push_back(
                    {unit, Decision::Kind::split, static_cast<std::int64_t>(*group.axis), share[i]});
            } else {
                result.push_back(
                    {unit, Decision::Kind::run, static_cast<std::int64_t>(index(group.units.front())), 0});
            }
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

OptionSet generate_options(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                           unsigned threads, const std::function<bool()>& should_stop, Progress* progress) {
    if (progress != nullptr) {
        progress->states = states.size();
    }
    std::vector<GeneratedStages> parts(states.size());
    std::atomic<bool> stopped{false};
    parallel_for(states.size(), threads, [&](std::size_t i) {
        if (should_stop && !stopped && should_stop()) {
            stopped = true;
        }
        StageGenerator generator(costing, states, space, state_id(i));
        parts[i] = stopped ? generator.generate_on_gpu() : generator.generate();
        if (progress != nullptr) {
            progress->options += parts[i].evaluated;
            ++progress->states_done;
        }
    });
    OptionSet set;
    set.complete = !stopped;
    bool any_fits = false;
    std::optional<SmallestPiece> smallest;
    for (GeneratedStages& part : parts) {
        const auto offset = static_cast<std::uint32_t>(set.templates.size());
        std::move(part.templates.begin(), part.templates.end(), std::back_inserter(set.templates));
        for (StageOption& option : part.options) {
            option.stage += offset;
            set.options.push_back(option);
        }
        set.evaluated += part.evaluated;
        set.pair_counts.insert(set.pair_counts.end(), part.pair_counts.begin(), part.pair_counts.end());
        any_fits = any_fits || part.any_group_fits;
        if (part.refused && (!smallest || part.refused->refusal.ratio() < smallest->refusal.ratio())) {
            smallest = part.refused;
        }
    }
    if (!any_fits && set.complete) {
        set.nothing_fits = smallest;
    }
    return set;
}

}  // namespace cleave
