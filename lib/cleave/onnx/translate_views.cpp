// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/reshape.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

// Operators on values that are views of a feature map: its elements in another order or shape, as with
// channels last. The layer works on the map, and the result is a view of what it yields.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

bool is_followed(const Dims& dims) {
    const auto count = count_elements(dims);
    return count && *count > 0 && *count <= kMostFollowed;
}

/// Places without an order where it changes nothing.
Order order_of(std::vector<std::int32_t> places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (static_cast<std::size_t>(places[i]) != i) {
            return Order(std::move(places));
        }
    }
    return {};
}

/// Whether input `b` has, for each element of the result, the element of its map at the same place as `a`,
/// or, of a map without rows and columns, that of the same channel.
bool goes_along(const Feature& a, const Shape& a_shape, const Feature& b, const Shape& b_shape) {
    const bool whole = b_shape == a_shape;
    if (!whole && (b_shape.channels != a_shape.channels || b_shape.positions() != 1)) {
        return false;
    }
    const std::int64_t positions = whole ? 1 : a_shape.positions();
    bool fits = true;
    std::int64_t i = 0;
    Transposed{a.dims, broadcast_strides(b.dims, a.dims)}.each_source(
        [&](std::int64_t from) { fits = fits && b.order[from] == a.order[i++] / positions; });
    return fits;
}

}  // namespace

bool Translator::join_views(const OnnxNode& node, const Op& op) {
    OptionalDims dims = Dims{};
    std::vector<const Feature*> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Feature* in = feature(node, i);
        dims = in == nullptr || in->is_padded() || !dims ? std::nullopt : broadcast(*dims, in->dims);
        inputs.push_back(in);
    }
    if (!dims || !is_followed(*dims)) {
        return false;
    }
    const auto first =
        std::find_if(inputs.begin(), inputs.end(), [&](const Feature* in) { return in->dims == *dims; });
    if (first == inputs.end()) {
        return false;
    }
    const Feature whole = **first;
    const Shape& shape = layers_[whole.layer].shape;
    if (count_elements(*dims) != shape.elements()) {
        return false;
    }
    DraftLayer layer = draft(node, op, whole.layer);
    layer.inputs.clear();
    std::vector<Shape> shapes;
    for (const Feature* in : inputs) {
        if (!goes_along(whole, shape, *in, layers_[in->layer].shape)) {
            return false;
        }
        layer.inputs.push_back(in->layer);
        shapes.push_back(layers_[in->layer].shape);
    }
    try {
        (void)infer_shape(op, shapes);
    } catch (const std::invalid_argument&) {
        return false;
    }
    return emit_view(node, std::move(layer), whole);
}

/// Maps of the same rows and columns lie one behind the other in the joined one.
bool Translator::concat_views(const OnnxNode& node, std::size_t axis) {
    DraftLayer layer = draft(node, Concat{}, 0);
    layer.inputs.clear();
    Dims dims;
    std::vector<std::int64_t> starts;
    std::int64_t elements = 0;
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Feature* in = feature(node, i);
        if (in == nullptr || in->is_padded() || !is_followed(in->dims) || axis >= in->dims.size() ||
            count_elements(in->dims) != layers_[in->layer].shape.elements()) {
            return false;
        }
        Dims others = in->dims;
        others[axis] = dims.empty() ? 0 : dims[axis];
        if (!dims.empty() && others != dims) {
            return false;
        }
        dims = std::move(others);
        dims[axis] += in->dims[axis];
        starts.push_back(elements);
        elements += layers_[in->layer].shape.elements();
        layer.rank = layers_[in->layer].rank;
        layer.inputs.push_back(in->layer);
        shapes.push_back(layers_[in->layer].shape);
    }
    try {
        (void)infer_shape(layer.op, shapes);
    } catch (const std::invalid_argument&) {
        return false;
    }
    if (!is_followed(dims)) {
        return false;
    }
    std::vector<std::int32_t> places;
    places.reserve(static_cast<std::size_t>(elements));
    const AxisBlocks blocks(dims, axis);
    for (std::int64_t outer = 0; outer < blocks.outer; ++outer) {
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const Feature& in = *feature(node, i);
            const std::int64_t size = in.dims[axis] * blocks.inner;
            for (std::int64_t at = outer * size; at < (outer + 1) * size; ++at) {
                places.push_back(static_cast<std::int32_t>(starts[i] + in.order[at]));
            }
        }
    }
    Feature view;
    view.dims = std::move(dims);
    view.order = order_of(std::move(places));
    view.node = index_of(node);
    return emit_view(node, std::move(layer), view);
}

