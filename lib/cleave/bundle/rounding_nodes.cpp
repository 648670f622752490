// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/rounding_nodes.hpp"

#include <optional>
#include <utility>

namespace cleave {

void add_rounding(OnnxModel& model, const Codes& codes, const std::string& from, const std::string& to,
                  const std::function<std::string(std::string)>& unique) {
    const auto constant = [&](const char* what, double number) {
        std::string name = unique(to + what);
        model.initializers.push_back({name, OnnxType::float32, {}, {static_cast<float>(number)}, {}});
        return name;
    };
    const auto emit = [&](const char* op, std::vector<std::string> inputs, std::string output) {
        model.nodes.push_back({"", op, "", std::move(inputs), {output}, {}});
        return output;
    };
    const std::string scale = constant(".scale", codes.scale);
    const std::string scaled = emit("Div", {from, scale}, unique(to + ".scaled"));
    const std::string code = emit("Round", {scaled}, unique(to + ".code"));
    const std::string held =
        emit("Clip", {code, constant(".lowest", codes.lowest), constant(".highest", codes.highest)},
             unique(to + ".held"));
    emit("Mul", {held, scale}, to);
}

std::map<std::string, FoundRounding> find_roundings(const OnnxModel& model) {
    std::map<std::string, const OnnxNode*> makers;
    for (const OnnxNode& node : model.nodes) {
        if (node.name.empty() && node.outputs.size() == 1) {
            makers[node.outputs.front()] = &node;
        }
    }
    std::map<std::string, double> numbers;
    for (const OnnxTensor& tensor : model.initializers) {
        if (tensor.floats.size() == 1) {
            numbers[tensor.name] = static_cast<double>(tensor.floats.front());
        }
    }
    const auto before = [&](const OnnxNode* node, const char* op, std::size_t inputs) -> const OnnxNode* {
        const auto found =
            node == nullptr || node->inputs.empty() ? makers.end() : makers.find(node->inputs.front());
        return found != makers.end() && found->second->op == op && found->second->inputs.size() == inputs
                   ? found->second
                   : nullptr;
    };
    const auto number = [&](const std::string& name) {
        const auto found = numbers.find(name);
        return found == numbers.end() ? std::nullopt : std::optional(found->second);
    };
    std::map<std::string, FoundRounding> roundings;
    for (const auto& [output, last] : makers) {
        const bool product = last->op == "Mul" && last->inputs.size() == 2;
        const OnnxNode* clip = product ? before(last, "Clip", 3) : nullptr;
        const OnnxNode* round = before(clip, "Round", 1);
        const OnnxNode* first = before(round, "Div", 2);
        const auto scale = number(first == nullptr ? "" : first->inputs[1]);
        if (!scale || last->inputs[1] != first->inputs[1]) {
            continue;
        }
        const auto lowest = number(clip->inputs[1]);
        const auto highest = number(clip->inputs[2]);
        if (lowest && highest) {
            roundings[first->inputs.front()] = {
                {*scale, *lowest, *highest}, output, {first, round, clip, last}};
        }
    }
    return roundings;
}

}  // namespace cleave
