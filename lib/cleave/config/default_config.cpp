// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/default_config.hpp"

#include "cleave/text/node.hpp"

#include <filesystem>
#include <utility>

namespace cleave {

std::optional<YamlFile> default_config(const std::string& network_file, FaultList& faults) {
    const std::string text =
        "cleave_config: 1\n"
        "network: model.onnx\n"
        "gpu: {model: jetson_tx2, profile: graph, power_mode: max_n}\n"
        "fpga: {model: cyclone10gx_10cx220, implementation: [folded, dhm-csd]}\n"
        "link: {model: pcie_gen2_x4_measured, hand_over: streamed}\n"
        "search: {epsilon: 0.01}\n";
    std::optional<Node> root = parse_yaml(text, network_file, faults);
    Node& network = *root->find("network");
    network.text = std::filesystem::path(network_file).filename().string();
    network.quoted = true;
    return YamlFile{text, std::move(*root)};
}

}  // namespace cleave