/// A part of a view that has whole channels, one behind the other, is a slice.
bool Translator::slice_view(const OnnxNode& node, const std::string& output, const SliceRanges& ranges) {
    const Feature in = *feature(node, 0);
    const Shape shape = layers_[in.layer].shape;
    if (!is_followed(in.dims) || count_elements(in.dims) != shape.elements()) {
        return false;
    }
    const Transposed part = part_of(in.dims, ranges);
    std::vector<std::int32_t> places;
    part.each_source([&](std::int64_t from) { places.push_back(static_cast<std::int32_t>(in.order[from])); });
    const auto [least, most] = std::minmax_element(places.begin(), places.end());
    const std::int64_t start = *least;
    const auto count = static_cast<std::int64_t>(places.size());
    const std::int64_t positions = shape.positions();
    // Distinct places, so that as many as there are between the least and the most are all of them.
    if (start % positions != 0 || count % positions != 0 || *most - start + 1 != count) {
        return false;
    }
    for (std::int32_t& place : places) {
        place -= static_cast<std::int32_t>(start);
    }
    const std::size_t layer = add_slice(node, output, in.layer, {start / positions, count / positions});
    values_[output] = Feature{layer, part.dims, order_of(std::move(places)), index_of(node)};
    return true;
}

bool Translator::split_view(const OnnxNode& node, std::size_t axis, const std::vector<std::int64_t>& sizes) {
    const Dims dims = feature(node, 0)->dims;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        SliceRanges ranges;
        for (const std::int64_t dim : dims) {
            ranges.push_back({0, dim});
        }
        ranges[axis] = {first, sizes[i]};
        first += sizes[i];
        if (uses(node.outputs[i]) > 0 && !slice_view(node, node.outputs[i], ranges)) {
            return false;
        }
    }
    return true;
}

std::optional<std::vector<std::int64_t>> Translator::channels_along(const Feature& feature,
                                                                    std::size_t axis) const {
    const Shape& shape = layers_[feature.layer].shape;
    const std::int64_t positions = shape.positions();
    if (feature.is_padded() || !is_followed(feature.dims) || feature.dims[axis] != shape.channels ||
        count_elements(feature.dims) != shape.elements()) {
        return std::nullopt;
    }
    std::vector<std::int64_t> channels;
    const AxisBlocks blocks(feature.dims, axis);
    for (std::int64_t outer = 0; outer < blocks.outer; ++outer) {
        for (std::int64_t inner = 0; inner < blocks.inner; ++inner) {
            const std::int64_t start = outer * blocks.along * blocks.inner + inner;
            const std::int64_t position = feature.order[start] % positions;
            for (std::int64_t i = 0; i < blocks.along; ++i) {
                const std::int64_t place = feature.order[start + i * blocks.inner];
                if (static_cast<std::int64_t>(channels.size()) < blocks.along) {
                    channels.push_back(place / positions);
                }
                if (place % positions != position ||
                    place / positions != channels[static_cast<std::size_t>(i)]) {
                    return std::nullopt;
                }
            }
        }
    }
    return channels;
}

bool Translator::softmax_view(const OnnxNode& node, std::size_t axis) {
    const Feature* in = feature(node, 0);
    return channels_along(*in, axis) && emit_view(node, draft(node, Softmax{}, in->layer), *in);
}

