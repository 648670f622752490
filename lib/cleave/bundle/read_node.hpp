// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"
#include "cleave/onnx/model.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace cleave {

// What a node or value of a bundle's ONNX file says by itself. All throw OnnxError.

[[noreturn]] void fail(std::string message);
/// "node 'conv1': message"
[[noreturn]] void fail(const OnnxNode& node, const std::string& message);

[[nodiscard]] TensorType tensor_type(const OnnxValue& value);
/// Of 1 x C x H x W, or 1 x C.
[[nodiscard]] Shape shape_of(const OnnxValue& value);

/// Null if the attribute is missing or of another kind.
template <class T>
[[nodiscard]] const T* find_attribute(const OnnxNode& node, const std::string& name) {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
}

template <class T>
[[nodiscard]] const T& attribute(const OnnxNode& node, const std::string& name) {
    const T* value = find_attribute<T>(node, name);
    if (value == nullptr) {
        fail(node, fmt::format("attribute {} is missing or of the wrong kind", name));
    }
    return *value;
}

/// What the model says of the node's first output.
[[nodiscard]] const OnnxValue& declared(const OnnxModel& model, const OnnxNode& node);

/// The scale of a node, as a float32. @throws std::invalid_argument if it is none
[[nodiscard]] float power_of_two(int exponent, const std::string& node);

/// Of a convolution or pooling.
[[nodiscard]] Window window_of(const OnnxNode& node);
using Attributes = std::map<std::string, OnnxAttribute>;
/// What window_of() reads.
[[nodiscard]] Attributes window_attributes(const Window& w, bool dilations);

/// An activation's factor, unless it is the usual one, as a float32 of a file says.
[[nodiscard]] std::optional<double> unless_usual(double value, double usual);
/// A hard sigmoid or the activation that has it as its gate.
[[nodiscard]] Op hard(ActivationKind kind, const OnnxNode& node);
[[nodiscard]] Op pool(const OnnxNode& node);
[[nodiscard]] Op lrn(const OnnxNode& node);
/// The operation of an operator that says everything with its name.
[[nodiscard]] std::optional<Op> plain_op(const std::string& op);

}  // namespace cleave
