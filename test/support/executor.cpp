// SPDX-License-Identifier: Apache-2.0
#include "support/executor.hpp"

#include <algorithm>
#include <stdexcept>

namespace cleave::testing {
namespace {

std::size_t place(const Shape& shape, std::int64_t channel, std::int64_t row, std::int64_t column) {
    return static_cast<std::size_t>((channel * shape.height + row) * shape.width + column);
}

}  // namespace

std::int64_t& Tensor::at(std::int64_t channel, std::int64_t row, std::int64_t column) {
    return values.at(place(shape, channel, row, column));
}

std::int64_t Tensor::at(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return values.at(place(shape, channel, row, column));
}

std::int64_t Weights::at(std::int64_t filter, std::int64_t channel, std::int64_t tap) const {
    return values.at(static_cast<std::size_t>((filter * depth + channel) * taps + tap));
}

Tensor random_tensor(Random& random, const Shape& shape) {
    Tensor tensor{shape, {}};
    for (std::int64_t i = 0; i < shape.elements(); ++i) {
        tensor.values.push_back(random.between(-128, 127));
    }
    return tensor;
}

Weights random_weights(Random& random, const LayerWork& work) {
    const auto& conv = std::get<Conv>(work.op);
    Weights weights;
    weights.filters = conv.filters;
    weights.depth = work.inputs.front().channels / conv.groups;
    weights.taps = conv.window.kernel_h * conv.window.kernel_w;
    for (std::int64_t i = 0; i < weights.filters * weights.depth * weights.taps; ++i) {
        weights.values.push_back(random.between(-128, 127));
    }
    for (std::int64_t i = 0; i < weights.filters; ++i) {
        weights.bias.push_back(random.between(-1000, 1000));
    }
    return weights;
}

Tensor channels_of(const Tensor& map, std::int64_t first, std::int64_t count) {
    Tensor result{map.shape, {}};
    result.shape.channels = count;
    for (std::int64_t c = first; c < first + count; ++c) {
        for (std::int64_t y = 0; y < map.shape.height; ++y) {
            for (std::int64_t x = 0; x < map.shape.width; ++x) {
                result.values.push_back(map.at(c, y, x));
            }
        }
    }
    return result;
}

Weights filters_of(const Weights& weights, std::int64_t first, std::int64_t count) {
    Weights result{count, weights.depth, weights.taps, {}, {}};
    for (std::int64_t n = first; n < first + count; ++n) {
        for (std::int64_t c = 0; c < weights.depth; ++c) {
            for (std::int64_t t = 0; t < weights.taps; ++t) {
                result.values.push_back(weights.at(n, c, t));
            }
        }
        result.bias.push_back(weights.bias.at(static_cast<std::size_t>(n)));
    }
    return result;
}

Weights depth_of(const Weights& weights, std::int64_t first, std::int64_t count) {
    Weights result{weights.filters, count, weights.taps, {}, {}};
    for (std::int64_t n = 0; n < weights.filters; ++n) {
        for (std::int64_t c = first; c < first + count; ++c) {
            for (std::int64_t t = 0; t < weights.taps; ++t) {
                result.values.push_back(weights.at(n, c, t));
            }
        }
    }
    return result;
}

Tensor add(const Tensor& a, const Tensor& b) {
    if (a.shape != b.shape) {
        throw std::invalid_argument("maps that are added differ in shape");
    }
    Tensor sum = a;
    for (std::size_t i = 0; i < sum.values.size(); ++i) {
        sum.values[i] += b.values[i];
    }
    return sum;
}

Tensor add_bias(const Tensor& map, const std::vector<std::int64_t>& bias) {
    Tensor sum = map;
    const std::int64_t positions = map.shape.height * map.shape.width;
    for (std::size_t i = 0; i < sum.values.size(); ++i) {
        sum.values[i] += bias.at(i / static_cast<std::size_t>(positions));
    }
    return sum;
}

Tensor concat(const Tensor& a, const Tensor& b) {
    if (a.shape.height != b.shape.height || a.shape.width != b.shape.width) {
        throw std::invalid_argument("maps that are concatenated differ in size");
    }
    Tensor result = a;
    result.shape.channels += b.shape.channels;
    result.values.insert(result.values.end(), b.values.begin(), b.values.end());
    return result;
}

Tensor convolve(const LayerWork& work, const Tensor& map, const Weights& weights) {
    const auto& conv = std::get<Conv>(work.op);
    const Window& w = conv.window;
    const Shape& in = map.shape;
    const std::int64_t depth = in.channels / conv.groups;
    if (work.inputs.size() != 1 || work.inputs.front() != in || weights.filters != conv.filters ||
        weights.depth != depth || weights.taps != w.kernel_h * w.kernel_w ||
        (conv.bias && weights.bias.size() != static_cast<std::size_t>(conv.filters))) {
        throw std::invalid_argument("map or weights do not have the sizes of the layer");
    }
    Tensor out{work.output, {}};
    for (std::int64_t n = 0; n < work.output.channels; ++n) {
        const std::int64_t first = n / (conv.filters / conv.groups) * depth;
        for (std::int64_t y = 0; y < work.output.height; ++y) {
            for (std::int64_t x = 0; x < work.output.width; ++x) {
                std::int64_t sum = conv.bias ? weights.bias.at(static_cast<std::size_t>(n)) : 0;
                for (std::int64_t c = 0; c < depth; ++c) {
                    for (std::int64_t t = 0; t < weights.taps; ++t) {
                        const std::int64_t row = y * w.stride_h - w.pad_top + t / w.kernel_w * w.dilation_h;
                        const std::int64_t column =
                            x * w.stride_w - w.pad_left + t % w.kernel_w * w.dilation_w;
                        if (row >= 0 && row < in.height && column >= 0 && column < in.width) {
                            sum += weights.at(n, c, t) * map.at(first + c, row, column);
                        }
                    }
                }
                out.values.push_back(sum);
            }
        }
    }
    return out;
}

}  // namespace cleave::testing
