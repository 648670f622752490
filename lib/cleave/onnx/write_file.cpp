// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/model.hpp"
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <type_traits>

namespace cleave {
namespace {

// Numbers are written as they lie in memory.
static_assert(std::endian::native == std::endian::little, "ONNX files hold little-endian numbers");

int data_type_of(OnnxType type, const std::string& name) {
    switch (type) {
        case OnnxType::float32: return onnx::TensorProto::FLOAT;
        case OnnxType::int8: return onnx::TensorProto::INT8;
        case OnnxType::int32: return onnx::TensorProto::INT32;
        case OnnxType::int64: return onnx::TensorProto::INT64;
        case OnnxType::other: break;
    }
    throw OnnxError({fmt::format("the element type of {} has no ONNX form here", quoted(name))});
}

void write_tensor(const OnnxTensor& tensor, onnx::TensorProto& proto) {
    if (tensor.type == OnnxType::other && proto.ParseFromString(tensor.bytes)) {
        proto.set_name(tensor.name);
        return;
    }
    proto.set_name(tensor.name);
    proto.set_data_type(data_type_of(tensor.type, tensor.name));
    std::int64_t count = 1;
    for (const std::int64_t dim : tensor.dims) {
        proto.add_dims(dim);
        count *= dim;
    }
    const std::size_t held = tensor.type == OnnxType::float32 ? tensor.floats.size() : tensor.ints.size();
    if (held != static_cast<std::size_t>(count)) {
        throw OnnxError({fmt::format("tensor {} holds {} values where its shape needs {}",
                                     quoted(tensor.name), held, count)});
    }
    std::string& raw = *proto.mutable_raw_data();
    const auto append = [&](const auto& number) {
        raw.append(reinterpret_cast<const char*>(&number), sizeof(number));
    };
    if (tensor.type == OnnxType::float32) {
        raw.assign(reinterpret_cast<const char*>(tensor.floats.data()), held * sizeof(float));
    }
    for (const std::int64_t number : tensor.ints) {
        switch (tensor.type) {
            case OnnxType::int8: append(static_cast<std::int8_t>(number)); break;
            case OnnxType::int32: append(static_cast<std::int32_t>(number)); break;
            case OnnxType::int64: append(number); break;
            case OnnxType::float32:
            case OnnxType::other: break;
        }
    }
}

void write_value(const OnnxValue& value, onnx::ValueInfoProto& proto) {
    proto.set_name(value.name);
    auto& type = *proto.mutable_type()->mutable_tensor_type();
    type.set_elem_type(value.element > 0 ? static_cast<int>(value.element)
                                         : data_type_of(value.type, value.name));
    if (value.dims) {
        auto& shape = *type.mutable_shape();
        for (const std::int64_t dim : *value.dims) {
            auto& entry = *shape.add_dim();
            if (dim > 0) {
                entry.set_dim_value(dim);
            }
        }
    }
}

void write_attribute(const std::string& name, const OnnxAttribute& attribute, onnx::AttributeProto& proto) {
    using Kind = onnx::AttributeProto;
    proto.set_name(name);
    const auto visit = [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::int64_t>) {
            proto.set_type(Kind::INT);
            proto.set_i(value);
        } else if constexpr (std::is_same_v<T, double>) {
            proto.set_type(Kind::FLOAT);
            proto.set_f(static_cast<float>(value));
        } else if constexpr (std::is_same_v<T, std::string>) {
            proto.set_type(Kind::STRING);
            proto.set_s(value);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
            proto.set_type(Kind::INTS);
            proto.mutable_ints()->Add(value.begin(), value.end());
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
            proto.set_type(Kind::FLOATS);
            for (const double number : value) {
                proto.add_floats(static_cast<float>(number));
            }
        } else if constexpr (std::is_same_v<T, OnnxTensor>) {
            proto.set_type(Kind::TENSOR);
            write_tensor(value, *proto.mutable_t());
        } else if constexpr (std::is_same_v<T, OnnxRawAttribute>) {
            if (!proto.ParseFromString(value.bytes)) {
                throw OnnxError({fmt::format("attribute {} cannot be written", quoted(name))});
            }
        } else {
            static_assert(std::is_same_v<T, OnnxSubgraph>);
            throw OnnxError({"a node with a subgraph cannot be written"});
        }
    };
    std::visit(visit, attribute);
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
        auto& to = *graph.add_node();
        to.set_name(node.name);
        to.set_op_type(node.op);
        if (!node.domain.empty()) {
            to.set_domain(node.domain);
        }
        if (!node.doc.empty()) {
            to.set_doc_string(node.doc);
        }
        for (const std::string& input : node.inputs) {
            to.add_input(input);
        }
        for (const std::string& output : node.outputs) {
            to.add_output(output);
        }
        for (const auto& [name, attribute] : node.attributes) {
            write_attribute(name, attribute, *to.add_attribute());
        }
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
