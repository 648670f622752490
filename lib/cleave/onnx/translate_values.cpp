// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/copy_nodes.hpp"
#include "cleave/onnx/element_type.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

/// Weights of all layers together; 1 GiB.
constexpr std::int64_t kMostParameters = std::int64_t{1} << 28;

/// Groups of the channel shuffle that an order of elements is; 1 if it changes nothing, nothing if it is
/// none.
std::optional<std::int64_t> shuffle_groups(const Order& order, const Shape& shape) {
    const std::int64_t positions = shape.positions();
    if (static_cast<std::int64_t>(order.size()) != shape.elements()) {
        return std::nullopt;
    }
    const std::int64_t channels = shape.channels;
    // Channel 1 comes from the first channel of the second group.
    const std::int64_t size = channels > 1 ? order[positions] / positions : channels;
    if (size < 1 || channels % size != 0) {
        return std::nullopt;
    }
    const std::int64_t groups = channels / size;
    for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t from = size == 1 ? c : c % groups * size + c / groups;
        for (std::int64_t p = 0; p < positions; ++p) {
            if (order[c * positions + p] != from * positions + p) {
                return std::nullopt;
            }
        }
    }
    return size == 1 ? 1 : groups;
}

/// Averages with dilation where ONNX Runtime (1.23) computes another shape than the standard has, and of
/// versions that have none.
bool is_read_otherwise(const OnnxNode& node, std::int64_t opset) {
    constexpr std::int64_t kWithDilation = 19;
    return node.op == "AveragePool" && integers_attribute(node, "dilations") &&
           (opset < kWithDilation || text_attribute(node, "auto_pad").rfind("SAME", 0) == 0);
}

}  // namespace

Shape map_shape(const std::vector<std::int64_t>& dims) {
    std::size_t at = dims.size() > 1 && dims.front() == 1 ? 1 : 0;
    const auto next = [&] { return at < dims.size() ? dims[at++] : 1; };
    if (at == 1 && dims.size() == 3) {
        return {dims[1], 1, dims[2]};
    }
    Shape shape{next(), next(), next()};
    while (at < dims.size()) {
        shape.width *= dims[at++];
    }
    return shape;
}

std::vector<std::int64_t> map_dims(const Shape& shape, std::size_t rank) {
    return rank == 2   ? std::vector<std::int64_t>{1, shape.elements()}
           : rank == 3 ? std::vector<std::int64_t>{1, shape.channels, shape.positions()}
                       : std::vector<std::int64_t>{1, shape.channels, shape.height, shape.width};
}

std::vector<std::int64_t> channel_dims(std::int64_t count, std::size_t rank) {
    std::vector<std::int64_t> dims(rank, 1);
    if (rank > 1) {
        dims[1] = count;
    }
    return dims;
}

double decimal(double number) {
    const std::string text = fmt::format("{}", static_cast<float>(number));
    double result = number;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

bool Translator::has(const OnnxNode& node, std::size_t input) {
    return input < node.inputs.size() && !node.inputs[input].empty();
}

const Value* Translator::value(const OnnxNode& node, std::size_t input) const {
    if (!has(node, input)) {
        return nullptr;
    }
    const auto found = values_.find(node.inputs[input]);
    return found == values_.end() ? nullptr : &found->second;
}

const Constant* Translator::constant(const OnnxNode& node, std::size_t input) const {
    const Value* in = value(node, input);
    const auto* number = in == nullptr ? nullptr : std::get_if<Constant>(in);
    return number != nullptr && number->is_known() ? number : nullptr;
}

Feature* Translator::feature(const OnnxNode& node, std::size_t input) {
    if (!has(node, input)) {
        return nullptr;
    }
    const auto found = values_.find(node.inputs[input]);
    return found == values_.end() ? nullptr : std::get_if<Feature>(&found->second);
}

std::vector<std::optional<Constant>> Translator::constants(const OnnxNode& node) const {
    std::vector<std::optional<Constant>> result;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Constant* in = constant(node, i);
        result.push_back(in == nullptr ? std::nullopt : std::optional(*in));
    }
    return result;
}

