// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <utility>

// Operators that move elements, and those that ask for shapes. Reshapes and transposes add no layers at once:
// what they make is looked at when a layer reads it.
namespace cleave {
namespace {

/// Larger feature maps are not followed element by element.
constexpr std::int64_t kMostFollowed = std::int64_t{1} << 24;

}  // namespace

bool Translator::reshape(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || (in->is_padded() && !map_of(*in))) {
        return false;
    }
    auto dims = reshaped_dims(node, in->dims, constants(node));
    if (!dims) {
        return false;
    }
    Feature result = *in;
    if (*dims != in->dims) {
        result.dims = std::move(*dims);
        result.node = index_of(node);
    }
    return pass(node, result);
}

bool Translator::transpose(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || (in->is_padded() && !map_of(*in))) {
        return false;
    }
    if (channels_last_.count(node.inputs.front()) > 0) {
        return pass(node, *in);
    }
    const auto order = transpose_order(node, in->dims.size());
    const auto count = count_elements(in->dims);
    if (!order || !count || *count > kMostFollowed) {
        return false;
    }
    const Transposed moved = cleave::transpose(in->dims, *order);
    Feature result{in->layer, moved.dims, {}, index_of(node), {}, 0};
    result.order.reserve(static_cast<std::size_t>(*count));
    bool in_place = true;
    moved.each_source([&](std::int64_t from) {
        const auto source =
            static_cast<std::int32_t>(in->order.empty() ? from : in->order[static_cast<std::size_t>(from)]);
        in_place = in_place && static_cast<std::size_t>(source) == result.order.size();
        result.order.push_back(source);
    });
    if (in_place) {
        result.order.clear();
    }
    return pass(node, result);
}

bool Translator::concat(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    if (in == nullptr || axis_of(integer_attribute(node, "axis", 1), in->dims.size()) != std::size_t{1}) {
        return false;
    }
    return node.inputs.size() == 1 ? identity(node) : join(node, Concat{});
}

/// Channels of a layer's output feature map; no layer where they are all.
void Translator::add_slice(const OnnxNode& node, const std::string& output, std::size_t from, Slice op) {
    std::size_t last = from;
    if (op.count != layers_[from].shape.channels) {
        DraftLayer layer = draft(node, op, from);
        layer.shape = layers_[from].shape;
        layer.shape.channels = op.count;
        layers_.push_back(std::move(layer));
        last = layers_.size() - 1;
    }
    const Shape& s = layers_[last].shape;
    std::vector<std::int64_t> dims{1, s.channels};
    if (!layers_[last].flat) {
        dims.insert(dims.end(), {s.height, s.width});
    }
    values_[output] = Feature{last, std::move(dims), {}, index_of(node), {}, 0};
}

bool Translator::split(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr) {
        return false;
    }
    const auto axis = axis_of(integer_attribute(node, "axis", 0), in->dims.size());
    const auto from = axis == std::size_t{1} ? layer_of(*in) : std::nullopt;
    if (!from) {
        return false;
    }
    const std::int64_t channels = in->dims[1];
    const auto parts = static_cast<std::int64_t>(node.outputs.size());
    auto sizes = integers_attribute(node, "split");
    if (has(node, 1)) {
        const Constant* given = constant(node, 1);
        if (given == nullptr || given->is_float() || given->count() != parts) {
            return false;
        }
        sizes = given->integers();
    }
    if (!sizes) {
        // Equal parts; the last is smaller where that does not go.
        const std::int64_t each = (channels + parts - 1) / parts;
        sizes.emplace(static_cast<std::size_t>(parts), each);
        sizes->back() = channels - each * (parts - 1);
    }
    std::int64_t sum = 0;
    for (const std::int64_t size : *sizes) {
        if (size < 1 || size > channels - sum) {
            return false;
        }
        sum += size;
    }
    if (sum != channels || sizes->size() != node.outputs.size()) {
        return false;
    }
    std::int64_t first = 0;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (uses(node.outputs[i]) > 0) {
            add_slice(node, node.outputs[i], *from, {first, (*sizes)[i]});
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
    for (std::size_t i = 0; i < ranges->size(); ++i) {
        const bool cut = (*ranges)[i].count != in->dims[i];
        whole = whole && !cut;
        if (cut && i != 1) {
            return false;
        }
    }
    if (whole) {
        return pass(node, *in);
    }
    const auto from = layer_of(*in);
    if (!from) {
        return false;
    }
    add_slice(node, node.outputs.front(), *from, {(*ranges)[1].first, (*ranges)[1].count});
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
    auto at = static_cast<std::int64_t>(indices->number(0));
    at = at < 0 ? at + parts : at;
    std::vector<std::int64_t> dims = in->dims;
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
    const std::vector<std::int64_t> wanted{1, shape.channels / parts, shape.height, shape.width};
    if (at < 0 || at >= parts || shape.channels % parts != 0 || dims != wanted) {
        return false;
    }
    Feature whole{in->layer, {1, shape.channels, shape.height, shape.width}, in->order, in->node, {}, 0};
    const auto from = layer_of(whole);
    if (!from) {
        return false;
    }
    // The other parts find the layer there.
    in->layer = *from;
    in->order.clear();
    add_slice(node, node.outputs.front(), *from, {at * wanted[1], wanted[1]});
    return true;
}

bool Translator::shape(const OnnxNode& node) {
    const Feature* in = feature(node, 0);
    if (in == nullptr) {
        return false;
    }
    const auto rank = static_cast<std::int64_t>(in->dims.size());
    const auto place = [&](const char* name, std::int64_t otherwise) {
        const std::int64_t at = integer_attribute(node, name, otherwise);
        return std::clamp<std::int64_t>(at < 0 ? std::max(at, -rank) + rank : at, 0, rank);
    };
    const std::int64_t first = place("start", 0);
    const std::int64_t last = std::max(place("end", rank), first);
    OnnxTensor numbers{node.outputs.front(), OnnxType::int64, {last - first}, {}, {}};
    numbers.ints.assign(in->dims.begin() + first, in->dims.begin() + last);
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
