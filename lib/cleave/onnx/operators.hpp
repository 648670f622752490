// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cleave {

/// What becomes of an operator's node that reads a feature map, at best: attributes and inputs decide.
enum class OperatorUse {
    /// A layer with a cost model, part of one, or a view of a map.
    layer,
    /// The operators that it is made of.
    parts,
    /// `other`, costed by multiply-accumulates and bytes.
    work,
    /// `other`, costed by the bytes that it moves.
    moved,
    /// The model is refused.
    refused,
};

struct Operator {
    /// Empty: ONNX's own.
    std::string domain;
    std::string name;
    OperatorUse use = OperatorUse::moved;
};

/// All operators of ONNX that the importer or the ONNX library (up to opset 17) knows by name, and those of
/// other domains that it takes apart; by domain and name. Those that are not among them are `other`, too.
[[nodiscard]] std::vector<Operator> known_operators();

/// Names of the operators that the ONNX library has in the domain without a name, sorted.
[[nodiscard]] std::vector<std::string> library_operators();

}  // namespace cleave