std::optional<std::array<std::size_t, 3>> Translator::map_axes(const Feature& feature) const {
    const Shape& shape = layers_[feature.layer].shape;
    const Dims& dims = feature.dims;
    if (feature.is_padded() || !is_followed(dims) || count_elements(dims) != shape.elements()) {
        return std::nullopt;
    }
    const std::array<std::int64_t, 3> sizes{shape.channels, shape.height, shape.width};
    const std::array<std::int64_t, 3> steps{shape.positions(), shape.width, 1};
    std::array<std::size_t, 3> axes{dims.size(), dims.size(), dims.size()};
    Dims strides(dims.size(), 0);
    std::int64_t stride = 1;
    for (std::size_t i = dims.size(); i-- > 0;) {
        const std::int64_t step = dims[i] > 1 ? feature.order[stride] - feature.order[0] : 0;
        for (std::size_t k = 0; k < axes.size(); ++k) {
            if (dims[i] > 1 && sizes[k] == dims[i] && steps[k] == step && axes[k] == dims.size()) {
                axes[k] = i;
                strides[i] = step;
                break;
            }
        }
        if (dims[i] > 1 && strides[i] == 0) {
            return std::nullopt;
        }
        stride *= dims[i];
    }
    std::int64_t at = 0;
    bool linear = true;
    Transposed{dims, strides}.each_source(
        [&](std::int64_t place) { linear = linear && feature.order[at++] == place; });
    if (!linear) {
        return std::nullopt;
    }
    // Axes of one element, in order, for what is left.
    std::size_t next = 1;
    for (std::size_t& axis : axes) {
        while (axis == dims.size() && next < dims.size()) {
            axis = dims[next] == 1 ? next : axis;
            ++next;
        }
    }
    return axes;
}

bool Translator::reduce_positions(const OnnxNode& node, bool average) {
    constexpr std::int64_t kMost = 8;
    Feature* in = feature(node, 0);
    auto axes = integers_attribute(node, "axes");
    if (const Constant* given = constant(node, 1); given != nullptr && !given->is_float()) {
        axes = given->count() <= kMost ? std::optional(given->integers()) : std::nullopt;
    }
    if (in == nullptr || !axes || (in->is_padded() && !layer_of(*in)) || !is_followed(in->dims) ||
        count_elements(in->dims) != layers_[in->layer].shape.elements()) {
        return false;
    }
    const Shape shape = layers_[in->layer].shape;
    Dims kept = in->dims;
    for (const std::int64_t axis : *axes) {
        const auto index = axis_of(axis, kept.size());
        if (!index) {
            return false;
        }
        kept[*index] = 1;
    }
    if (count_elements(kept) != shape.channels || kept == in->dims) {
        return false;
    }
    // All that goes into one result is of one channel.
    std::vector<std::int32_t> channels(static_cast<std::size_t>(shape.channels), -1);
    bool whole = true;
    std::int64_t i = 0;
    Transposed{in->dims, broadcast_strides(kept, in->dims)}.each_source([&](std::int64_t to) {
        const auto channel = static_cast<std::int32_t>(in->order[i++] / shape.positions());
        std::int32_t& known = channels[static_cast<std::size_t>(to)];
        known = known < 0 ? channel : known;
        whole = whole && known == channel;
    });
    if (!whole) {
        return false;
    }
    Dims dims;
    for (std::size_t axis = 0; axis < kept.size(); ++axis) {
        const bool gone = std::any_of(axes->begin(), axes->end(), [&](std::int64_t given) {
            return axis_of(given, kept.size()) == axis;
        });
        if (!gone || integer_attribute(node, "keepdims", 1) != 0) {
            dims.push_back(kept[axis]);
        }
    }
    Op op = GlobalAveragePool{};
    if (!average) {
        Pool pool;
        pool.window.kernel_h = shape.height;
        pool.window.kernel_w = shape.width;
        op = pool;
    }
    DraftLayer layer = draft(node, op, in->layer);
    const std::size_t rank = dims.size();
    layer.rank = rank >= 2 && rank <= 4 && map_shape(dims) == Shape{shape.channels, 1, 1} ? rank : 4;
    Feature view;
    view.dims = std::move(dims);
    view.order = order_of(std::move(channels));
    view.node = index_of(node);
    return emit_view(node, std::move(layer), view);
}

}  // namespace cleave
