// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

// Sliding windows: pooling, padding, and the attributes that convolutions share with them.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

/// A number for rows and one for columns within what a window can have, or one for columns alone; absent
/// means 1.
std::optional<Dims> pair_of(const OnnxNode& node, const std::string& name, std::size_t axes) {
    auto list = integers_attribute(node, name);
    if (!list || list->empty()) {
        return Dims{1, 1};
    }
    if (axes == 1 && list->size() == 1) {
        list->insert(list->begin(), 1);
    }
    const bool fits = list->size() == 2 && std::all_of(list->begin(), list->end(), [](std::int64_t n) {
                          return n >= 1 && n <= kLargestExtent;
                      });
    return fits ? list : std::nullopt;
}

/// Padding before and after one axis such that the output is the input over the stride, rounded up.
std::pair<std::int64_t, std::int64_t> same(std::int64_t input, std::int64_t extent, std::int64_t stride,
                                           bool more_at_end) {
    const std::int64_t out = (input + stride - 1) / stride;
    const std::int64_t pad = std::max<std::int64_t>((out - 1) * stride + extent - input, 0);
    return more_at_end ? std::pair(pad / 2, pad - pad / 2) : std::pair(pad - pad / 2, pad / 2);
}

}  // namespace

std::optional<Window> Translator::window(const OnnxNode& node, const Feature& in, std::int64_t kernel_h,
                                         std::int64_t kernel_w) const {
    const std::size_t axes = in.dims.size() - 2;
    const auto strides = pair_of(node, "strides", axes);
    const auto dilations = pair_of(node, "dilations", axes);
    if (!strides || !dilations || kernel_h < 1 || kernel_w < 1 || kernel_h > kLargestExtent ||
        kernel_w > kLargestExtent) {
        return std::nullopt;
    }
    Window w;
    w.kernel_h = kernel_h;
    w.kernel_w = kernel_w;
    w.stride_h = (*strides)[0];
    w.stride_w = (*strides)[1];
    w.dilation_h = (*dilations)[0];
    w.dilation_w = (*dilations)[1];
    const std::string rule = text_attribute(node, "auto_pad");
    if (rule == "SAME_UPPER" || rule == "SAME_LOWER") {
        const bool more_at_end = rule == "SAME_UPPER";
        std::tie(w.pad_top, w.pad_bottom) =
            same(axes == 1 ? 1 : in.dims[2], w.extent_h(), w.stride_h, more_at_end);
        std::tie(w.pad_left, w.pad_right) = same(in.dims.back(), w.extent_w(), w.stride_w, more_at_end);
        return w;
    }
    if (!rule.empty() && rule != "NOTSET" && rule != "VALID") {
        return std::nullopt;
    }
    auto pads = integers_attribute(node, "pads");
    if (!pads || pads->empty() || rule == "VALID") {
        return w;
    }
    if (axes == 1 && pads->size() == 2) {
        pads = Dims{0, pads->front(), 0, pads->back()};
    }
    if (pads->size() != 4 || std::any_of(pads->begin(), pads->end(),
                                         [](std::int64_t pad) { return pad < 0 || pad > kLargestExtent; })) {
        return std::nullopt;
    }
    w.pad_top = (*pads)[0];
    w.pad_left = (*pads)[1];
    w.pad_bottom = (*pads)[2];
    w.pad_right = (*pads)[3];
    return w;
}

bool Translator::is_never_negative(std::size_t layer) const {
    std::vector<std::size_t> asked{layer};
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const DraftLayer& now = layers_[asked[i]];
        const auto* activation = std::get_if<Activation>(&now.op);
        const bool by_itself = activation != nullptr && (clamps_only(activation->kind) ||
                                                         activation->kind == ActivationKind::sigmoid ||
                                                         activation->kind == ActivationKind::hard_sigmoid);
        if (by_itself || std::holds_alternative<Softmax>(now.op)) {
            continue;
        }
        const bool as_inputs =
            std::holds_alternative<Pool>(now.op) || std::holds_alternative<GlobalAveragePool>(now.op) ||
            std::holds_alternative<Add>(now.op) || std::holds_alternative<Mul>(now.op) ||
            std::holds_alternative<Concat>(now.op) || std::holds_alternative<Slice>(now.op) ||
            std::holds_alternative<Shuffle>(now.op) || std::holds_alternative<Flatten>(now.op) ||
            std::holds_alternative<Dropout>(now.op);
        if (!as_inputs) {
            return false;
        }
        for (const std::size_t in : now.inputs) {
            if (std::find(asked.begin(), asked.end(), in) == asked.end()) {
                asked.push_back(in);
            }
        }
    }
    return true;
}

