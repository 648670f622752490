// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/value_proto.hpp"

#include "cleave/onnx/element_type.hpp"

namespace cleave {
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
        value.type = element_type(tensor.elem_type());
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
