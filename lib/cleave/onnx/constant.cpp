// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/constant.hpp"

#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace cleave {
namespace {

/// No tensor of a network for an embedded device comes near; keeps products of sizes inside 64 bits.
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;
/// What is computed rather than stored or rearranged is about shapes.
constexpr std::int64_t kMostComputed = std::int64_t{1} << 12;
/// Constants are rearranged number by number up to this size.
constexpr std::int64_t kMostMoved = std::int64_t{1} << 28;

using Inputs = std::vector<std::optional<Constant>>;
using Result = std::optional<Constant>;
using Dims = std::vector<std::int64_t>;

Constant make(OnnxType type, Dims dims, const std::vector<double>& numbers) {
    OnnxTensor tensor{"", type, std::move(dims), {}, {}};
    for (const double number : numbers) {
        if (type == OnnxType::float32) {
            tensor.floats.push_back(static_cast<float>(number));
        } else {
            tensor.ints.push_back(static_cast<std::int64_t>(number));
        }
    }
    return Constant(std::move(tensor));
}

/// Whole numbers that a double and an int64 both hold.
bool is_whole(double number) { return std::abs(number) < 9e15 && number == std::trunc(number); }

Result fold_constant(const OnnxNode& node) {
    if (const auto* tensor = find_attribute<OnnxTensor>(node, "value")) {
        return Constant(*tensor);
    }
    if (const auto* number = find_attribute<double>(node, "value_float")) {
        return make(OnnxType::float32, {}, {*number});
    }
    if (const auto* number = find_attribute<std::int64_t>(node, "value_int")) {
        return Constant(OnnxTensor{"", OnnxType::int64, {}, {}, {*number}});
    }
    if (const auto* list = find_attribute<std::vector<double>>(node, "value_floats")) {
        return make(OnnxType::float32, {static_cast<std::int64_t>(list->size())}, *list);
    }
    if (const auto* list = find_attribute<Dims>(node, "value_ints")) {
        return Constant(
            OnnxTensor{"", OnnxType::int64, {static_cast<std::int64_t>(list->size())}, {}, *list});
    }
    return std::nullopt;
}

Result fold_constant_of_shape(const OnnxNode& node, const Constant& shape) {
    if (shape.count() > 8 || shape.is_float()) {
        return std::nullopt;
    }
    const Dims dims = shape.integers();
    if (!count_elements(dims)) {
        return std::nullopt;
    }
    const auto* value = find_attribute<OnnxTensor>(node, "value");
    if (value == nullptr) {
        return Constant(OnnxType::float32, dims, 0);
    }
    const Constant number(*value);
    if (number.count() != 1 || !number.is_known()) {
        return std::nullopt;
    }
    return Constant(number.type(), dims, number.number(0));
}

Result fold_cast(const OnnxNode& node, const Constant& in) {
    constexpr std::int64_t kFloat = 1;
    constexpr std::int64_t kInt32 = 6;
    constexpr std::int64_t kInt64 = 7;
    const std::int64_t to = integer_attribute(node, "to", 0);
    if ((to == kFloat && in.is_float()) || (to == kInt64 && in.type() == OnnxType::int64)) {
        return in;
    }
    if ((to != kFloat && to != kInt32 && to != kInt64) || in.count() > kMostComputed) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < in.count(); ++i) {
        const double number = to == kFloat ? in.number(i) : std::trunc(in.number(i));
        if (!is_whole(number) && to != kFloat) {
            return std::nullopt;
        }
        numbers.push_back(number);
    }
    return make(to == kFloat   ? OnnxType::float32
                : to == kInt32 ? OnnxType::int32
                               : OnnxType::int64,
                in.dims(), numbers);
}

Result fold_gather(const OnnxNode& node, const Constant& in, const Constant& indices) {
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in.dims().size());
    if (!axis || in.dims().size() != 1 || indices.is_float() || indices.count() > kMostComputed) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < indices.count(); ++i) {
        const auto at = static_cast<std::int64_t>(indices.number(i));
        if (at < -in.count() || at >= in.count()) {
            return std::nullopt;
        }
        numbers.push_back(in.number(at < 0 ? at + in.count() : at));
    }
    return make(in.type(), indices.dims(), numbers);
}

