// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/show_values.hpp"

#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>

namespace cleave {

std::string show_dims(const std::vector<std::int64_t>& dims) {
    std::vector<std::string> texts;
    for (const std::int64_t dim : dims) {
        texts.push_back(dim < 0 ? "?" : std::to_string(dim));
    }
    return fmt::format("{}", fmt::join(texts, " x "));
}

std::string list_names(const std::vector<std::string>& names) {
    constexpr std::size_t kMost = 8;
    std::vector<std::string> texts;
    for (const std::string& name : names) {
        if (texts.size() == kMost) {
            texts.emplace_back("...");
            break;
        }
        texts.push_back(quoted(name));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string list_names(const std::vector<OnnxValue>& values) {
    std::vector<std::string> names;
    for (const OnnxValue& value : values) {
        names.push_back(value.name);
    }
    return list_names(names);
}

}  // namespace cleave
