// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/models/layer_row.hpp"
#include "cleave/network/network.hpp"
#include "cleave/text/fault.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The layers of a network by the names that reports know them by.
class ModelLayers {
public:
    /// @param names  by layer, what reports call it; empty where they do not
    ModelLayers(std::string file, Network network, const std::vector<std::string>& names);

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] const Network& network() const { return network_; }
    /// Layers that have rows and come from the node of this name.
    [[nodiscard]] std::vector<LayerId> find(const std::string& node) const;
    /// All layers that have rows, and what reports call them, in network order.
    [[nodiscard]] const std::vector<LayerId>& with_rows() const { return with_rows_; }
    [[nodiscard]] const std::string& name(LayerId id) const { return names_[index(id)]; }

private:
    std::string file_;
    Network network_;
    std::vector<std::string> names_;
    std::vector<LayerId> with_rows_;
    std::map<std::string, std::vector<LayerId>> by_node_;
};

/// A model whose layers are called as its ONNX nodes, or a network spec, with its own names.
struct LoadedLayers {
    ModelLayers layers;
    std::vector<std::string> warnings;
};
[[nodiscard]] std::optional<LoadedLayers> load_model_layers(const std::string& file,
                                                            const std::vector<InputShape>& shapes,
                                                            FaultList& faults);

}  // namespace cleave
