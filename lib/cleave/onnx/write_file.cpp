// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/model.hpp"
#include "cleave/onnx/value_proto.hpp"
#include "cleave/onnx/write_node_proto.hpp"

#include <onnx/onnx_pb.h>

namespace cleave {
namespace {

void write_value(const OnnxValue& value, onnx::ValueInfoProto& proto) {
    proto.set_name(value.name);
    auto& type = *proto.mutable_type()->mutable_tensor_type();
    type.set_elem_type(value.element > 0 ? static_cast<int>(value.element)
                                         : data_type_of(value.type, value.name));
    if (value.dims) {
        set_dims(type, *value.dims);
    }
}

}  // namespace

std::string write_onnx(const OnnxModel& model) {
    onnx::ModelProto proto;
    proto.set_ir_version(model.ir_version);
    proto.set_producer_name(model.producer);
    proto.add_opset_import()->set_version(model.opset);
    for (const auto& [domain, version] : model.domains) {
        auto& opset = *proto.add_opset_import();
        opset.set_domain(domain);
        opset.set_version(version);
    }
    auto& graph = *proto.mutable_graph();
    graph.set_name(model.graph_name);
    for (const OnnxNode& node : model.nodes) {
        write_node(node, *graph.add_node());
    }
    for (const OnnxTensor& tensor : model.initializers) {
        write_tensor(tensor, *graph.add_initializer());
    }
    for (const OnnxValue& input : model.inputs) {
        write_value(input, *graph.add_input());
    }
    for (const OnnxValue& output : model.outputs) {
        write_value(output, *graph.add_output());
    }
    for (const auto& [name, value] : model.values) {
        write_value(value, *graph.add_value_info());
    }
    std::string bytes;
    if (!proto.SerializeToString(&bytes)) {
        throw OnnxError({"the model is too large for an ONNX file (2 GiB)"});
    }
    return bytes;
}

}  // namespace cleave