std::size_t Translator::index_of(const OnnxNode& node) const {
    return static_cast<std::size_t>(&node - model_.nodes.data());
}

std::int64_t Translator::uses(const std::string& name) const {
    const auto found = uses_.find(name);
    return name.empty() || found == uses_.end() ? 0 : found->second;
}

bool Translator::is_map(const Feature& feature) const {
    const std::size_t rank = feature.dims.size();
    if (rank < 2 || rank > 4 || feature.dims.front() != 1 || feature.is_padded()) {
        return false;
    }
    const Shape shape = map_shape(feature.dims);
    const Shape from = layers_[feature.layer].shape;
    if (!feature.order.empty()) {
        return shape == from && shuffle_groups(feature.order, shape);
    }
    return rank == 2 || shape == from;
}

Shape Translator::padded_shape(const Feature& feature) const {
    Shape shape = layers_[feature.layer].shape;
    shape.height += feature.pad[0] + feature.pad[2];
    shape.width += feature.pad[1] + feature.pad[3];
    return shape;
}

std::size_t Translator::add_view(const Feature& feature) {
    const std::size_t layer = add_other(feature.is_padded() ? "Pad" : model_.nodes[feature.node].op,
                                        feature.node, {feature.layer}, feature.dims);
    const CopiedView view{layers_[feature.layer].shape, layers_[layer].shape, feature.order.places(),
                          feature.pad, feature.pad_value};
    layers_[layer].parameters.copied = copy_view(view, copy_budget_);
    return layer;
}

OnnxType Translator::other_type(const OnnxNode& node, std::size_t output) const {
    static const std::set<std::string> truths{"And",         "Equal", "Greater", "GreaterOrEqual",
                                              "IsInf",       "IsNaN", "Less",    "Not",
                                              "LessOrEqual", "Or",    "Xor"};
    static const std::set<std::string> places{"ArgMax", "ArgMin", "NonZero"};
    if (truths.count(node.op) > 0) {
        return OnnxType::boolean;
    }
    if (places.count(node.op) > 0 || (node.op == "TopK" && output == 1)) {
        return OnnxType::int64;
    }
    // A choice has the type of what is chosen; others that of what they read first.
    const std::size_t like = node.op == "Where" ? 1 : 0;
    const Value* in = like < node.inputs.size() ? value(node, like) : nullptr;
    const auto* map = in == nullptr ? nullptr : std::get_if<Feature>(in);
    const bool moves = node.op == "Where" || node.op == "Transpose" || node.op == "Reshape" ||
                       node.op == "Pad" || node.op == "Tile" || node.op == "Expand";
    return map != nullptr && moves ? map->type : OnnxType::float32;
}

/// Number of the type of a copy's values: floating-point numbers are all in 32 bits; 0 for what is not
/// copied.
std::int64_t Translator::copied_element(OnnxType type) {
    switch (type) {
        case OnnxType::uint32:
        case OnnxType::uint64:
        case OnnxType::uint4:
        case OnnxType::int4: return 0;
        default: return element_number(is_float(type) ? OnnxType::float32 : type);
    }
}

std::string Translator::copy_of(const OnnxNode& node, const Feature& made, const std::string& output,
                                const std::vector<std::size_t>& layers) {
    CopiedNode what{node, {}, output, made.dims, map_shape(made.dims), copied_element(made.type)};
    if (what.element == 0 || is_read_otherwise(node, model_.opset)) {
        return {};
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        CopiedInput& input = what.inputs.emplace_back();
        if (const Feature* in = feature(node, i)) {
            // Layers hold the numbers that codes stand for.
            const std::int64_t element = copied_element(in->type);
            if (in->codes != nullptr || element == 0) {
                return {};
            }
            const auto place = std::find(layers.begin(), layers.end(), in->layer) - layers.begin();
            input = CopiedMap{static_cast<std::size_t>(place), layers_[in->layer].shape, in->dims, element};
        } else if (const Constant* numbers = constant(node, i)) {
            if (numbers->absent) {
                return {};
            }
            input = *numbers;
        }
    }
    return copy_node(model_, what, copy_budget_);
}

