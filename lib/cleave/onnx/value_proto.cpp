// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/value_proto.hpp"

namespace cleave {
namespace {

// Of newer versions of onnx.proto than that of the library.
constexpr int kUint4 = 21;
constexpr int kInt4 = 22;

}  // namespace

OnnxType type_of(int data_type) {
    switch (data_type) {
        case onnx::TensorProto::FLOAT: return OnnxType::float32;
        case onnx::TensorProto::FLOAT16: return OnnxType::float16;
        case onnx::TensorProto::BFLOAT16: return OnnxType::bfloat16;
        case onnx::TensorProto::DOUBLE: return OnnxType::float64;
        case onnx::TensorProto::INT8: return OnnxType::int8;
        case onnx::TensorProto::INT16: return OnnxType::int16;
        case onnx::TensorProto::INT32: return OnnxType::int32;
        case onnx::TensorProto::INT64: return OnnxType::int64;
        case onnx::TensorProto::UINT8: return OnnxType::uint8;
        case onnx::TensorProto::UINT16: return OnnxType::uint16;
        case onnx::TensorProto::UINT32: return OnnxType::uint32;
        case onnx::TensorProto::UINT64: return OnnxType::uint64;
        case onnx::TensorProto::BOOL: return OnnxType::boolean;
        case kUint4: return OnnxType::uint4;
        case kInt4: return OnnxType::int4;
        default: return OnnxType::other;
    }
}

std::vector<std::int64_t> dims_of(const onnx::TensorShapeProto& shape) {
    std::vector<std::int64_t> dims;
    for (const auto& dim : shape.dim()) {
        const bool fixed = dim.has_dim_value() && dim.dim_value() >= 0;
        dims.push_back(fixed ? dim.dim_value() : -1);
    }
    return dims;
}

OnnxValue value_of(const onnx::ValueInfoProto& info) {
    OnnxValue value{info.name(), OnnxType::other, {}};
    if (info.type().has_tensor_type()) {
        const auto& tensor = info.type().tensor_type();
        value.type = type_of(tensor.elem_type());
        value.element = tensor.elem_type();
        if (tensor.has_shape()) {
            value.dims = dims_of(tensor.shape());
        }
    }
    return value;
}

void set_dims(onnx::TypeProto::Tensor& type, const std::vector<std::int64_t>& dims) {
    auto& shape = *type.mutable_shape();
    shape.Clear();
    for (const std::int64_t dim : dims) {
        auto& entry = *shape.add_dim();
        if (dim > 0) {
            entry.set_dim_value(dim);
        }
    }
}

}  // namespace cleave
