// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/run_plan.hpp"

#include <utility>

namespace cleave {

std::vector<Graph> segments(const Plan& plan, const UnitGraph& units, const Parameters& parameters,
                            const std::optional<FixedPointFormats>& formats) {
    std::vector<Graph> graphs(plan.steps.size());
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        if (plan.steps[i].device != StepDevice::link) {
            graphs[i] = segment(plan, step_id(i), units, parameters, formats);
        }
    }
    return graphs;
}

std::vector<Values> execute_plan(const Plan& plan, const std::vector<Graph>& graphs, const Values& input) {
    std::vector<Values> values(plan.tensors.size());
    auto next = input.begin();
    for (const PlanTensorId id : plan.inputs) {
        const auto end = next + plan.tensor(id).shape.elements();
        values[index(id)] = Values(next, end);
        next = end;
    }
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        const PlanStep& step = plan.steps[i];
        if (step.device == StepDevice::link) {
            continue;
        }
        std::vector<Values> inputs;
        for (const PlanTensorId id : step.inputs) {
            inputs.push_back(values[index(id)]);
        }
        std::vector<Values> outputs = execute(graphs[i], inputs);
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            values[index(step.outputs[k])] = std::move(outputs[k]);
        }
    }
    return values;
}

}  // namespace cleave
