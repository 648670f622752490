// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/constant.hpp"

#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cleave {
namespace {

/// No tensor of a network for an embedded device comes near; keeps products of sizes inside 64 bits.
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

using Dims = std::vector<std::int64_t>;

/// The nearest 64-bit integer towards 0; 0 for what is no number.
std::int64_t whole(double number) {
    constexpr double kLimit = 9.2e18;
    return number >= kLimit    ? std::numeric_limits<std::int64_t>::max()
           : number <= -kLimit ? std::numeric_limits<std::int64_t>::min()
           : number == number  ? static_cast<std::int64_t>(number)
                               : 0;
}

std::int64_t size_of(const Dims& dims) { return static_cast<std::int64_t>(dims.size()); }

std::optional<Constant> fold_constant(const OnnxNode& node) {
    if (const auto* tensor = find_attribute<OnnxTensor>(node, "value")) {
        return Constant(*tensor);
    }
    if (const auto* number = find_attribute<double>(node, "value_float")) {
        return make_constant(OnnxType::float32, {}, {*number});
    }
    if (const auto* number = find_attribute<std::int64_t>(node, "value_int")) {
        return Constant(OnnxTensor{"", OnnxType::int64, {}, {}, {*number}});
    }
    if (const auto* list = find_attribute<std::vector<double>>(node, "value_floats")) {
        return make_constant(OnnxType::float32, {static_cast<std::int64_t>(list->size())}, *list);
    }
    if (const auto* list = find_attribute<Dims>(node, "value_ints")) {
        return Constant(OnnxTensor{"", OnnxType::int64, {size_of(*list)}, {}, *list});
    }
    return std::nullopt;
}

std::optional<Constant> fold_constant_of_shape(const OnnxNode& node, const Constant& shape) {
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

/// The parts that a Split makes of a constant.
std::vector<Constant> fold_split(const OnnxNode& node, const ConstantInputs& inputs) {
    const Constant& in = *inputs.front();
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in.dims().size());
    const auto sizes = axis ? split_sizes(node, in.dims()[*axis], inputs) : std::nullopt;
    std::vector<Constant> parts;
    std::int64_t first = 0;
    for (std::size_t i = 0; sizes && i < sizes->size(); ++i) {
        OnnxNode part{"", "Slice", "", {"in"}, {"out"}, {}};
        part.attributes = {{"starts", Dims{first}},
                           {"ends", Dims{first + (*sizes)[i]}},
                           {"axes", Dims{static_cast<std::int64_t>(*axis)}}};
        auto slice = fold_rearranged(part, {in});
        if (!slice) {
            return {};
        }
        parts.push_back(std::move(*slice));
        first += (*sizes)[i];
    }
    return parts;
}

std::optional<Constant> fold(const OnnxNode& node, const ConstantInputs& inputs) {
    const std::string& op = node.op;
    const bool standard = node.domain.empty();
    if (standard && op == "Constant") {
        return fold_constant(node);
    }
    if (inputs.empty() || !inputs.front() || !inputs.front()->is_known()) {
        return std::nullopt;
    }
    if (!standard) {
        return fold_quantised(node, inputs);
    }
    const Constant& first = *inputs.front();
    if (op == "Identity" || op == "Dropout") {
        return first;
    }
    if (op == "Shape") {
        const Dims dims = shape_part(node, first.dims());
        return Constant(OnnxTensor{"", OnnxType::int64, {size_of(dims)}, {}, dims});
    }
    if (op == "Size") {
        return Constant(OnnxTensor{"", OnnxType::int64, {}, {}, {first.count()}});
    }
    if (op == "ConstantOfShape") {
        return fold_constant_of_shape(node, first);
    }
    if (is_reshaping(op)) {
        auto dims = reshaped_dims(node, first.dims(), inputs);
        return dims ? std::optional(first.with_dims(std::move(*dims))) : std::nullopt;
    }
    for (const auto& part : {fold_rearranged, fold_elementwise, fold_quantised}) {
        if (auto result = part(node, inputs)) {
            return result;
        }
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

OnnxTensor to_tensor(const Constant& constant) {
    OnnxTensor tensor{"", constant.type(), constant.dims(), {}, {}};
    if (constant.is_float()) {
        tensor.type = OnnxType::float32;
        tensor.floats = constant.floats();
    } else {
        tensor.ints = constant.integers();
    }
    return tensor;
}

Constant make_constant(OnnxType type, std::vector<std::int64_t> dims, const std::vector<double>& numbers) {
    OnnxTensor tensor{"", type, std::move(dims), {}, {}};
    if (is_float(type)) {
        tensor.floats.reserve(numbers.size());
        for (const double number : numbers) {
            tensor.floats.push_back(static_cast<float>(number));
        }
    } else {
        tensor.ints.reserve(numbers.size());
        for (const double number : numbers) {
            tensor.ints.push_back(whole(number));
        }
    }
    return Constant(std::move(tensor));
}

std::optional<std::vector<std::int64_t>> broadcast(const std::vector<std::int64_t>& a,
                                                   const std::vector<std::int64_t>& b) {
    const Dims& longer = a.size() >= b.size() ? a : b;
    const Dims& shorter = a.size() >= b.size() ? b : a;
    Dims result = longer;
    for (std::size_t i = 0; i < shorter.size(); ++i) {
        std::int64_t& dim = result[longer.size() - shorter.size() + i];
        if (dim != shorter[i] && dim != 1 && shorter[i] != 1) {
            return std::nullopt;
        }
        dim = dim == 1 ? shorter[i] : dim;
    }
    return result;
}

std::vector<std::int64_t> broadcast_strides(const std::vector<std::int64_t>& from,
                                            const std::vector<std::int64_t>& to) {
    Dims strides(to.size(), 0);
    std::int64_t stride = 1;
    for (std::size_t i = from.size(); i-- > 0;) {
        strides[to.size() - from.size() + i] = from[i] == 1 ? 0 : stride;
        stride *= from[i];
    }
    return strides;
}

Constant::Constant(const OnnxTensor& tensor)
    : origin(tensor.name), type_(tensor.type), dims_(tensor.dims), tensor_(&tensor) {
    count_ = static_cast<std::int64_t>(is_float() ? tensor.floats.size() : tensor.ints.size());
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

Constant Constant::with_type(OnnxType type) const {
    Constant result = *this;
    result.type_ = type;
    return result;
}

double Constant::number(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return tensor_ == nullptr ? fill_
           : is_float()       ? static_cast<double>(tensor_->floats[at])
                              : static_cast<double>(tensor_->ints[at]);
}

std::int64_t Constant::integer(std::int64_t i) const {
    return tensor_ == nullptr || is_float() ? whole(number(i)) : tensor_->ints[static_cast<std::size_t>(i)];
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
    return std::vector<std::int64_t>(static_cast<std::size_t>(count_), whole(fill_));
}

std::vector<Constant> fold_constants(const OnnxNode& node, const ConstantInputs& inputs) {
    std::vector<Constant> results;
    if (node.domain.empty() && node.op == "Split" && !inputs.empty() && inputs.front()) {
        results = fold_split(node, inputs);
    } else if (auto result = fold(node, inputs)) {
        results.push_back(std::move(*result));
    }
    const bool absent =
        std::any_of(inputs.begin(), inputs.end(), [](const auto& input) { return input && input->absent; });
    for (std::size_t i = 0; i < results.size(); ++i) {
        // Rearranged weights keep the name of the weights.
        if (results[i].origin.empty()) {
            results[i].origin =
                !inputs.empty() && inputs.front() && results[i].count() == inputs.front()->count()
                    ? inputs.front()->origin
                    : node.outputs[std::min(i, node.outputs.size() - 1)];
        }
        results[i].absent = absent;
    }
    return results;
}

}  // namespace cleave
