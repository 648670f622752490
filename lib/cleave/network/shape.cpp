// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cleave {
namespace {

// Limits that keep every product of sizes inside 64 bits; far above any network for an embedded device.
constexpr std::int64_t kLargestMap = std::int64_t{1} << 36;
constexpr std::int64_t kLargestWork = std::int64_t{1} << 50;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

void require_one_input(const std::vector<Shape>& inputs) {
    if (inputs.size() != 1) {
        fail(fmt::format("takes one input, not {}", inputs.size()));
    }
}

void require_positive(std::int64_t value, const char* what) {
    if (value < 1 || value > kLargestExtent) {
        fail(fmt::format("{} must be 1 to {}, not {}", what, kLargestExtent, value));
    }
}

void check_window(const Window& w) {
    require_positive(w.kernel_h, "kernel height");
    require_positive(w.kernel_w, "kernel width");
    require_positive(w.stride_h, "stride");
    require_positive(w.stride_w, "stride");
    require_positive(w.dilation_h, "dilation");
    require_positive(w.dilation_w, "dilation");
    for (const std::int64_t pad : {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}) {
        if (pad < 0 || pad > kLargestExtent) {
            fail(fmt::format("pad must be 0 to {}, not {}", kLargestExtent, pad));
        }
    }
}

struct Extent {
    std::int64_t input;
    std::int64_t window;
    std::int64_t stride;
    std::int64_t pad_before;
    std::int64_t pad_after;
};

std::int64_t output_extent(const Extent& e, bool ceil) {
    const std::int64_t free = e.input + e.pad_before + e.pad_after - e.window;
    if (free < 0) {
        return 0;
    }
    std::int64_t out = free / e.stride + 1;
    if (ceil && free % e.stride != 0 && out * e.stride < e.input + e.pad_before) {
        ++out;
    }
    return out;
}

Shape slide(const Window& w, const Shape& in, std::int64_t channels, bool ceil) {
    check_window(w);
    const Shape out{channels,
                    output_extent({in.height, w.extent_h(), w.stride_h, w.pad_top, w.pad_bottom}, ceil),
                    output_extent({in.width, w.extent_w(), w.stride_w, w.pad_left, w.pad_right}, ceil)};
    if (out.height < 1 || out.width < 1) {
        fail(fmt::format("a {}x{} window does not fit the {}x{} input feature map: the output would be empty",
                         w.extent_h(), w.extent_w(), in.height, in.width));
    }
    return out;
}

Shape check_size(const Shape& shape) {
    if (shape.channels < 1 || shape.height < 1 || shape.width < 1) {
        fail(fmt::format("feature map {}x{}x{} is empty", shape.channels, shape.height, shape.width));
    }
    if (shape.channels > kLargestExtent || shape.height > kLargestExtent || shape.width > kLargestExtent ||
        shape.positions() > kLargestMap / shape.channels) {
        fail(fmt::format("feature map {}x{}x{} is too large (at most {} elements)", shape.channels,
                         shape.height, shape.width, kLargestMap));
    }
    return shape;
}

void check_work(std::int64_t outputs, std::int64_t per_output) {
    if (per_output > kLargestWork / outputs) {
        fail(fmt::format("needs more than {} multiply-accumulates", kLargestWork));
    }
}

Shape infer_conv(const Conv& conv, const Shape& in) {
    require_positive(conv.filters, "filters");
    require_positive(conv.groups, "groups");
    if (in.channels % conv.groups != 0) {
        fail(fmt::format("groups: {} does not divide the {} input channels", conv.groups, in.channels));
    }
    if (conv.filters % conv.groups != 0) {
        fail(fmt::format("groups: {} does not divide the {} filters", conv.groups, conv.filters));
    }
    const Shape out = check_size(slide(conv.window, in, conv.filters, false));
    check_work(out.elements(), conv.window.taps());
    check_work(out.elements() * conv.window.taps(), in.channels / conv.groups);
    return out;
}

Shape infer_pool(const Pool& pool, const Shape& in) {
    const Shape out = slide(pool.window, in, in.channels, pool.ceil);
    const Window& w = pool.window;
    if (w.pad_top >= w.extent_h() || w.pad_bottom >= w.extent_h() || w.pad_left >= w.extent_w() ||
        w.pad_right >= w.extent_w()) {
        fail("pad of a pooling layer must be smaller than its kernel");
    }
    return out;
}

std::vector<Shape>::const_iterator largest(const std::vector<Shape>& inputs) {
    return std::max_element(inputs.begin(), inputs.end(),
                            [](const Shape& a, const Shape& b) { return a.elements() < b.elements(); });
}

/// Shape of the largest input; the others are like it, or are broadcast to it.
Shape infer_elementwise(const std::vector<Shape>& inputs) {
    if (inputs.size() < 2) {
        fail("takes two or more inputs");
    }
    const auto full = largest(inputs);
    const auto fits = [&](const Shape& in) {
        return in == *full || in == Shape{full->channels, 1, 1} || in == Shape{1, 1, 1};
    };
    const auto bad = std::find_if_not(inputs.begin(), inputs.end(), fits);
    if (bad != inputs.end()) {
        const Shape& a = *std::min(full, bad);
        const Shape& b = *std::max(full, bad);
        fail(fmt::format("inputs differ in shape: {}x{}x{} and {}x{}x{}", a.channels, a.height, a.width,
                         b.channels, b.height, b.width));
    }
    return *full;
}

Shape infer_concat(const std::vector<Shape>& inputs) {
    if (inputs.size() < 2) {
        fail("takes two or more inputs");
    }
    Shape out = inputs.front();
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        if (inputs[i].height != out.height || inputs[i].width != out.width) {
            fail(fmt::format("inputs differ in height or width: {}x{} and {}x{}", out.height, out.width,
                             inputs[i].height, inputs[i].width));
        }
        out.channels += inputs[i].channels;
    }
    return out;
}

