// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <utility>

// Operators that move elements, and those that ask for shapes. Reshapes and transposes add no layers at once:
// what they make is looked at when a layer reads it.
namespace cleave {
bool Translator::reshape(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || (in->is_padded() && !layer_of(*in))) {
        return false;
    }
    std::vector<std::optional<Constant>> inputs = constants(node);
    if (batch_ > 1 && node.op == "Reshape" && inputs.size() > 1 && inputs[1] && !inputs[1]->is_float() &&
        inputs[1]->count() > 0 && inputs[1]->number(0) == static_cast<double>(batch_)) {
        // A shape that was written for the whole batch.
        std::vector<std::int64_t> to = inputs[1]->integers();
        to.front() = 1;
        inputs[1] = Constant(OnnxTensor{"", OnnxType::int64, inputs[1]->dims(), {}, std::move(to)});
    }
    auto dims = reshaped_dims(node, in->dims, inputs);
    if (!dims) {
        return false;
    }
    Feature result = *in;
    if (*dims != in->dims) {
        result.dims = std::move(*dims);
        result.node = index_of(node);
    }
    return pass(node, std::move(result));
}

bool Translator::transpose(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const auto order = in == nullptr ? std::nullopt : transpose_order(node, in->dims.size());
    const auto count = in == nullptr ? std::nullopt : count_elements(in->dims);
    if (!order || !count || *count > kMostFollowed) {
        return false;
    }
    const Transposed moved = cleave::transpose(in->dims, *order);
    std::vector<std::int32_t> places;
    places.reserve(static_cast<std::size_t>(*count));
    bool in_place = true;
    moved.each_source([&](std::int64_t from) {
        const auto place = static_cast<std::int32_t>(in->order[from]);
        in_place = in_place && static_cast<std::size_t>(place) == places.size();
        places.push_back(place);
    });
    Feature result = *in;
    result.dims = moved.dims;
    result.order = in_place ? Order() : Order(std::move(places));
    if (!result.is_padded()) {
        result.node = index_of(node);
    }
    return pass(node, std::move(result));
}

bool Translator::concat(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    const auto axis =
        in == nullptr ? std::nullopt : axis_of(integer_attribute(node, "axis", 1), in->dims.size());
    if (!axis) {
        return false;
    }
    if (node.inputs.size() == 1) {
        return identity(node);
    }
    return *axis == 1 ? join(node, Concat{}) : concat_views(node, *axis);
}

/// Channels of a layer's output feature map; no layer where they are all.
std::size_t Translator::add_slice(const OnnxNode& node, const std::string& output, std::size_t from,
                                  Slice op) {
    std::size_t last = from;
    if (op.count != layers_[from].shape.channels) {
        DraftLayer layer = draft(node, op, from);
        layer.shape = layers_[from].shape;
        layer.shape.channels = op.count;
        layers_.push_back(std::move(layer));
        last = layers_.size() - 1;
    }
    values_[output] = Feature{last, map_dims(layers_[last].shape, layers_[last].rank), {}, index_of(node)};
    return last;
}

bool Translator::split(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr) {
        return false;
    }
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in->dims.size());
    const auto sizes = axis ? split_sizes(node, in->dims[*axis], constants(node)) : std::nullopt;
    if (!sizes || std::any_of(sizes->begin(), sizes->end(), [](std::int64_t size) { return size == 0; })) {
        return false;
    }
    if (!in->is_padded() && (*axis != 1 || !is_map(*in))) {
        return split_view(node, *axis, *sizes);
    }
    const auto from = axis == std::size_t{1} ? layer_of(*in) : std::nullopt;
    if (!from) {
        return false;
    }
    std::int64_t first = 0;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (uses(node.outputs[i]) > 0) {
            (void)add_slice(node, node.outputs[i], *from, {first, (*sizes)[i]});
        }
        first += (*sizes)[i];
    }
    return true;
}

bool Translator::slice(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const auto ranges = in == nullptr ? std::nullopt : slice_ranges(node, in->dims, constants(node));
    if (!ranges) {
        return false;
    }
    bool whole = true;
    bool channels = true;
    for (std::size_t i = 0; i < ranges->size(); ++i) {
        const SliceRange& range = (*ranges)[i];
        const bool cut = range.count != in->dims[i] || range.step < 0;
        whole = whole && !cut;
        channels = channels && (!cut || (i == 1 && range.step == 1));
        if (range.count == 0) {
            return false;
        }
    }
    if (whole) {
        return pass(node, *in);
    }
    if (!in->is_padded() && (!channels || !is_map(*in))) {
        return slice_view(node, node.outputs.front(), *ranges);
    }
    const auto from = channels ? layer_of(*in) : std::nullopt;
    if (!from) {
        return false;
    }
    (void)add_slice(node, node.outputs.front(), *from, {(*ranges)[1].first, (*ranges)[1].count});
    return true;
}

/// One of the equal parts that a feature map was reshaped into, as halves behind a channel shuffle: channels
/// one after another.
bool Translator::gather(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const Constant* indices = constant(node, 1);
    if (in == nullptr || in->is_padded() || indices == nullptr || indices->is_float() ||
        indices->count() != 1 || !indices->dims().empty()) {
        return false;
    }
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in->dims.size());
    if (!axis) {
        return false;
    }
    for (std::size_t i = 0; i < *axis; ++i) {
        if (in->dims[i] != 1) {
            return false;
        }
    }
    const Shape shape = layers_[in->layer].shape;
    const std::int64_t parts = in->dims[*axis];
    std::int64_t at = indices->integer(0);
    at = at < 0 ? at + parts : at;
    std::vector<std::int64_t> dims = in->dims;
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
    const std::vector<std::int64_t> wanted{1, shape.channels / parts, shape.height, shape.width};
    if (at < 0 || at >= parts || shape.channels % parts != 0 || dims != wanted) {
        return false;
    }
    Feature whole{in->layer, {1, shape.channels, shape.height, shape.width}, in->order, in->node};
    const auto from = layer_of(whole);
    if (!from) {
        return false;
    }
    // The other parts find the layer there.
    in->layer = *from;
    in->order = {};
    (void)add_slice(node, node.outputs.front(), *from, {at * wanted[1], wanted[1]});
    return true;
}

bool Translator::shape(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    if (in == nullptr) {
        return false;
    }
    OnnxTensor numbers{node.outputs.front(), OnnxType::int64, {}, {}, shape_part(node, in->dims)};
    numbers.dims = {static_cast<std::int64_t>(numbers.ints.size())};
    values_.insert_or_assign(node.outputs.front(), Constant(std::move(numbers)));
    return true;
}

bool Translator::size(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    const auto count = in == nullptr ? std::nullopt : count_elements(in->dims);
    if (!count) {
        return false;
    }
    values_.insert_or_assign(node.outputs.front(),
                             Constant(OnnxTensor{node.outputs.front(), OnnxType::int64, {}, {}, {*count}}));
    return true;
}

}  // namespace cleave