Result fold_concat(const Inputs& inputs) {
    std::vector<double> numbers;
    for (const auto& in : inputs) {
        if (!in || in->dims().size() != 1 || in->type() != inputs.front()->type() ||
            in->count() + static_cast<std::int64_t>(numbers.size()) > kMostComputed) {
            return std::nullopt;
        }
        for (std::int64_t i = 0; i < in->count(); ++i) {
            numbers.push_back(in->number(i));
        }
    }
    return make(inputs.front()->type(), {static_cast<std::int64_t>(numbers.size())}, numbers);
}

Result fold_slice(const Constant& in, const SliceRanges& ranges) {
    if (in.dims().size() != 1 || in.count() > kMostComputed || ranges.size() != 1) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < ranges[0].count; ++i) {
        numbers.push_back(in.number(ranges[0].first + i));
    }
    return make(in.type(), {ranges[0].count}, numbers);
}

/// Element by element, where both have one shape or one is a single number.
Result fold_arithmetic(const std::string& op, const Constant& a, const Constant& b) {
    const std::int64_t count = std::max(a.count(), b.count());
    const bool single = a.count() == 1 || b.count() == 1;
    if (a.type() != b.type() || count > kMostComputed || (!single && a.dims() != b.dims()) ||
        std::min(a.count(), b.count()) == 0) {
        return std::nullopt;
    }
    const bool whole = !a.is_float();
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
        const double x = a.number(a.count() == 1 ? 0 : i);
        const double y = b.number(b.count() == 1 ? 0 : i);
        if (op == "Div" && y == 0) {
            return std::nullopt;
        }
        const double result = op == "Add"   ? x + y
                              : op == "Sub" ? x - y
                              : op == "Mul" ? x * y
                              : whole       ? std::trunc(x / y)
                                            : x / y;
        if (whole && !(is_whole(x) && is_whole(y) && is_whole(result))) {
            return std::nullopt;
        }
        numbers.push_back(result);
    }
    const Constant& shape = a.dims().size() >= b.dims().size() && a.count() == count ? a : b;
    return make(a.type(), shape.dims(), numbers);
}

Result fold_unary(const std::string& op, const Constant& in) {
    if (!in.is_float() || in.count() > kMostComputed) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < in.count(); ++i) {
        const double x = in.number(i);
        numbers.push_back(op == "Floor" ? std::floor(x) : op == "Ceil" ? std::ceil(x) : std::sqrt(x));
    }
    return make(OnnxType::float32, in.dims(), numbers);
}

Result fold_transpose(const OnnxNode& node, const Constant& in) {
    const auto perm = transpose_order(node, in.dims().size());
    if (!perm || in.count() > kMostMoved) {
        return std::nullopt;
    }
    const Transposed moved = transpose(in.dims(), *perm);
    OnnxTensor tensor{"", in.type(), moved.dims, {}, {}};
    const auto count = static_cast<std::size_t>(in.count());
    tensor.floats.reserve(in.is_float() ? count : 0);
    tensor.ints.reserve(in.is_float() ? 0 : count);
    moved.each_source([&](std::int64_t from) {
        if (in.is_float()) {
            tensor.floats.push_back(static_cast<float>(in.number(from)));
        } else {
            tensor.ints.push_back(static_cast<std::int64_t>(in.number(from)));
        }
    });
    return Constant(std::move(tensor));
}

