// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/copied_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace cleave {
namespace {

constexpr std::string_view kCopied = "copied from the model";

bool is_unnamed_copy(const OnnxNode& node) { return node.name.empty() && node.doc == kCopied; }

template <class Names>
void rename_all(std::vector<std::string>& values, const Names& names) {
    for (std::string& value : values) {
        const auto found = names.find(value);
        value = found == names.end() ? value : found->second;
    }
}

}  // namespace

void insert_copied(OnnxModel& model, const OnnxModel& part, const CopiedNames& names,
                   const std::function<std::string(std::string)>& unique) {
    if (part.inputs.size() != names.inputs.size() || part.outputs.size() != 1) {
        throw std::invalid_argument(
            fmt::format("'{}': the model that is copied for it has other inputs or outputs", names.node));
    }
    std::map<std::string, std::string> values{{"", ""}, {part.outputs.front().name, names.output}};
    for (std::size_t i = 0; i < names.inputs.size(); ++i) {
        values[part.inputs[i].name] = names.inputs[i];
    }
    for (OnnxTensor tensor : part.initializers) {
        std::string& name = values[tensor.name];
        name = unique(names.node + "." + tensor.name);
        tensor.name = name;
        model.initializers.push_back(std::move(tensor));
    }
    for (OnnxNode node : part.nodes) {
        for (const std::string& output : node.outputs) {
            if (values.count(output) == 0) {
                values[output] = unique(names.node + "." + output);
            }
        }
        const auto& outputs = node.outputs;
        const bool last =
            std::find(outputs.begin(), outputs.end(), part.outputs.front().name) != outputs.end();
        rename_all(node.inputs, values);
        rename_all(node.outputs, values);
        node.name = last ? names.node : "";
        node.doc = last ? fmt::format("{}, {}", names.type, kCopied) : kCopied;
        model.nodes.push_back(std::move(node));
    }
    model.opset = std::max(model.opset, part.opset);
    model.domains.insert(part.domains.begin(), part.domains.end());
}

std::optional<std::string> copied_type(const OnnxNode& node) {
    const std::string ending = fmt::format(", {}", kCopied);
    if (node.name.empty() || !node.doc.ends_with(ending)) {
        return std::nullopt;
    }
    return node.doc.substr(0, node.doc.size() - ending.size());
}

FoundCopy find_copied(const OnnxModel& model, const OnnxNode& last) {
    FoundCopy found;
    std::set<std::string> wanted(last.inputs.begin(), last.inputs.end());
    found.nodes.push_back(&last);
    for (auto i = static_cast<std::size_t>(&last - model.nodes.data()); i-- > 0;) {
        const OnnxNode& node = model.nodes[i];
        const auto is_wanted = [&](const std::string& output) { return wanted.count(output) > 0; };
        if (is_unnamed_copy(node) && std::any_of(node.outputs.begin(), node.outputs.end(), is_wanted)) {
            found.nodes.push_back(&node);
            wanted.insert(node.inputs.begin(), node.inputs.end());
        }
    }
    std::reverse(found.nodes.begin(), found.nodes.end());
    OnnxModel& part = found.part;
    part.opset = model.opset;
    part.domains = model.domains;
    std::map<std::string, std::string> names{{"", ""}};
    for (const OnnxTensor& tensor : model.initializers) {
        if (wanted.count(tensor.name) > 0) {
            part.initializers.push_back(tensor);
            part.initializers.back().name = names[tensor.name] = fmt::format("c{}", names.size());
        }
    }
    for (const OnnxNode* node : found.nodes) {
        OnnxNode copy = *node;
        copy.name.clear();
        copy.doc.clear();
        for (const std::string& input : copy.inputs) {
            if (names.count(input) == 0) {
                names[input] = fmt::format("x{}", found.inputs.size());
                part.inputs.push_back({names[input], OnnxType::float32, std::nullopt});
                found.inputs.push_back(input);
            }
        }
        for (const std::string& output : copy.outputs) {
            names.emplace(output, fmt::format("v{}", names.size()));
        }
        rename_all(copy.inputs, names);
        rename_all(copy.outputs, names);
        part.nodes.push_back(std::move(copy));
    }
    part.outputs.push_back({names.at(last.outputs.front()), OnnxType::float32, std::nullopt});
    return found;
}

std::string copied_bytes(const FoundCopy& found, const std::vector<Shape>& inputs, const Shape& output) {
    if (inputs.empty()) {
        throw OnnxError({fmt::format("node '{}': reads no map", found.nodes.back()->name)});
    }
    const auto dims_of = [](const Shape& s) {
        return std::vector<std::int64_t>{1, s.channels, s.height, s.width};
    };
    OnnxModel part = found.part;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        part.inputs[i].dims = dims_of(inputs[i]);
    }
    part.outputs.front().dims = dims_of(output);
    return write_onnx(part);
}

}  // namespace cleave
