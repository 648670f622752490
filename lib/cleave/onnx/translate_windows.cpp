// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// Sliding windows: pooling, padding, and the attributes that convolutions share with them.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

/// Two numbers within what a window can have; absent means 1.
std::optional<Dims> pair_of(const OnnxNode& node, const std::string& name) {
    const auto list = integers_attribute(node, name);
    if (!list || list->empty()) {
        return Dims{1, 1};
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
    const auto strides = pair_of(node, "strides");
    const auto dilations = pair_of(node, "dilations");
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
        std::tie(w.pad_top, w.pad_bottom) = same(in.dims[2], w.extent_h(), w.stride_h, more_at_end);
        std::tie(w.pad_left, w.pad_right) = same(in.dims[3], w.extent_w(), w.stride_w, more_at_end);
        return w;
    }
    if (!rule.empty() && rule != "NOTSET" && rule != "VALID") {
        return std::nullopt;
    }
    const auto pads = integers_attribute(node, "pads");
    if (!pads || pads->empty() || rule == "VALID") {
        return w;
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
    const auto* activation = std::get_if<Activation>(&layers_[layer].op);
    return activation != nullptr &&
           (clamps_only(activation->kind) || activation->kind == ActivationKind::sigmoid ||
            activation->kind == ActivationKind::hard_sigmoid);
}

bool Translator::pool(const OnnxNode& node, Pool op) {
    Feature* in = feature(node, 0);
    const auto kernel = integers_attribute(node, "kernel_shape");
    if (in == nullptr || in->dims.size() != 4 || !kernel || kernel->size() != 2 ||
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
    if (in->is_padded() && joins && fits) {
        from = in->layer;
        op.window.pad_top += pad[0];
        op.window.pad_left += pad[1];
        op.window.pad_bottom += pad[2];
        op.window.pad_right += pad[3];
        op.count_pad = op.kind == PoolKind::average;
    } else {
        from = map_of(*in);
    }
    if (!from) {
        return false;
    }
    DraftLayer layer = draft(node, op, *from);
    layer.flat = false;
    return emit(node, std::move(layer));
}

bool Translator::max_pool(const OnnxNode& node) { return pool(node, Pool{}); }

bool Translator::average_pool(const OnnxNode& node) {
    Pool op;
    op.kind = PoolKind::average;
    op.count_pad = integer_attribute(node, "count_include_pad", 0) != 0;
    return pool(node, op);
}

bool Translator::global_average_pool(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const auto from = in == nullptr ? std::nullopt : map_of(*in);
    if (!from) {
        return false;
    }
    DraftLayer layer = draft(node, GlobalAveragePool{}, *from);
    layer.flat = false;
    return emit(node, std::move(layer));
}

bool Translator::global_max_pool(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const auto from = in == nullptr ? std::nullopt : map_of(*in);
    if (!from) {
        return false;
    }
    Pool op;
    op.window.kernel_h = layers_[*from].shape.height;
    op.window.kernel_w = layers_[*from].shape.width;
    DraftLayer layer = draft(node, op, *from);
    layer.flat = false;
    return emit(node, std::move(layer));
}

bool Translator::reduce_mean(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    auto axes = integers_attribute(node, "axes");
    if (const Constant* given = constant(node, 1); given != nullptr && !given->is_float()) {
        axes = given->count() <= 4 ? std::optional(given->integers()) : std::nullopt;
    }
    if (in == nullptr || in->dims.size() != 4 || !axes || axes->size() != 2) {
        return false;
    }
    for (std::int64_t& axis : *axes) {
        axis = axis < 0 ? axis + 4 : axis;
    }
    std::sort(axes->begin(), axes->end());
    if (*axes != Dims{2, 3}) {
        return false;
    }
    const auto from = map_of(*in);
    if (!from) {
        return false;
    }
    DraftLayer layer = draft(node, GlobalAveragePool{}, *from);
    layer.flat = integer_attribute(node, "keepdims", 1) == 0;
    return emit(node, std::move(layer));
}

bool Translator::pad(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    const std::string mode = text_attribute(node, "mode");
    auto pads = integers_attribute(node, "pads");
    if (const Constant* given = constant(node, 1); given != nullptr && !given->is_float()) {
        pads = given->count() <= 8 ? std::optional(given->integers()) : std::nullopt;
    }
    double number = 0;
    if (const auto* given = find_attribute<double>(node, "value")) {
        number = *given;
    }
    if (has(node, 2)) {
        const Constant* given = constant(node, 2);
        if (given == nullptr || given->count() != 1) {
            return false;
        }
        number = given->number(0);
    }
    const bool all_axes = !has(node, 3);
    if (in == nullptr || in->dims.size() != 4 || in->is_padded() || !all_axes || !pads || pads->size() != 8 ||
        (!mode.empty() && mode != "constant") ||
        std::any_of(pads->begin(), pads->end(), [](std::int64_t n) { return n < 0 || n > kLargestExtent; })) {
        return false;
    }
    const Dims& p = *pads;
    if (p[0] + p[1] + p[4] + p[5] != 0) {
        return false;
    }
    const auto from = map_of(*in);
    if (!from) {
        return false;
    }
    Feature padded{*from, in->dims, {}, index_of(node), {p[2], p[3], p[6], p[7]}, number};
    padded.dims[2] += p[2] + p[6];
    padded.dims[3] += p[3] + p[7];
    return pass(node, padded);
}

}  // namespace cleave