bool Translator::pool(const OnnxNode& node, Pool op) {
    Feature* in = feature(node, 0);
    auto kernel = integers_attribute(node, "kernel_shape");
    if (kernel && kernel->size() == 1 && in != nullptr && in->dims.size() == 3) {
        kernel->insert(kernel->begin(), 1);
    }
    if (in == nullptr || (in->dims.size() != 4 && in->dims.size() != 3) || !kernel || kernel->size() != 2 ||
        integer_attribute(node, "storage_order", 0) != 0 ||
        (node.outputs.size() > 1 && uses(node.outputs[1]) > 0)) {
        return false;
    }
    const auto w = window(node, *in, (*kernel)[0], (*kernel)[1]);
    if (!w) {
        return false;
    }
    op.window = *w;
    op.ceil = integer_attribute(node, "ceil_mode", 0) != 0;
    // Padding before a pooling layer is its own where it gives the same result: values that the largest
    // never is, or zeros that an average counts.
    const bool none = w->pad_top + w->pad_left + w->pad_bottom + w->pad_right == 0;
    const bool least = in->pad_value <= std::numeric_limits<float>::lowest();
    const bool joins = op.kind == PoolKind::max
                           ? least || (in->pad_value == 0 && is_never_negative(in->layer))
                           : in->pad_value == 0 && !op.ceil && (none || op.count_pad);
    const auto pad = in->pad;
    const bool fits = pad[0] + w->pad_top < w->extent_h() && pad[2] + w->pad_bottom < w->extent_h() &&
                      pad[1] + w->pad_left < w->extent_w() && pad[3] + w->pad_right < w->extent_w();
    std::optional<std::size_t> from;
    if (in->is_padded() && in->order.empty() && joins && fits) {
        from = in->layer;
        op.window.pad_top += pad[0];
        op.window.pad_left += pad[1];
        op.window.pad_bottom += pad[2];
        op.window.pad_right += pad[3];
        op.count_pad = op.kind == PoolKind::average;
    } else {
        from = layer_of(*in);
    }
    if (!from) {
        return false;
    }
    // Operators of opset 13, which bundles have, know no average with dilation: the node is copied.
    const bool dilated = op.kind == PoolKind::average && (w->dilation_h != 1 || w->dilation_w != 1);
    if (dilated || divides_by_less(op, layers_[*from].shape)) {
        return false;
    }
    DraftLayer layer = draft(node, op, *from);
    layer.rank = in->dims.size();
    return emit(node, std::move(layer));
}

