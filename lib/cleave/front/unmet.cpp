// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/unmet.hpp"

#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cleave {
namespace {

/// By how much a bound is missed: "0.35 ms or 5.1 % more"; large excesses as a factor.
std::string excess(const std::string& difference, double factor) {
    if (factor <= 11) {
        return fmt::format("{} or {:.1f} % more", difference, 100 * (factor - 1));
    }
    // To three digits.
    const double unit = std::pow(10, std::floor(std::log10(factor)) - 2);
    const double rounded = unit * std::round(factor / unit);
    return fmt::format("{} more, {} times as much", difference,
                       rounded < 1e12 ? show_count(static_cast<std::int64_t>(std::llround(rounded)))
                                      : fmt::format("{:.3g}", rounded));
}

}  // namespace

std::string describe(const Infeasibility& bad, const Network& network) {
    const std::string where =
        bad.module ? fmt::format(" in module '{}'", network.module(*bad.module).name) : "";
    return fmt::format("{} binds{}: {} needed, {} available; layer '{}' asks for most of it",
                       bad.refusal.resource, where, bad.refusal.needed, bad.refusal.available,
                       network.layer(bad.layer).name);
}

std::vector<std::string> unmet_messages(const ExploreRequest& request, const ExploreResult& result) {
    std::vector<std::string> messages;
    for (const UnmetConstraint& unmet : result.unmet) {
        const bool latency = unmet.objective == "latency";
        const auto text = [&](double value) { return latency ? show(Seconds(value)) : show(Joules(value)); };
        const bool alone = unmet.best > unmet.required;
        messages.push_back(
            alone ? fmt::format("constraints.max_{} is {}, but the least {} {} is {} ({})", unmet.objective,
                                text(unmet.required), unmet.proved ? "possible" : "found", unmet.objective,
                                text(unmet.best),
                                excess(text(unmet.best - unmet.required), unmet.best / unmet.required))
                  : fmt::format("constraints.max_{} ({}) can be met, but not together with the others",
                                unmet.objective, text(unmet.required)));
    }
    if (!messages.empty()) {
        const auto& binding = result.unmet.front().binding;
        messages.push_back(binding
                               ? describe(*binding, request.network)
                               : "even all layers and slices that fit this FPGA one by one, together on it, "
                                 "do not meet them; a larger FPGA may hold larger ones");
    }
    return messages;
}

}  // namespace cleave
