// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/split_layer.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// Those of `size` numbers each that a range names.
std::vector<float> cut(const std::vector<float>& values, const Range& range, std::int64_t size = 1) {
    std::vector<float> result;
    if (values.empty()) {
        return result;
    }
    result.reserve(static_cast<std::size_t>(range.count * size));
    for (const std::int64_t number : range.numbers()) {
        const auto begin = values.begin() + number * size;
        result.insert(result.end(), begin, begin + size);
    }
    return result;
}

const Conv& conv_of(const Network& network, const Split& split) {
    const auto* conv = std::get_if<Conv>(&network.layer(split.layer).op);
    if (conv == nullptr) {
        throw std::invalid_argument("only convolutions can be split");
    }
    return *conv;
}

/// The channels of groups that have `size` each.
Range each_of(const Range& groups, std::int64_t size) {
    std::vector<std::int64_t> channels;
    for (const std::int64_t group : groups.numbers()) {
        for (std::int64_t c = 0; c < size; ++c) {
            channels.push_back(group * size + c);
        }
    }
    return range_of(std::move(channels));
}

}  // namespace

std::vector<std::int64_t> Range::numbers() const {
    if (!picked.empty()) {
        return picked;
    }
    std::vector<std::int64_t> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), first);
    return all;
}

Range range_of(std::vector<std::int64_t> numbers) {
    const auto count = static_cast<std::int64_t>(numbers.size());
    const bool gaps = numbers.back() - numbers.front() + 1 != count;
    Range range{numbers.front(), count};
    if (gaps) {
        range.picked = std::move(numbers);
    }
    return range;
}

SplitSide side_of(const Network& network, const Split& split, Share side) {
    const Conv& conv = conv_of(network, split);
    const std::int64_t channels = network.input(split.layer).channels;
    const auto range = [&](std::int64_t extent) {
        if (side == Share::whole) {
            return Range{0, extent};
        }
        const std::vector<std::int64_t> there =
            split.picked.empty() ? Range{0, split.fpga_share}.numbers() : split.picked;
        if (side == Share::fpga) {
            return range_of(there);
        }
        const std::vector<std::int64_t> all = Range{0, extent}.numbers();
        std::vector<std::int64_t> here;
        std::set_difference(all.begin(), all.end(), there.begin(), there.end(), std::back_inserter(here));
        return range_of(std::move(here));
    };
    switch (split.axis) {
        case SplitAxis::channels: return {range(channels), range(channels), {0, conv.filters}};
        case SplitAxis::filters: return {range(conv.filters), {0, channels}, range(conv.filters)};
        case SplitAxis::groups: {
            const Range groups = range(conv.groups);
            return {groups, each_of(groups, channels / conv.groups),
                    each_of(groups, conv.filters / conv.groups)};
        }
    }
    throw std::logic_error("split axis out of range");
}

std::vector<std::int64_t> places_in_sides(const Network& network, const Split& split) {
    std::vector<std::int64_t> order = side_of(network, split, Share::fpga).output_channels.numbers();
    const std::vector<std::int64_t> rest = side_of(network, split, Share::gpu).output_channels.numbers();
    order.insert(order.end(), rest.begin(), rest.end());
    if (std::is_sorted(order.begin(), order.end())) {
        return {};
    }
    std::vector<std::int64_t> places(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        places[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    }
    return places;
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
            for (const std::int64_t channel : part.input_channels.numbers()) {
                const auto begin = parameters.weights.begin() + (filter * depth + channel) * taps;
                result.parameters.weights.insert(result.parameters.weights.end(), begin, begin + taps);
            }
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
