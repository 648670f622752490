// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/write_node_proto.hpp"

#include "cleave/onnx/element_type.hpp"
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>
#include <vector>

namespace cleave {
namespace {

// Numbers are written as they lie in memory.
static_assert(std::endian::native == std::endian::little, "ONNX files hold little-endian numbers");

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

/// Of an integer.
std::size_t bytes_of(OnnxType type) {
    switch (type) {
        case OnnxType::int64:
        case OnnxType::uint64: return 8;
        case OnnxType::int32:
        case OnnxType::uint32: return 4;
        case OnnxType::int16:
        case OnnxType::uint16: return 2;
        default: return 1;
    }
}

}  // namespace

int data_type_of(OnnxType type, const std::string& name) {
    if (type == OnnxType::int4 || type == OnnxType::uint4 || type == OnnxType::other) {
        throw OnnxError({fmt::format("the element type of {} has no ONNX form here", quoted(name))});
    }
    return static_cast<int>(element_number(type));
}

void write_tensor(const OnnxTensor& tensor, onnx::TensorProto& proto) {
    if (tensor.type == OnnxType::other && proto.ParseFromString(tensor.bytes)) {
        proto.set_name(tensor.name);
        return;
    }
    proto.set_name(tensor.name);
    proto.set_data_type(data_type_of(tensor.type, tensor.name));
    if (is_float(tensor.type) && tensor.type != OnnxType::float32) {
        throw OnnxError({fmt::format("the numbers of {} have no ONNX form here", quoted(tensor.name))});
    }
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
    if (tensor.type == OnnxType::float32) {
        raw.assign(reinterpret_cast<const char*>(tensor.floats.data()), held * sizeof(float));
    }
    const std::size_t bytes = bytes_of(tensor.type);
    for (const std::int64_t number : tensor.ints) {
        raw.append(reinterpret_cast<const char*>(&number), bytes);
    }
}

void write_node(const OnnxNode& node, onnx::NodeProto& proto) {
    proto.set_name(node.name);
    proto.set_op_type(node.op);
    if (!node.domain.empty()) {
        proto.set_domain(node.domain);
    }
    if (!node.doc.empty()) {
        proto.set_doc_string(node.doc);
    }
    for (const std::string& input : node.inputs) {
        proto.add_input(input);
    }
    for (const std::string& output : node.outputs) {
        proto.add_output(output);
    }
    for (const auto& [name, attribute] : node.attributes) {
        write_attribute(name, attribute, *proto.add_attribute());
    }
}

}  // namespace cleave