std::optional<std::size_t> Translator::layer_of(Feature& feature) {
    const std::size_t rank = feature.dims.size();
    if (feature.is_padded()) {
        // The padding first; what order its elements are in comes then.
        const Shape shape = padded_shape(feature);
        const std::vector<std::int64_t> dims = map_dims(shape, shape.height == 1 && rank == 3 ? 3 : 4);
        feature.layer = add_view({feature.layer, dims, {}, feature.node, feature.pad, feature.pad_value});
        feature.pad = {};
    }
    if (rank < 2 || rank > 4 || feature.dims.front() != 1) {
        return std::nullopt;
    }
    const Shape shape = map_shape(feature.dims);
    const Shape from = layers_[feature.layer].shape;
    if (!feature.order.empty()) {
        const auto groups = shape == from ? shuffle_groups(feature.order, shape) : std::nullopt;
        if (!groups) {
            feature.layer = add_view(feature);
        } else if (*groups > 1) {
            DraftLayer layer = draft(model_.nodes[feature.node], Shuffle{*groups}, feature.layer);
            layer.shape = shape;
            layers_.push_back(std::move(layer));
            feature.layer = layers_.size() - 1;
        }
    } else if (feature.layer < input_count_ && shape != from && layers_.size() == input_count_) {
        // What the model makes of an input first is the network's input.
        layers_[feature.layer].op = Input{shape};
        layers_[feature.layer].shape = shape;
        layers_[feature.layer].rank = rank;
    } else if (rank == 2 && layers_[feature.layer].rank != 2) {
        DraftLayer layer = draft(model_.nodes[feature.node], Flatten{}, feature.layer);
        layer.shape = shape;
        layer.rank = 2;
        layers_.push_back(std::move(layer));
        feature.layer = layers_.size() - 1;
    } else if (shape != from) {
        feature.layer = add_view(feature);
    }
    feature.order = {};
    feature.shared = false;
    return feature.layer;
}

std::optional<std::size_t> Translator::map_of(Feature& feature) {
    return feature.dims.size() == 4 ? layer_of(feature) : std::nullopt;
}

std::size_t Translator::source_of(Feature& feature) {
    if (!feature.is_padded() && feature.order.empty()) {
        return feature.layer;
    }
    if (const auto layer = layer_of(feature)) {
        return *layer;
    }
    if (!feature.order.empty()) {
        feature.layer = add_view(feature);
    }
    feature.order = {};
    feature.shared = false;
    return feature.layer;
}

std::size_t Translator::add_other(std::string type, std::size_t node, std::vector<std::size_t> inputs,
                                  const std::vector<std::int64_t>& dims) {
    DraftLayer layer;
    const Shape shape = map_shape(dims);
    layer.op = Other{std::move(type), shape};
    layer.inputs = std::move(inputs);
    layer.shape = shape;
    layer.node = node;
    const std::size_t rank = dims.size();
    layer.rank = rank >= 2 && rank <= 4 && dims.front() == 1 ? rank : 4;
    try {
        (void)infer_shape(layer.op, {shape});
    } catch (const std::invalid_argument& error) {
        report(model_.nodes[node], error.what());
    }
    layers_.push_back(std::move(layer));
    return layers_.size() - 1;
}

DraftLayer Translator::draft(const OnnxNode& node, Op op, std::size_t input) const {
    DraftLayer layer;
    layer.op = std::move(op);
    layer.inputs = {input};
    layer.node = index_of(node);
    layer.rank = layers_[input].rank;
    return layer;
}

std::optional<DraftLayer> Translator::follow(const OnnxNode& node, const Op& op, Feature& feature) {
    const auto from = layer_of(feature);
    if (!from) {
        return std::nullopt;
    }
    DraftLayer layer = draft(node, op, *from);
    layer.rank = feature.dims.size();
    return layer;
}

