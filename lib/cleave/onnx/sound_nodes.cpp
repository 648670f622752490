// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/sound_nodes.hpp"

#include "cleave/network/layer.hpp"

#include <onnx/checker.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace cleave {
namespace {

/// Operators that the library fails at in more ways than are worth telling apart; none is part of a network
/// that can be costed.
const std::set<std::string>& never_inferred() {
    static const std::set<std::string> names{"GatherND", "MaxUnpool", "STFT", "SplitToSequence"};
    return names;
}

const onnx::AttributeProto* find(const onnx::NodeProto& node, const std::string& name) {
    const auto& attributes = node.attribute();
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const auto& attribute) { return attribute.name() == name; });
    return found == attributes.end() ? nullptr : &*found;
}

bool has_graphs(const onnx::NodeProto& node) {
    const auto& attributes = node.attribute();
    return std::any_of(attributes.begin(), attributes.end(), [](const auto& attribute) {
        return attribute.has_g() || attribute.graphs_size() > 0;
    });
}

/// An absent list is sound; one that is there has `count` numbers from `least` to kLargestExtent.
bool is_sound_list(const onnx::NodeProto& node, const char* name, int count, std::int64_t least) {
    const onnx::AttributeProto* list = find(node, name);
    return list == nullptr ||
           (list->ints_size() == count && std::all_of(list->ints().begin(), list->ints().end(), [&](auto n) {
                return n >= least && n <= kLargestExtent;
            }));
}

bool is_sound_number(const onnx::NodeProto& node, const char* name) {
    const onnx::AttributeProto* number = find(node, name);
    return number == nullptr || (number->i() >= 1 && number->i() <= kLargestExtent);
}

/// The library takes any other axis without comparing it with the rank.
bool is_sound_normalization(const onnx::NodeProto& node) {
    const onnx::AttributeProto* axis = find(node, "axis");
    return node.op_type() != "LayerNormalization" || axis == nullptr || axis->i() == -1;
}

bool takes_weights(const onnx::NodeProto& node) { return node.op_type().find("Conv") != std::string::npos; }

bool has_window(const onnx::NodeProto& node) {
    return takes_weights(node) || node.op_type() == "MaxPool" || node.op_type() == "AveragePool" ||
           node.op_type() == "LpPool";
}

/// States the kernel of a convolution that leaves it to the weights: the library compares a kernel that is
/// stated with the rank of the input, and reads past its end otherwise. False if the weights are no constant.
bool state_kernel(onnx::NodeProto& node, const onnx::GraphProto& graph) {
    if (find(node, "kernel_shape") != nullptr) {
        return true;
    }
    const int input = node.op_type() == "QLinearConv" ? 3 : 1;
    const auto& constants = graph.initializer();
    const auto weights = std::find_if(constants.begin(), constants.end(), [&](const auto& tensor) {
        return node.input_size() > input && tensor.name() == node.input(input);
    });
    if (weights == constants.end() || weights->dims_size() < 3) {
        return false;
    }
    auto& kernel = *node.add_attribute();
    kernel.set_name("kernel_shape");
    kernel.set_type(onnx::AttributeProto::INTS);
    for (int i = 2; i < weights->dims_size(); ++i) {
        kernel.add_ints(weights->dims(i));
    }
    return true;
}

/// Every list of a window has a number, or for padding two, for each of the kernel's axes.
bool is_sound_window(const onnx::NodeProto& node) {
    const onnx::AttributeProto* kernel = find(node, "kernel_shape");
    const int axes = kernel == nullptr ? 0 : kernel->ints_size();
    return axes > 0 && is_sound_list(node, "kernel_shape", axes, 1) &&
           is_sound_list(node, "strides", axes, 1) && is_sound_list(node, "dilations", axes, 1) &&
           is_sound_list(node, "pads", 2 * axes, 0) && is_sound_list(node, "output_padding", axes, 0) &&
           is_sound_list(node, "output_shape", axes, 1) && is_sound_number(node, "group");
}

/// @param node  gets what the library needs
bool is_sound(onnx::NodeProto& node, const onnx::GraphProto& graph) {
    if (has_graphs(node) || never_inferred().count(node.op_type()) > 0 ||
        !is_sound_number(node, "blocksize") || !is_sound_normalization(node)) {
        return false;
    }
    if (takes_weights(node) && !state_kernel(node, graph)) {
        return false;
    }
    return !has_window(node) || is_sound_window(node);
}

}  // namespace

std::size_t copy_sound_nodes(const onnx::GraphProto& from, const onnx::ModelProto& model,
                             const std::set<std::string>& shaped, onnx::GraphProto& to) {
    // Before, the library looks.
    constexpr int kShapeWithoutLooking = 15;
    std::size_t later = 0;
    onnx::checker::CheckerContext context;
    context.set_ir_version(static_cast<int>(model.ir_version()));
    std::unordered_map<std::string, int> opsets;
    for (const auto& opset : model.opset_import()) {
        opsets[opset.domain()] = static_cast<int>(opset.version());
    }
    context.set_opset_imports(opsets);
    const onnx::checker::LexicalScopeContext scope;
    const bool looks = opsets[""] < kShapeWithoutLooking && opsets["ai.onnx"] < kShapeWithoutLooking;
    for (const auto& node : from.node()) {
        if (!looks && node.op_type() == "Shape" && node.input_size() > 0 &&
            shaped.count(node.input(0)) == 0) {
            ++later;
            continue;
        }
        // What the checker warns of on standard error.
        if (onnx::checker::check_is_experimental_op(node.op_type())) {
            continue;
        }
        try {
            onnx::checker::check_node(node, context, scope);
        } catch (const std::exception&) {
            continue;
        }
        onnx::NodeProto sound = node;
        if (is_sound(sound, from)) {
            *to.add_node() = std::move(sound);
        }
    }
    return later;
}

}  // namespace cleave
