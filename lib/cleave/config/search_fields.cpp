// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/search_fields.hpp"

#include "cleave/config/read_set.hpp"

#include <vector>

namespace cleave {

void SearchFields::read_space(const std::optional<Field>& field) {
    if (!field) {
        return;
    }
    Fields fields(*field);
    if (const auto strategies = fields.find("strategies")) {
        // Everything on the GPU is always allowed.
        Choices<Strategy> names = choices_of<Strategy>();
        std::erase_if(names, [](const auto& choice) { return choice.second == Strategy::gpu; });
        space.strategies = read_set(*strategies, names, "strategy", "strategies");
    }
    if (const auto axes = fields.find("axes")) {
        space.axes = read_set(*axes, choices_of<SplitAxis>(), "axis", "axes");
    }
    if (const auto longest = fields.find("longest_run")) {
        space.longest_run = longest->integer({1, 1'000'000});
    }
    if (const auto folding = fields.find("folding")) {
        space.folding = folding->choice<Folding>("folding").value_or(space.folding);
    }
    fields.done();
}

void SearchFields::read_constraints(const std::optional<Field>& field) {
    if (!field) {
        return;
    }
    Fields fields(*field);
    if (const auto latency = fields.find("max_latency")) {
        constraints.max_latency = latency->quantity<Seconds>();
    }
    if (const auto energy = fields.find("max_energy")) {
        constraints.max_energy = energy->quantity<Joules>();
    }
    if (const auto probability = fields.find("fit_probability")) {
        constraints.fit_probability = probability->real({0.5, 0.9999});
        fit_probability_field = probability;
    }
    fields.done();
}

void SearchFields::read_search(const std::optional<Field>& field) {
    if (!field) {
        return;
    }
    Fields fields(*field);
    if (const auto step = fields.find("share_step")) {
        space.share_step = step->integer({1, 1'000'000}).value_or(space.share_step);
    }
    if (const auto threads = fields.find("threads")) {
        limits.threads = static_cast<unsigned>(threads->integer({0, 1024}).value_or(0));
    }
    if (const auto time = fields.find("time_limit")) {
        limits.time_limit = time->quantity<Seconds>();
    }
    if (const auto memory = fields.find("memory_limit")) {
        if (const std::optional<Bytes> bytes = memory->quantity<Bytes>()) {
            limits.memory_limit = static_cast<std::int64_t>(bytes->value());
        }
    }
    if (const auto epsilon = fields.find("epsilon")) {
        limits.epsilon = epsilon->real({0, 1}).value_or(0);
    }
    if (const auto field_of_pick = fields.find("pick")) {
        pick = field_of_pick->choice<Pick>("pick").value_or(pick);
        pick_field = field_of_pick;
    }
    if (const auto bound = fields.find("bound_ladder")) {
        limits.bound_ladder = bound->boolean().value_or(false);
    }
    fields.done();
}

void SearchFields::read_verdict(const std::optional<Field>& field) {
    if (!field) {
        return;
    }
    Fields fields(*field);
    if (const auto least = fields.find("min_gain")) {
        min_gain = least->real({0, 1000}).value_or(min_gain);
    }
    fields.done();
}

}  // namespace cleave
