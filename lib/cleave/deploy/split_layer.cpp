// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/split_layer.hpp"

#include <stdexcept>

namespace cleave {
namespace {

std::vector<float> cut(const std::vector<float>& values, const Range& range, std::int64_t size = 1) {
    if (values.empty()) {
        return {};
    }
    const auto begin = values.begin() + range.first * size;
    return {begin, begin + range.count * size};
}

const Conv& conv_of(const Network& network, const Split& split) {
    const auto* conv = std::get_if<Conv>(&network.layer(split.layer).op);
    if (conv == nullptr) {
        throw std::invalid_argument("only convolutions can be split");
    }
    return *conv;
}

}  // namespace

SplitSide side_of(const Network& network, const Split& split, Share side) {
    const Conv& conv = conv_of(network, split);
    const std::int64_t channels = network.input(split.layer).channels;
    const auto range = [&](std::int64_t extent) {
        switch (side) {
            case Share::whole: return Range{0, extent};
            case Share::fpga: return Range{0, split.fpga_share};
            case Share::gpu: return Range{split.fpga_share, extent - split.fpga_share};
        }
        throw std::logic_error("share out of range");
    };
    switch (split.axis) {
        case SplitAxis::channels: return {range(channels), range(channels), {0, conv.filters}};
        case SplitAxis::filters: return {range(conv.filters), {0, channels}, range(conv.filters)};
        case SplitAxis::groups: {
            const Range groups = range(conv.groups);
            const std::int64_t read = channels / conv.groups;
            const std::int64_t made = conv.filters / conv.groups;
            return {groups,
                    {groups.first * read, groups.count * read},
                    {groups.first * made, groups.count * made}};
        }
    }
    throw std::logic_error("split axis out of range");
}

ConvSide conv_side(const Network& network, const LayerParameters& parameters, const Split& split,
                   Share side) {
    const SplitSide part = side_of(network, split, side);
    ConvSide result{conv_of(network, split), {}};
    Conv& conv = result.conv;
    const std::int64_t depth = network.input(split.layer).channels / conv.groups;
    const std::int64_t taps = conv.window.taps();
    if (split.axis == SplitAxis::channels) {
        for (std::int64_t filter = 0; filter < conv.filters; ++filter) {
            const auto begin =
                parameters.weights.begin() + (filter * depth + part.input_channels.first) * taps;
            result.parameters.weights.insert(result.parameters.weights.end(), begin,
                                             begin + part.input_channels.count * taps);
        }
        conv.bias = conv.bias && side != Share::fpga;
        if (conv.bias) {
            result.parameters.bias = parameters.bias;
        }
        return result;
    }
    result.parameters.weights = cut(parameters.weights, part.output_channels, depth * taps);
    result.parameters.bias = cut(parameters.bias, part.output_channels);
    conv.filters = part.output_channels.count;
    conv.groups = split.axis == SplitAxis::groups ? part.axis.count : 1;
    return result;
}

LayerParameters parameters_of_channels(const LayerParameters& parameters, const Range& channels) {
    return {cut(parameters.weights, channels),
            cut(parameters.bias, channels),
            cut(parameters.scale, channels),
            cut(parameters.shift, channels),
            cut(parameters.mean, channels),
            cut(parameters.variance, channels),
            parameters.epsilon};
}

}  // namespace cleave