bool Translator::emit(const OnnxNode& node, DraftLayer layer) {
    std::vector<Shape> inputs;
    for (const std::size_t in : layer.inputs) {
        inputs.push_back(layers_[in].shape);
    }
    try {
        layer.shape = infer_shape(layer.op, inputs);
    } catch (const std::invalid_argument& error) {
        fault(node, error.what());
        return true;
    }
    std::vector<std::int64_t> dims = map_dims(layer.shape, layer.rank);
    layers_.push_back(std::move(layer));
    values_[node.outputs.front()] = Feature{layers_.size() - 1, std::move(dims), {}, index_of(node)};
    return true;
}

bool Translator::emit_view(const OnnxNode& node, DraftLayer layer, const Feature& view) {
    const Feature kept = view;
    emit(node, std::move(layer));
    if (auto* out = std::get_if<Feature>(&values_[node.outputs.front()])) {
        out->dims = kept.dims;
        out->order = kept.order;
        out->node = kept.node;
    }
    return true;
}

bool Translator::pointwise(const OnnxNode& node, const Op& op, Feature& feature, LayerParameters parameters,
                           std::optional<ScalarAffine> scalar) {
    const bool in_place = !feature.is_padded() && !is_map(feature);
    std::optional<DraftLayer> layer =
        in_place ? std::optional(draft(node, op, feature.layer)) : follow(node, op, feature);
    if (!layer) {
        return false;
    }
    layer->parameters = std::move(parameters);
    layer->scalar = scalar;
    return in_place ? emit_view(node, std::move(*layer), feature) : emit(node, std::move(*layer));
}

bool Translator::pass(const OnnxNode& node, Feature feature, std::size_t input) {
    feature.shared = feature.shared || uses(node.inputs[input]) > 1;
    values_[node.outputs.front()] = std::move(feature);
    return true;
}

std::optional<std::size_t> Translator::only_read_here(const OnnxNode& node, std::size_t input) {
    Feature* in = feature(node, input);
    if (in == nullptr || uses(node.inputs[input]) != 1 || in->is_padded() || in->shared) {
        return std::nullopt;
    }
    return is_map(*in) ? layer_of(*in) : in->layer;
}

std::optional<std::vector<float>> Translator::per_channel(const Constant& numbers,
                                                          const Feature& feature) const {
    const std::size_t rank = feature.dims.size();
    const auto& dims = numbers.dims();
    if (!numbers.is_float() || dims.size() > rank || rank == 0 ||
        broadcast(dims, feature.dims) != feature.dims) {
        return std::nullopt;
    }
    const bool natural = feature.is_padded() || is_map(feature);
    const auto channels =
        static_cast<std::size_t>(natural ? feature.dims[1] : layers_[feature.layer].shape.channels);
    if (numbers.count() == 1) {
        return std::vector<float>(channels, static_cast<float>(numbers.number(0)));
    }
    if (natural) {
        for (std::size_t i = 0; i < dims.size(); ++i) {
            if (dims[i] != 1 && rank - dims.size() + i != 1) {
                return std::nullopt;
            }
        }
        return numbers.floats();
    }
    const auto count = count_elements(feature.dims);
    if (!count || *count > kMostFollowed) {
        return std::nullopt;
    }
    const std::int64_t positions = layers_[feature.layer].shape.positions();
    std::vector<float> result(channels, 0.0F);
    std::vector<bool> known(channels, false);
    bool one_each = true;
    std::int64_t i = 0;
    Transposed{feature.dims, broadcast_strides(dims, feature.dims)}.each_source([&](std::int64_t from) {
        const auto channel = static_cast<std::size_t>(feature.order[i++] / positions);
        const auto number = static_cast<float>(numbers.number(from));
        one_each = one_each && (!known[channel] || result[channel] == number);
        result[channel] = number;
        known[channel] = true;
    });
    return one_each ? std::optional(std::move(result)) : std::nullopt;
}

bool Translator::take(std::vector<float>& numbers, const Constant& from) {
    if (from.absent) {
        return false;
    }
    parameters_ += from.count();
    if (parameters_ > kMostParameters) {
        if (parameters_ - from.count() <= kMostParameters) {
            faults_.push_back(
                fmt::format("the model has more than {} weights, which is too large", kMostParameters));
        }
        return false;
    }
    numbers = from.floats();
    return true;
}

}  // namespace cleave