Result fold(const OnnxNode& node, const Inputs& inputs) {
    const std::string& op = node.op;
    if (op == "Constant") {
        return fold_constant(node);
    }
    if (inputs.empty() || !inputs.front() || !inputs.front()->is_known()) {
        return std::nullopt;
    }
    const Constant& first = *inputs.front();
    const auto second = [&]() -> const Constant* {
        return inputs.size() > 1 && inputs[1] && inputs[1]->is_known() ? &*inputs[1] : nullptr;
    };
    if (op == "Identity" || op == "Dropout") {
        return first;
    }
    if (op == "Shape" && !find_attribute<std::int64_t>(node, "start")) {
        return Constant(OnnxTensor{
            "", OnnxType::int64, {static_cast<std::int64_t>(first.dims().size())}, {}, first.dims()});
    }
    if (op == "ConstantOfShape") {
        return fold_constant_of_shape(node, first);
    }
    if (op == "Cast") {
        return fold_cast(node, first);
    }
    if (op == "Transpose") {
        return fold_transpose(node, first);
    }
    if (op == "Concat") {
        return fold_concat(inputs);
    }
    if (op == "Floor" || op == "Ceil" || op == "Sqrt") {
        return fold_unary(op, first);
    }
    if (op == "Gather" && second() != nullptr) {
        return fold_gather(node, first, *second());
    }
    if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") {
        return second() == nullptr ? std::nullopt : fold_arithmetic(op, first, *second());
    }
    if (op == "Slice") {
        const auto ranges = slice_ranges(node, first.dims(), inputs);
        return ranges ? fold_slice(first, *ranges) : std::nullopt;
    }
    if (is_reshaping(op)) {
        auto dims = reshaped_dims(node, first.dims(), inputs);
        return dims ? std::optional(first.with_dims(std::move(*dims))) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> count_elements(const std::vector<std::int64_t>& dims) {
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) {
        if (dim < 0 || (dim > 0 && count > kMostElements / dim)) {
            return std::nullopt;
        }
        count *= dim;
    }
    return count;
}

Constant::Constant(const OnnxTensor& tensor)
    : origin(tensor.name), type_(tensor.type), dims_(tensor.dims), tensor_(&tensor) {
    count_ =
        static_cast<std::int64_t>(type_ == OnnxType::float32 ? tensor.floats.size() : tensor.ints.size());
}

Constant::Constant(OnnxTensor&& tensor) : Constant(tensor) {
    owned_ = std::make_shared<const OnnxTensor>(std::move(tensor));
    tensor_ = owned_.get();
}

Constant::Constant(OnnxType type, std::vector<std::int64_t> dims, double number)
    : type_(type), dims_(std::move(dims)), count_(count_elements(dims_).value_or(0)), fill_(number) {}

Constant Constant::with_dims(std::vector<std::int64_t> dims) const {
    Constant result = *this;
    result.dims_ = std::move(dims);
    return result;
}

double Constant::number(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return tensor_ == nullptr ? fill_
           : is_float()       ? static_cast<double>(tensor_->floats[at])
                              : static_cast<double>(tensor_->ints[at]);
}

std::vector<float> Constant::floats() const {
    if (tensor_ == nullptr) {
        return std::vector<float>(static_cast<std::size_t>(count_), static_cast<float>(fill_));
    }
    if (is_float()) {
        return tensor_->floats;
    }
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(count_));
    for (std::int64_t i = 0; i < count_; ++i) {
        numbers.push_back(static_cast<float>(number(i)));
    }
    return numbers;
}

std::vector<std::int64_t> Constant::integers() const {
    if (tensor_ != nullptr && !is_float()) {
        return tensor_->ints;
    }
    return std::vector<std::int64_t>(static_cast<std::size_t>(count_), static_cast<std::int64_t>(fill_));
}

std::optional<Constant> fold_constants(const OnnxNode& node,
                                       const std::vector<std::optional<Constant>>& inputs) {
    Result result = fold(node, inputs);
    if (result) {
        // Rearranged weights keep the name of the weights.
        if (result->origin.empty()) {
            result->origin = !inputs.empty() && inputs.front() && result->count() == inputs.front()->count()
                                 ? inputs.front()->origin
                                 : node.outputs.front();
        }
    }
    return result;
}

}  // namespace cleave
