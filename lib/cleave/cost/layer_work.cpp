// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/layer_work.hpp"

#include "cleave/network/parameters.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cleave {
namespace {

const Conv& require_dense_conv(const LayerWork& work, std::int64_t share, std::int64_t whole,
                               const char* what) {
    const auto* conv = std::get_if<Conv>(&work.op);
    if (conv == nullptr || conv->groups != 1) {
        throw std::invalid_argument(fmt::format("only an ungrouped convolution can be sliced by {}", what));
    }
    if (share < 1 || share > whole) {
        throw std::invalid_argument(fmt::format("a slice must take 1 to {} {}, not {}", whole, what, share));
    }
    return *conv;
}

}  // namespace

std::int64_t LayerWork::weights() const {
    if (const auto* other = std::get_if<Other>(&op)) {
        return other->weights;
    }
    const auto filters = filters_of(op, inputs.front());
    return filters ? filters->weights() : 0;
}

std::int64_t LayerWork::macs() const {
    if (const auto* other = std::get_if<Other>(&op)) {
        return other->macs;
    }
    return std::holds_alternative<Conv>(op) ? weights() * output.positions() : weights();
}

std::int64_t LayerWork::input_elements() const {
    std::int64_t sum = 0;
    for (const Shape& in : inputs) {
        sum += in.elements();
    }
    return sum;
}

LayerWork whole_layer(const Network& network, LayerId id) {
    LayerWork work{network.layer(id).op, {}, network.output(id)};
    for (const LayerId in : network.layer(id).inputs) {
        work.inputs.push_back(network.output(in));
    }
    return work;
}

LayerWork slice_channels(const LayerWork& work, std::int64_t channels) {
    Conv conv = require_dense_conv(work, channels, work.inputs.front().channels, "channels");
    conv.bias = false;
    LayerWork slice{conv, work.inputs, work.output};
    slice.inputs.front().channels = channels;
    return slice;
}

LayerWork slice_filters(const LayerWork& work, std::int64_t filters) {
    Conv conv = require_dense_conv(work, filters, work.output.channels, "filters");
    conv.filters = filters;
    LayerWork slice{conv, work.inputs, work.output};
    slice.output.channels = filters;
    return slice;
}

LayerWork slice_groups(const LayerWork& work, std::int64_t groups) {
    const auto* whole = std::get_if<Conv>(&work.op);
    if (whole == nullptr || whole->groups < 2) {
        throw std::invalid_argument("only a grouped convolution can be sliced by groups");
    }
    if (groups < 1 || groups > whole->groups) {
        throw std::invalid_argument(
            fmt::format("a slice must take 1 to {} groups, not {}", whole->groups, groups));
    }
    Conv conv = *whole;
    conv.groups = groups;
    conv.filters = whole->filters / whole->groups * groups;
    LayerWork slice{conv, work.inputs, work.output};
    slice.inputs.front().channels = work.inputs.front().channels / whole->groups * groups;
    slice.output.channels = conv.filters;
    return slice;
}

}  // namespace cleave
