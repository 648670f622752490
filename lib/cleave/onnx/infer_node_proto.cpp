// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/infer_node.hpp"
#include "cleave/onnx/sound_node.hpp"
#include "cleave/onnx/value_proto.hpp"
#include "cleave/onnx/write_node_proto.hpp"

#include <fmt/format.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

namespace cleave {
namespace {

/// Constants with more elements cannot decide a shape; shape inference does without them.
constexpr std::int64_t kLargestShapeConstant = 64;

/// A model of this node alone, whose inputs are the graph's or small constants.
onnx::ModelProto model_of(const OnnxNode& node, std::int64_t opset, const std::vector<KnownInput>& inputs) {
    onnx::ModelProto model;
    model.set_ir_version(onnx::IR_VERSION);
    model.add_opset_import()->set_version(opset);
    auto& graph = *model.mutable_graph();
    graph.set_name("graph");
    auto& to = *graph.add_node();
    write_node(node, to);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::string name = node.inputs[i].empty() ? "" : fmt::format("input{}", i);
        to.set_input(static_cast<int>(i), name);
        if (name.empty()) {
            continue;
        }
        auto& input = *graph.add_input();
        input.set_name(name);
        auto& type = *input.mutable_type()->mutable_tensor_type();
        type.set_elem_type(is_float(inputs[i].type) ? onnx::TensorProto::FLOAT
                                                    : data_type_of(inputs[i].type, name));
        if (inputs[i].dims) {
            set_dims(type, *inputs[i].dims);
        }
        if (inputs[i].number && inputs[i].number->count() <= kLargestShapeConstant) {
            OnnxTensor tensor = to_tensor(*inputs[i].number);
            tensor.name = name;
            write_tensor(tensor, *graph.add_initializer());
        }
    }
    for (int i = 0; i < to.output_size(); ++i) {
        to.set_output(i, fmt::format("output{}", i));
    }
    return model;
}

}  // namespace

std::vector<OptionalDims> infer_by_library(const OnnxNode& node, std::int64_t opset,
                                           const std::vector<KnownInput>& inputs) {
    std::vector<OptionalDims> outputs(node.outputs.size());
    if (!node.domain.empty()) {
        return outputs;
    }
    try {
        const int version = static_cast<int>(std::clamp<std::int64_t>(opset, 1, kNewestOpsetOfLibrary));
        onnx::ModelProto model = model_of(node, version, inputs);
        std::vector<OptionalDims> dims;
        for (const KnownInput& input : inputs) {
            dims.push_back(input.dims);
        }
        if (!make_sound(*model.mutable_graph()->mutable_node(0), dims, version)) {
            return outputs;
        }
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                           onnx::ShapeInferenceOptions(true, 0, true));
        for (const auto& info : model.graph().value_info()) {
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                if (info.name() == fmt::format("output{}", i)) {
                    outputs[i] = value_of(info).dims;
                }
            }
        }
    } catch (const std::exception&) {
        // What the library objects to has no shape.
        outputs.assign(node.outputs.size(), std::nullopt);
    }
    return outputs;
}

}  // namespace cleave
