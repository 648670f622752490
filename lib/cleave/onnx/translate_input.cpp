// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/show_values.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

// What a model starts from: constants; inputs, their type, their batch, and where their channels are.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

std::string type_name(OnnxType type) {
    switch (type) {
        case OnnxType::float32: return "float32";
        case OnnxType::float16: return "float16";
        case OnnxType::bfloat16: return "bfloat16";
        case OnnxType::float64: return "float64";
        case OnnxType::int4: return "int4";
        case OnnxType::int8: return "int8";
        case OnnxType::int16: return "int16";
        case OnnxType::int32: return "int32";
        case OnnxType::int64: return "int64";
        case OnnxType::uint4: return "uint4";
        case OnnxType::uint8: return "uint8";
        case OnnxType::uint16: return "uint16";
        case OnnxType::uint32: return "uint32";
        case OnnxType::uint64: return "uint64";
        case OnnxType::boolean: return "bool";
        case OnnxType::other: break;
    }
    return "another type";
}

/// What float32 holds exactly, or nearly.
bool fits_float(OnnxType type) {
    return is_float(type) || type == OnnxType::int4 || type == OnnxType::uint4 || type == OnnxType::int8 ||
           type == OnnxType::uint8 || type == OnnxType::int16 || type == OnnxType::uint16 ||
           type == OnnxType::int32;
}

/// Operators that an image passes on its way to the first layer, element by element or padded.
bool prepares(const OnnxNode& node) {
    static const std::set<std::string> names{
        "Add", "Cast", "Clip",  "DequantizeLinear", "Div",  "Identity", "IntQuant",          "Mul",
        "Neg", "Pad",  "Quant", "QuantizeLinear",   "Relu", "Sub",      "BatchNormalization"};
    return names.count(node.op) > 0 && !node.outputs.empty();
}

}  // namespace

/// Whether all that becomes of the input is transposed to channels first, with nothing before that looks at
/// more than an element and its channel.
bool Translator::puts_channels_first(const std::string& input, std::size_t rank) const {
    const Dims to_front = rank == 4 ? Dims{0, 3, 1, 2} : Dims{0, 2, 1};
    std::set<std::string> reached{input};
    bool turned = false;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
        const OnnxNode& node = model_.nodes[i];
        const bool reads = std::any_of(node.inputs.begin(), node.inputs.end(),
                                       [&](const std::string& name) { return reached.count(name) > 0; });
        if (!live_[i] || !reads || node.op == "Shape") {
            continue;
        }
        if (node.op == "Transpose") {
            if (integers_attribute(node, "perm") != to_front) {
                return false;
            }
            turned = true;
        } else if (prepares(node)) {
            reached.insert(node.outputs.front());
        } else {
            return false;
        }
    }
    return turned;
}

void Translator::set_input(const OnnxValue& input, Dims dims) {
    const std::size_t rank = dims.size();
    const bool last = (rank == 4 || rank == 3) &&
                      count_elements(dims).value_or(kMostFollowed) < kMostFollowed &&
                      puts_channels_first(input.name, rank);
    const Dims model_dims = dims;
    if (last) {
        dims.insert(dims.begin() + 1, dims.back());
        dims.pop_back();
    }
    const Shape shape = infer_shape(Input{map_shape(dims)}, {});
    DraftLayer layer;
    layer.op = Input{shape};
    layer.shape = shape;
    layer.rank = std::min<std::size_t>(rank, 4);
    layer.weights = input.name;
    layers_.push_back(std::move(layer));
    ++input_count_;
    Feature feature{layers_.size() - 1, model_dims};
    feature.type = input.type;
    if (last) {
        warnings_.emplace_back(
            "the input's channels come last; its transposition to channels first is left out, as the "
            "network's "
            "input has them first");
        std::vector<std::size_t> axes{0, 2, 3, 1};
        if (rank == 3) {
            axes = {0, 2, 1};
        }
        std::vector<std::int32_t> places;
        places.reserve(static_cast<std::size_t>(shape.elements()));
        cleave::transpose(dims, axes).each_source([&](std::int64_t from) {
            places.push_back(static_cast<std::int32_t>(from));
        });
        feature.order = Order(std::move(places));
    }
    values_[input.name] = std::move(feature);
}

void Translator::read_inputs() {
    std::vector<OnnxValue> inputs;
    for (const OnnxValue& input : model_.inputs) {
        if (uses_.count(input.name) > 0) {
            inputs.push_back(input);
        }
    }
    if (inputs.empty()) {
        faults_.push_back("the model's output does not depend on an input");
    }
    for (const OnnxValue& input : inputs) {
        values_[input.name] = Broken{};
        read_input(input);
    }
}

void Translator::read_input(const OnnxValue& input) {
    const std::string name = quoted(input.name);
    const auto flag = fmt::format("--input-shape {}=1,3,224,224", input.name);
    if (!fits_float(input.type)) {
        faults_.push_back(
            fmt::format("input {} is {}; what is supported are floating-point numbers and integers of "
                        "up to 32 bits",
                        name, type_name(input.type)));
        return;
    }
    if (!input.dims) {
        faults_.push_back(fmt::format("input {} has no shape (give one: {})", name, flag));
        return;
    }
    Dims dims = *input.dims;
    if (dims.size() < 2) {
        faults_.push_back(
            fmt::format("input {} is {}, a feature map of batch x channels x height x width is "
                        "needed",
                        name, dims.empty() ? "a single number" : show_dims(dims)));
        return;
    }
    dims[0] = dims[0] < 1 ? 1 : dims[0];
    if (std::any_of(dims.begin(), dims.end(), [](std::int64_t dim) { return dim < 1; })) {
        faults_.push_back(
            fmt::format("input {} is {}; its size must be fixed ({})", name, show_dims(dims), flag));
        return;
    }
    const std::int64_t batch = std::exchange(dims[0], 1);
    batch_ = std::max(batch_, batch);
    if (batch > 1) {
        warnings_.push_back(fmt::format(
            "input {} has batch {}: one inference with batch 1 is explored, as all of a batch are alike",
            name, batch));
    }
    if (input.type != OnnxType::float32) {
        warnings_.push_back(
            fmt::format("input {} is {}: the network's input holds its numbers as they are, in float32", name,
                        type_name(input.type)));
    }
    try {
        set_input(input, std::move(dims));
    } catch (const std::invalid_argument& error) {
        faults_.push_back(fmt::format("input {}: {}", name, error.what()));
    }
}

void Translator::add_constants() {
    for (const OnnxTensor& tensor : model_.initializers) {
        if (!tensor.absent) {
            values_.insert_or_assign(tensor.name, Constant(tensor));
            continue;
        }
        if (uses(tensor.name) == 0) {
            continue;
        }
        missing_.insert(tensor.name);
        if (is_float(tensor.type) || is_integer(tensor.type)) {
            Constant placeholder(tensor.type, tensor.dims, 0);
            placeholder.origin = tensor.name;
            placeholder.absent = true;
            values_.insert_or_assign(tensor.name, std::move(placeholder));
        } else {
            values_.insert_or_assign(tensor.name, Unknown{tensor.dims});
        }
    }
}

}  // namespace cleave
