// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The attribute, or null if the node has none of that name and kind. ONNX defines the kind of each; a model
/// where one differs is treated as if it were absent.
template <class T>
[[nodiscard]] const T* find_attribute(const OnnxNode& node, const std::string& name) {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
}

[[nodiscard]] inline std::int64_t integer_attribute(const OnnxNode& node, const std::string& name,
                                                    std::int64_t otherwise) {
    const auto* value = find_attribute<std::int64_t>(node, name);
    return value == nullptr ? otherwise : *value;
}

[[nodiscard]] inline std::optional<std::vector<std::int64_t>> integers_attribute(const OnnxNode& node,
                                                                                 const std::string& name) {
    const auto* value = find_attribute<std::vector<std::int64_t>>(node, name);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

[[nodiscard]] inline std::string text_attribute(const OnnxNode& node, const std::string& name) {
    const auto* value = find_attribute<std::string>(node, name);
    return value == nullptr ? "" : *value;
}

/// Index of an axis that may count from the end; nothing if there is no such axis.
[[nodiscard]] inline std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
    const auto count = static_cast<std::int64_t>(rank);
    if (axis < -count || axis >= count) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

}  // namespace cleave