Shape infer_slice(const Slice& slice, const Shape& in) {
    if (slice.first < 0 || slice.count < 1 || slice.first + slice.count > in.channels) {
        fail(fmt::format("channels [{}, {}] (first, count) do not lie in the {} input channels", slice.first,
                         slice.count, in.channels));
    }
    return {slice.count, in.height, in.width};
}

Shape infer_other(const Other& other, const std::vector<Shape>& inputs) {
    if (inputs.empty()) {
        fail("takes one input or more");
    }
    if (other.macs < 0 || other.macs > kMostOtherMacs || other.weights < 0 ||
        other.weights > kMostOtherWeights) {
        fail(fmt::format("{} multiply-accumulates and {} weights are too many", other.macs, other.weights));
    }
    return other.output;
}

}  // namespace

Shape broadcast_shape(const std::vector<Shape>& inputs) { return *largest(inputs); }

bool broadcasts(const std::vector<Shape>& inputs) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const Shape& in) { return in != inputs.front(); });
}

bool is_depthwise(const Conv& conv, const Shape& input) {
    // One channel with one filter is what a split leaves of a depthwise convolution, and the same
    // computation.
    return conv.groups == input.channels && (conv.groups > 1 || conv.filters == 1);
}

Shape infer_shape(const Op& op, const std::vector<Shape>& inputs) {
    const auto same = [&] {
        require_one_input(inputs);
        return inputs.front();
    };
    const Shape out =
        std::visit(Overloaded{
                       [&](const Input& input) { return input.shape; },
                       [&](const Conv& conv) { return infer_conv(conv, same()); },
                       [&](const FullyConnected& fc) {
                           require_positive(fc.features, "features");
                           check_work(fc.features, same().elements());
                           return Shape{fc.features, 1, 1};
                       },
                       [&](const Pool& pool) { return infer_pool(pool, same()); },
                       [&](const GlobalAveragePool&) {
                           return Shape{same().channels, 1, 1};
                       },
                       [&](const BatchNorm&) { return same(); },
                       [&](const Activation&) { return same(); },
                       [&](const Dropout&) { return same(); },
                       [&](const Add&) { return infer_elementwise(inputs); },
                       [&](const Mul&) { return infer_elementwise(inputs); },
                       [&](const Concat&) { return infer_concat(inputs); },
                       [&](const Slice& slice) { return infer_slice(slice, same()); },
                       [&](const Shuffle& shuffle) {
                           const Shape in = same();
                           require_positive(shuffle.groups, "groups");
                           if (in.channels % shuffle.groups != 0) {
                               fail(fmt::format("groups: {} does not divide the {} input channels",
                                                shuffle.groups, in.channels));
                           }
                           return in;
                       },
                       [&](const Flatten&) {
                           return Shape{same().elements(), 1, 1};
                       },
                       [&](const Softmax&) { return same(); },
                       [&](const Lrn&) { return same(); },
                       [&](const Other& other) { return infer_other(other, inputs); },
                   },
                   op);
    return check_size(out);
}

}  // namespace cleave
