// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/reshape.hpp"

#include <algorithm>
#include <utility>

// Constants whose elements move: weights in another layout, and parts of shapes.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;
using Result = std::optional<Constant>;

/// Takes elements of a constant one by one.
class Collector {
public:
    Collector(const Constant& in, Dims dims) : in_(in), tensor_{"", in.type(), std::move(dims), {}, {}} {}
    void take(const Constant& in, std::int64_t i) {
        if (in.is_float()) {
            tensor_.floats.push_back(static_cast<float>(in.number(i)));
        } else {
            tensor_.ints.push_back(in.integer(i));
        }
    }
    void take(std::int64_t i) { take(in_, i); }
    Constant result() { return Constant(std::move(tensor_)); }

private:
    const Constant& in_;
    OnnxTensor tensor_;
};

Result moved(const Constant& in, const Transposed& to) {
    const auto count = count_elements(to.dims);
    if (!count || *count > kMostFolded) {
        return std::nullopt;
    }
    Collector collector(in, to.dims);
    to.each_source([&](std::int64_t from) { collector.take(from); });
    return collector.result();
}

Result gather(const OnnxNode& node, const Constant& in, const Constant& indices) {
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in.dims().size());
    if (!axis || indices.is_float()) {
        return std::nullopt;
    }
    Dims dims(in.dims().begin(), in.dims().begin() + static_cast<std::ptrdiff_t>(*axis));
    dims.insert(dims.end(), indices.dims().begin(), indices.dims().end());
    dims.insert(dims.end(), in.dims().begin() + static_cast<std::ptrdiff_t>(*axis) + 1, in.dims().end());
    const auto count = count_elements(dims);
    if (!count || *count > kMostFolded) {
        return std::nullopt;
    }
    const AxisBlocks blocks(in.dims(), *axis);
    Collector collector(in, std::move(dims));
    for (std::int64_t outer = 0; outer < blocks.outer; ++outer) {
        for (std::int64_t i = 0; i < indices.count(); ++i) {
            std::int64_t at = indices.integer(i);
            at = at < 0 ? at + blocks.along : at;
            if (at < 0 || at >= blocks.along) {
                return std::nullopt;
            }
            for (std::int64_t inner = 0; inner < blocks.inner; ++inner) {
                collector.take((outer * blocks.along + at) * blocks.inner + inner);
            }
        }
    }
    return collector.result();
}

Result concat(const OnnxNode& node, const ConstantInputs& inputs) {
    const Constant& first = *inputs.front();
    const auto axis = axis_of(integer_attribute(node, "axis", 1), first.dims().size());
    if (!axis) {
        return std::nullopt;
    }
    Dims dims = first.dims();
    dims[*axis] = 0;
    for (const auto& in : inputs) {
        if (!in || !in->is_known() || in->type() != first.type() || in->dims().size() != dims.size()) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < dims.size(); ++i) {
            if (i != *axis && in->dims()[i] != dims[i]) {
                return std::nullopt;
            }
        }
        dims[*axis] += in->dims()[*axis];
    }
    const auto count = count_elements(dims);
    if (!count || *count > kMostFolded) {
        return std::nullopt;
    }
    const AxisBlocks blocks(dims, *axis);
    Collector collector(first, std::move(dims));
    for (std::int64_t outer = 0; outer < blocks.outer; ++outer) {
        for (const auto& in : inputs) {
            const std::int64_t size = in->dims()[*axis] * blocks.inner;
            for (std::int64_t i = 0; i < size; ++i) {
                collector.take(*in, outer * size + i);
            }
        }
    }
    return collector.result();
}

Result slice(const OnnxNode& node, const Constant& in, const ConstantInputs& inputs) {
    const auto ranges = slice_ranges(node, in.dims(), inputs);
    if (!ranges) {
        return std::nullopt;
    }
    return moved(in, part_of(in.dims(), *ranges));
}

}  // namespace

std::optional<Constant> fold_rearranged(const OnnxNode& node, const ConstantInputs& inputs) {
    const std::string& op = node.op;
    const Constant& first = *inputs.front();
    const Constant* second = inputs.size() > 1 && inputs[1] && inputs[1]->is_known() ? &*inputs[1] : nullptr;
    if (op == "Transpose") {
        const auto order = transpose_order(node, first.dims().size());
        return order ? moved(first, transpose(first.dims(), *order)) : std::nullopt;
    }
    if (op == "Expand" && second != nullptr && !second->is_float() && second->count() <= 8) {
        const auto dims = broadcast(first.dims(), second->integers());
        return dims ? moved(first, {*dims, broadcast_strides(first.dims(), *dims)}) : std::nullopt;
    }
    if (op == "Concat") {
        return concat(node, inputs);
    }
    if (op == "Gather" && second != nullptr) {
        return gather(node, first, *second);
    }
    if (op == "Slice") {
        return slice(node, first, inputs);
    }
    return std::nullopt;
}

}  // namespace cleave
