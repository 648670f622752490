// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"
#include "cleave/onnx/model.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

// Operations without a model (Other), whose nodes a bundle has as the network's model has them: a comment
// marks them. The last one has the layer's name, those before it have none.

/// What a copied layer is called where it goes.
struct CopiedNames {
    std::string node;
    /// The operator that it is in the network.
    std::string type;
    /// Values that take the place of its inputs.
    std::vector<std::string> inputs;
    std::string output;
};

/// Puts the nodes of a layer's own model (LayerParameters::copied) into another.
/// @param unique  makes a value's name one that no other value has
/// @throws std::invalid_argument if the layer's model is not of that form
void insert_copied(OnnxModel& model, const OnnxModel& part, const CopiedNames& names,
                   const std::function<std::string(std::string)>& unique);

/// The operator in the network that a node is the last of; nothing for nodes that are no copies.
[[nodiscard]] std::optional<std::string> copied_type(const OnnxNode& node);

/// A copied layer, found in a model.
struct FoundCopy {
    /// Values that it reads, in the order in which its nodes name them.
    std::vector<std::string> inputs;
    /// Its nodes, the last with a name.
    std::vector<const OnnxNode*> nodes;
    /// The layer's own model, whose inputs and output have no shapes.
    OnnxModel part;
};
[[nodiscard]] FoundCopy find_copied(const OnnxModel& model, const OnnxNode& last);

/// Bytes of the layer's own model, with the shapes of its inputs and output. @throws OnnxError without inputs
[[nodiscard]] std::string copied_bytes(const FoundCopy& found, const std::vector<Shape>& inputs,
                                       const Shape& output);

}  // namespace cleave
