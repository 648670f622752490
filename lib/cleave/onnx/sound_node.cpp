// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/sound_node.hpp"

#include "cleave/network/layer.hpp"

#include <onnx/checker.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <set>
#include <string>

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
/// stated with the rank of the input, and reads past its end otherwise. False if the weights have no shape.
bool state_kernel(onnx::NodeProto& node, const std::vector<OptionalDims>& inputs) {
    if (find(node, "kernel_shape") != nullptr) {
        return true;
    }
    const std::size_t weights = node.op_type() == "QLinearConv" ? 3 : 1;
    if (inputs.size() <= weights || !inputs[weights] || inputs[weights]->size() < 3) {
        return false;
    }
    auto& kernel = *node.add_attribute();
    kernel.set_name("kernel_shape");
    kernel.set_type(onnx::AttributeProto::INTS);
    for (std::size_t i = 2; i < inputs[weights]->size(); ++i) {
        kernel.add_ints((*inputs[weights])[i]);
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

/// Attributes that the operator does not have do not change its shape, but make the library object.
void drop_unknown_attributes(onnx::NodeProto& node, int opset) {
    const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op_type(), opset, node.domain());
    if (schema == nullptr) {
        return;
    }
    auto& attributes = *node.mutable_attribute();
    const auto unknown = [&](const auto& attribute) {
        return schema->attributes().count(attribute.name()) == 0;
    };
    attributes.erase(std::remove_if(attributes.begin(), attributes.end(), unknown), attributes.end());
}

/// @param node  gets what the library needs
bool has_sound_attributes(onnx::NodeProto& node, const std::vector<OptionalDims>& inputs) {
    if (has_graphs(node) || never_inferred().count(node.op_type()) > 0 ||
        !is_sound_number(node, "blocksize") || !is_sound_normalization(node)) {
        return false;
    }
    if (takes_weights(node) && !state_kernel(node, inputs)) {
        return false;
    }
    return !has_window(node) || is_sound_window(node);
}

}  // namespace

bool make_sound(onnx::NodeProto& node, const std::vector<OptionalDims>& inputs, int opset) {
    // From this version on the library reads the shape without looking whether there is one.
    constexpr int kShapeWithoutLooking = 15;
    if (opset >= kShapeWithoutLooking && node.op_type() == "Shape" && (inputs.empty() || !inputs.front())) {
        return false;
    }
    // What the checker warns of on standard error.
    if (onnx::checker::check_is_experimental_op(node.op_type())) {
        return false;
    }
    drop_unknown_attributes(node, opset);
    onnx::checker::CheckerContext context;
    context.set_ir_version(onnx::IR_VERSION);
    context.set_opset_imports({{"", opset}});
    try {
        onnx::checker::check_node(node, context, onnx::checker::LexicalScopeContext());
    } catch (const std::exception&) {
        return false;
    }
    return has_sound_attributes(node, inputs);
}

}  // namespace cleave
