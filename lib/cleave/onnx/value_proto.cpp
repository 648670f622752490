// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/value_proto.hpp"

namespace cleave {

OnnxType type_of(int data_type) {
    switch (data_type) {
        case onnx::TensorProto::FLOAT: return OnnxType::float32;
        case onnx::TensorProto::INT8: return OnnxType::int8;
        case onnx::TensorProto::INT32: return OnnxType::int32;
        case onnx::TensorProto::INT64: return OnnxType::int64;
        default: return OnnxType::other;
    }
}

std::vector<std::int64_t> dims_of(const onnx::TensorShapeProto& shape) {
    std::vector<std::int64_t> dims;
    for (const auto& dim : shape.dim()) {
        const bool fixed = dim.has_dim_value() && dim.dim_value() > 0;
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
