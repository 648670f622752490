// SPDX-License-Identifier: Apache-2.0
#include "explore_results.hpp"

#include "table.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cleave::cli {
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

RunContext context_of(const ExploreConfig& config) {
    const ExploreInputs& inputs = config.inputs;
    return {config.config_sha256,
            config.network_sha256,
            {sha256(inputs.config), sha256(inputs.network), sha256(inputs.gpu), sha256(inputs.fpga),
             sha256(inputs.link)},
            config.gpu,
            config.fpga,
            config.link};
}

NamedFiles result_files(const ExploreConfig& config, const ExploreResult& result) {
    const ExploreRequest& request = config.request;
    NamedFiles files;
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const FrontPoint& point = result.front[i];
        const std::string comment =
            fmt::format("point {}: {}, {}", point_id(i), show(to_si(point.score.latency)),
                        show(to_si(point.score.energy)));
        files.emplace_back(mapping_name(i), mapping_yaml(request.network, point.mapping, comment));
    }
    const ExploreInputs& inputs = config.inputs;
    files.emplace_back("inputs/config.yaml", inputs.config);
    files.emplace_back("inputs/network.yaml", inputs.network);
    files.emplace_back("inputs/gpu.yaml", inputs.gpu);
    files.emplace_back("inputs/fpga.yaml", inputs.fpga);
    files.emplace_back("inputs/link.yaml", inputs.link);
    files.emplace_back("front.csv", front_csv(request, result));
    return files;
}

std::string describe(const Infeasibility& bad, const Network& network) {
    const std::string where =
        bad.module ? fmt::format(" in module '{}'", network.module(*bad.module).name) : "";
    return fmt::format("{} binds{}: {} needed, {} available; layer '{}' asks for most of it",
                       bad.refusal.resource, where, bad.refusal.needed, bad.refusal.available,
                       network.layer(bad.layer).name);
}

std::string unmet_text(const ExploreRequest& request, const ExploreResult& result) {
    std::string lines;
    for (const UnmetConstraint& unmet : result.unmet) {
        const bool latency = unmet.objective == "latency";
        const auto text = [&](double value) { return latency ? show(Seconds(value)) : show(Joules(value)); };
        const bool alone = unmet.best > unmet.required;
        lines += alone
                     ? fmt::format(
                           "cleave: error: constraints.max_{} is {}, but the least possible {} is {} ({})\n",
                           unmet.objective, text(unmet.required), unmet.objective, text(unmet.best),
                           excess(text(unmet.best - unmet.required), unmet.best / unmet.required))
                     : fmt::format(
                           "cleave: error: constraints.max_{} ({}) can be met, but not together with "
                           "the others\n",
                           unmet.objective, text(unmet.required));
    }
    const auto& binding = result.unmet.front().binding;
    return lines + "cleave: error: " +
           (binding ? describe(*binding, request.network)
                    : std::string("even all layers and slices that fit this FPGA one by one, together on it, "
                                  "do not meet them; a larger FPGA may hold larger ones")) +
           "\n";
}

}  // namespace cleave::cli
