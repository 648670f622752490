// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/infer_shapes.hpp"

#include "cleave/onnx/sound_nodes.hpp"
#include "cleave/onnx/value_proto.hpp"

#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <set>
#include <vector>

namespace cleave {
namespace {

/// Newest version of the file format that the library's checker knows.
constexpr std::int64_t kNewestIr = onnx::IR_VERSION;
constexpr std::int64_t kOldestIr = 3;
/// Constants with more elements cannot decide a shape; shape inference does without them.
constexpr std::int64_t kLargestShapeConstant = 64;

/// Batch 1, where only the batch is open: that is what is imported.
void close_batch(onnx::ValueInfoProto& input) {
    if (!input.type().has_tensor_type() || input.type().tensor_type().shape().dim_size() < 2) {
        return;
    }
    std::vector<std::int64_t> dims = dims_of(input.type().tensor_type().shape());
    if (dims.front() < 0 && std::count(dims.begin(), dims.end(), -1) == 1) {
        dims.front() = 1;
        set_dims(*input.mutable_type()->mutable_tensor_type(), dims);
    }
}

/// The model as shape inference needs it: large constants become inputs of their shapes, so that only small
/// ones are copied.
struct Skeleton {
    onnx::ModelProto model;
    /// Nodes that wait for the rank of what they read.
    std::size_t waiting = 0;
};

/// @param shaped  values whose rank is known
Skeleton skeleton(const onnx::ModelProto& model, const std::set<std::string>& shaped) {
    Skeleton made;
    onnx::ModelProto& result = made.model;
    result.set_ir_version(std::clamp<std::int64_t>(model.ir_version(), kOldestIr, kNewestIr));
    *result.mutable_opset_import() = model.opset_import();
    const auto& from = model.graph();
    auto& to = *result.mutable_graph();
    to.set_name("graph");
    made.waiting = copy_sound_nodes(from, result, shaped, to);
    *to.mutable_value_info() = from.value_info();
    std::set<std::string> listed;
    for (const auto& input : from.input()) {
        close_batch(*to.add_input() = input);
        listed.insert(input.name());
    }
    for (const auto& tensor : from.initializer()) {
        std::int64_t count = 1;
        for (const std::int64_t dim : tensor.dims()) {
            count *= dim;  // checked by the converter
        }
        if (listed.insert(tensor.name()).second) {
            auto& input = *to.add_input();
            input.set_name(tensor.name());
            auto& type = *input.mutable_type()->mutable_tensor_type();
            type.set_elem_type(tensor.data_type());
            set_dims(type, {tensor.dims().begin(), tensor.dims().end()});
        }
        if (count <= kLargestShapeConstant) {
            *to.add_initializer() = tensor;
        }
    }
    return made;
}

template <class Infos>
void add_shaped(const Infos& infos, std::set<std::string>& shaped) {
    for (const auto& info : infos) {
        if (info.type().tensor_type().has_shape()) {
            shaped.insert(info.name());
        }
    }
}

}  // namespace

void infer_shapes(const onnx::ModelProto& model, std::map<std::string, OnnxValue>& values) {
    std::set<std::string> shaped;
    add_shaped(model.graph().input(), shaped);
    add_shaped(model.graph().value_info(), shaped);
    for (const auto& tensor : model.graph().initializer()) {
        shaped.insert(tensor.name());
    }
    std::size_t waited = std::numeric_limits<std::size_t>::max();
    for (;;) {
        Skeleton inferred = skeleton(model, shaped);
        if (inferred.waiting >= waited) {
            return;
        }
        waited = inferred.waiting;
        try {
            onnx::shape_inference::InferShapes(inferred.model, onnx::OpSchemaRegistry::Instance(),
                                               onnx::ShapeInferenceOptions(true, 0, true));
        } catch (const std::exception&) {
            return;
        }
        for (const auto& info : inferred.model.graph().value_info()) {
            values[info.name()] = value_of(info);
        }
        if (waited == 0) {
            return;
        }
        add_shaped(inferred.model.graph().value_info(), shaped);
    }
}

}  // namespace cleave
