// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/result_files.hpp"

#include "cleave/units/sha256.hpp"
#include "cleave/units/show.hpp"

#include <fmt/format.h>

namespace cleave {

RunContext context_of(const ExploreConfig& config) {
    const ExploreInputs& inputs = config.inputs;
    return {config.config_sha256,
            config.network_sha256,
            {sha256(inputs.config), sha256(inputs.network), sha256(inputs.gpu), sha256(inputs.fpga),
             sha256(inputs.link), inputs.logic.empty() ? "" : sha256(inputs.logic)},
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
        files.emplace_back(mapping_name(i),
                           mapping_yaml(request.network, request.platform.fpga, point.mapping, comment));
    }
    const ExploreInputs& inputs = config.inputs;
    files.emplace_back("inputs/config.yaml", inputs.config);
    files.emplace_back("inputs/network.yaml", inputs.network);
    files.emplace_back("inputs/gpu.yaml", inputs.gpu);
    files.emplace_back("inputs/fpga.yaml", inputs.fpga);
    files.emplace_back("inputs/link.yaml", inputs.link);
    if (!inputs.logic.empty()) {
        files.emplace_back("inputs/logic.json", inputs.logic);
    }
    files.emplace_back("front.csv", front_csv(request, result));
    return files;
}

}  // namespace cleave
