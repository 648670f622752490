// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/stage_generator.hpp"

#include "cleave/partition/option_filter.hpp"
#include "cleave/partition/strategy.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Options to one state are filtered when there are so many, so that they do not pile up.
constexpr std::size_t kFilterAt = 50'000;

}  // namespace

bool disjoint(const std::vector<UnitId>& a, const std::vector<UnitId>& b) {
    return std::none_of(a.begin(), a.end(),
                        [&](UnitId unit) { return std::find(b.begin(), b.end(), unit) != b.end(); });
}

std::vector<UnitId> joined(const std::vector<UnitId>& a, const std::vector<UnitId>& b) {
    std::vector<UnitId> all(a);
    all.insert(all.end(), b.begin(), b.end());
    std::sort(all.begin(), all.end());
    return all;
}

StageGenerator::StageGenerator(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                               GroupCache& groups, StateId from, const std::function<bool()>& stop)
    : costing_(costing), states_(states), space_(space), groups_(groups), from_(from), stop_(stop) {}

/// A stage inside the region that takes longer than the GPU for all of the region, and in which standing
/// power alone is more than the GPU's energy for that, is_beaten: the same units on the GPU are no more.
/// Where layers have one hardware each there are few of these, and all of them count as design points.
void StageGenerator::find_longest_pace() {
    const bool at_end = states_.region(from_) == states_.regions().size();
    if (at_end || !costing_.has_choices() || space_.third == ThirdObjective::interval) {
        return;
    }
    const Region& region = states_.regions()[states_.region(from_)];
    std::vector<UnitId> units;
    for (std::size_t i = 0; i < region.count; ++i) {
        units.push_back(unit_id(region.first + i));
    }
    longest_pace_ = costing_.longest_paying(units, {});
}

void StageGenerator::add_gpu_steps() {
    for (const UnitId unit : states_.ready(from_)) {
        const GpuSet alone{{unit}, costing_.on_gpu(unit), {}};
        const StateId to = states_.after(from_, unit);
        ++counts_[to];
        add_option(to, add_template(to, {}, &alone), {}, alone.cost.time, alone.cost.energy, {},
                   {alone.cost.time, {}, {}});
    }
}

GeneratedStages StageGenerator::generate_on_gpu() {
    add_gpu_steps();
    finish();
    return std::move(out_);
}

GeneratedStages StageGenerator::generate() {
    add_gpu_steps();
    find_longest_pace();
    find_splits();
    find_runs();
    out_.any_group_fits = !candidates_.empty();
    for (const Candidate& candidate : candidates_) {
        emit_alone(candidate);
    }
    combine();
    finish();
    return std::move(out_);
}

std::uint32_t StageGenerator::add_template(StateId to, const std::vector<const Candidate*>& groups,
                                           const GpuSet* beside) {
    StageTemplate& stage = out_.templates.emplace_back();
    stage.from = node_id(index(from_));
    stage.to = node_id(index(to));
    for (std::size_t g = 0; g < groups.size(); ++g) {
        stage.groups.push_back(groups[g]->group);
        stage.choices[g] = groups[g]->variants->choices;
    }
    if (beside != nullptr) {
        stage.gpu_units = beside->units;
    }
    return static_cast<std::uint32_t>(out_.templates.size() - 1);
}

void StageGenerator::add_option(StateId to, std::uint32_t stage, std::array<std::uint32_t, 2> choice,
                                Nanoseconds time, Picojoules tasks, const Resources& demand, Busy busy) {
    ++out_.evaluated;
    if (space_.third != ThirdObjective::interval) {
        busy = {};
    }
    std::vector<StageOption>& options = by_target_[to];
    options.push_back({stage, choice, time, tasks + costing_.standing_power() * time, demand, busy});
    std::size_t& limit = filter_at_[to];
    if (options.size() >= std::max(limit, kFilterAt)) {
        filter(options);
        limit = 2 * options.size();
    }
}

void StageGenerator::filter(std::vector<StageOption>& options) const {
    const auto decide = [&](const StageOption& o) {
        const StageTemplate& t = out_.templates[o.stage];
        return decisions_of(t, groups_of(t, o.choice), {});
    };
    keep_nondominated(options,
                      [&](const StageOption& a, const StageOption& b) { return decide(a) < decide(b); });
}

/// Most stages in a wide region are beaten by others in all their choices.
void StageGenerator::drop_unused_templates() {
    std::vector<bool> used(out_.templates.size());
    for (const StageOption& option : out_.options) {
        used[option.stage] = true;
    }
    std::vector<std::uint32_t> number(out_.templates.size());
    std::uint32_t kept = 0;
    for (std::size_t t = 0; t < used.size(); ++t) {
        if (used[t]) {
            number[t] = kept;
            if (kept != t) {
                out_.templates[kept] = std::move(out_.templates[t]);
            }
            ++kept;
        }
    }
    out_.templates.resize(kept);
    out_.templates.shrink_to_fit();
    for (StageOption& option : out_.options) {
        option.stage = number[option.stage];
    }
}

void StageGenerator::finish() {
    for (auto& [to, options] : by_target_) {
        filter(options);
        if (is_on_ladder(costing_, space_) && !space_.relaxed) {
            thin_out(options);
        }
        out_.options.insert(out_.options.end(), options.begin(), options.end());
        options = {};
    }
    drop_unused_templates();
    for (const auto& [to, count] : counts_) {
        out_.pair_counts.push_back({node_id(index(from_)), node_id(index(to)), count});
    }
}

}  // namespace cleave