/// From opset 19 on, an average that counts padding counts no more than that: not what a last window, of an
/// output size that is rounded up, has beyond. ONNX Runtime takes the padding on the left for that at the
/// bottom (seen at 1.23), so that of uneven padding there are two readings; such a node is left as it is,
/// too.
bool Translator::divides_by_less(const Pool& op, const Shape& in) const {
    constexpr std::int64_t kSince = 19;
    const Window& w = op.window;
    if (op.kind != PoolKind::average || !op.count_pad || model_.opset < kSince) {
        return false;
    }
    try {
        const Shape out = infer_shape(op, {in});
        const std::int64_t bottom = std::min(w.pad_bottom, w.pad_left);
        return (out.height - 1) * w.stride_h + w.extent_h() > in.height + w.pad_top + bottom ||
               (out.width - 1) * w.stride_w + w.extent_w() > in.width + w.pad_left + w.pad_right;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

bool Translator::max_pool(const OnnxNode& node) { return pool(node, Pool{}); }

bool Translator::average_pool(const OnnxNode& node) {
    Pool op;
    op.kind = PoolKind::average;
    op.count_pad = integer_attribute(node, "count_include_pad", 0) != 0;
    return pool(node, op);
}

bool Translator::global_pool(const OnnxNode& node, bool average) {
    Feature* in = feature(node, 0);
    const bool ranked = in != nullptr && (in->dims.size() == 4 || in->dims.size() == 3);
    const auto from = ranked ? layer_of(*in) : std::nullopt;
    if (!from) {
        return false;
    }
    Op op = GlobalAveragePool{};
    if (!average) {
        Pool pool;
        pool.window.kernel_h = layers_[*from].shape.height;
        pool.window.kernel_w = layers_[*from].shape.width;
        op = pool;
    }
    DraftLayer layer = draft(node, op, *from);
    layer.rank = in->dims.size();
    return emit(node, std::move(layer));
}

bool Translator::global_average_pool(const OnnxNode& node) { return global_pool(node, true); }

bool Translator::global_max_pool(const OnnxNode& node) { return global_pool(node, false); }

bool Translator::reduce_mean(const OnnxNode& node) { return reduce_positions(node, true); }

bool Translator::reduce_max(const OnnxNode& node) { return reduce_positions(node, false); }

bool Translator::pad(const OnnxNode& node) {
    constexpr std::size_t kMostAxes = 8;
    Feature* in = feature(node, 0);
    const std::string mode = text_attribute(node, "mode");
    // The first version calls them paddings.
    auto pads = integers_attribute(node, "pads");
    pads = pads ? pads : integers_attribute(node, "paddings");
    if (const Constant* given = constant(node, 1); given != nullptr && !given->is_float()) {
        pads = given->integers();
    }
    double number = 0;
    if (const auto* given = find_attribute<double>(node, "value")) {
        number = *given;
    }
    if (has(node, 2)) {
        const Constant* given = constant(node, 2);
        if (given == nullptr || given->count() != 1 || given->absent) {
            return false;
        }
        number = given->number(0);
    }
    if (in == nullptr || in->dims.size() > kMostAxes || !pads || (!mode.empty() && mode != "constant") ||
        (in->is_padded() && !layer_of(*in)) ||
        std::any_of(pads->begin(), pads->end(), [](std::int64_t n) { return n < 0 || n > kLargestExtent; })) {
        return false;
    }
    const std::size_t rank = in->dims.size();
    if (rank < 3) {
        return false;
    }
    Dims axes;
    for (std::size_t i = 0; i < rank; ++i) {
        axes.push_back(static_cast<std::int64_t>(i));
    }
    if (has(node, 3)) {
        const Constant* given = constant(node, 3);
        if (given == nullptr || given->is_float() || given->count() > static_cast<std::int64_t>(rank)) {
            return false;
        }
        axes = given->integers();
    }
    const auto map = map_axes(*in);
    if (!map || pads->size() != 2 * axes.size()) {
        return false;
    }
    Feature padded = *in;
    padded.pad_value = number;
    if (std::all_of(pads->begin(), pads->end(), [](std::int64_t n) { return n == 0; })) {
        return pass(node, *in);
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::int64_t before = (*pads)[i];
        const std::int64_t after = (*pads)[i + axes.size()];
        const auto axis = axis_of(axes[i], rank);
        if (!axis) {
            return false;
        }
        const bool rows = *axis == (*map)[1];
        if (before + after > 0 && !rows && *axis != (*map)[2]) {
            return false;
        }
        padded.pad[rows ? 0 : 1] += before;
        padded.pad[rows ? 2 : 3] += after;
        padded.dims[*axis] += before + after;
    }
    const Shape shape = padded_shape(padded);
    Dims strides(rank + 1, 0);
    strides[(*map)[0]] = shape.positions();
    strides[(*map)[1]] = shape.width;
    strides[(*map)[2]] = 1;
    strides.resize(rank);
    const auto count = count_elements(padded.dims);
    if (!count || *count > kMostFollowed) {
        return false;
    }
    std::vector<std::int32_t> places;
    bool in_place = true;
    Transposed{padded.dims, strides}.each_source([&](std::int64_t place) {
        in_place = in_place && place == static_cast<std::int64_t>(places.size());
        places.push_back(static_cast<std::int32_t>(place));
    });
    padded.order = in_place ? Order() : Order(std::move(places));
    padded.node = index_of(node);
    return pass(node, std::move(padded));
}

}  // namespace cleave
