// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/model_layers.hpp"

#include "cleave/config/read_network.hpp"

#include <utility>

namespace cleave {

ModelLayers::ModelLayers(std::string file, Network network, const std::vector<std::string>& names)
    : file_(std::move(file)), network_(std::move(network)), names_(names) {
    for (std::size_t i = 0; i < network_.layers().size(); ++i) {
        if (!layer_row(network_, layer_id(i))) {
            continue;
        }
        with_rows_.push_back(layer_id(i));
        if (!names_[i].empty()) {
            by_node_[names_[i]].push_back(layer_id(i));
        }
    }
}

std::vector<LayerId> ModelLayers::find(const std::string& node) const {
    const auto found = by_node_.find(node);
    return found == by_node_.end() ? std::vector<LayerId>{} : found->second;
}

std::optional<LoadedLayers> load_model_layers(const std::string& file, const std::vector<InputShape>& shapes,
                                              FaultList& faults) {
    if (is_onnx_file(file)) {
        auto model = read_onnx_network(file, std::nullopt, faults, shapes);
        if (!model) {
            return std::nullopt;
        }
        ImportedNetwork& imported = model->imported;
        return LoadedLayers{ModelLayers(file, std::move(imported.network), imported.nodes),
                            std::move(imported.warnings)};
    }
    auto spec = read_network_file(file, std::nullopt, faults, shapes);
    if (!spec) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Layer& layer : spec->network.layers()) {
        names.push_back(layer.name);
    }
    return LoadedLayers{ModelLayers(file, std::move(spec->network), names), std::move(spec->warnings)};
}

}  // namespace cleave
