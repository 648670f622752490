// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/parameters.hpp"

namespace cleave {

std::optional<Filters> filters_of(const Op& op, const Shape& input) {
    if (const auto* conv = std::get_if<Conv>(&op)) {
        return Filters{conv->filters, input.channels / conv->groups * conv->window.taps(),
                       is_depthwise(*conv, input)};
    }
    if (const auto* fc = std::get_if<FullyConnected>(&op)) {
        return Filters{fc->features, input.elements(), false};
    }
    return std::nullopt;
}

ParameterCounts parameter_counts(const Op& op, const Shape& input) {
    ParameterCounts counts;
    if (const auto filters = filters_of(op, input)) {
        const auto* conv = std::get_if<Conv>(&op);
        const bool bias = conv != nullptr ? conv->bias : std::get<FullyConnected>(op).bias;
        counts.weights = filters->weights();
        counts.bias = bias ? filters->count : 0;
    } else if (std::holds_alternative<BatchNorm>(op)) {
        counts.norm = input.channels;
    } else if (const auto* act = std::get_if<Activation>(&op); act && act->kind == ActivationKind::prelu) {
        counts.weights = input.channels;
    }
    return counts;
}

}  // namespace cleave
