// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/execute_kernels.hpp"

#include "cleave/deploy/matrix_product.hpp"
#include "cleave/deploy/winograd.hpp"
#include "cleave/units/parallel.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

using Vector = Eigen::Matrix<double, Eigen::Dynamic, 1>;

/// What is computed at a time: some ten megabytes of unrolled positions at most, and enough filters that
/// unrolling them costs little.
constexpr std::int64_t kTilePositions = 128;
constexpr std::int64_t kTileBlocks = 32;
/// Rows of a fully connected layer that are computed at a time.
constexpr std::int64_t kFeatures = 64;

std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Positions of a dimension where a window tap lies on the map: output positions [first, end).
struct Span {
    std::int64_t first = 0;
    std::int64_t end = 0;
};

/// Output positions o in [0, outputs) with 0 <= o * stride + offset < extent.
Span positions_inside(std::int64_t outputs, std::int64_t stride, std::int64_t offset, std::int64_t extent) {
    const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    const std::int64_t last = extent - 1 - offset;
    const std::int64_t end = last < 0 ? 0 : std::min(outputs, last / stride + 1);
    return {first, std::max(first, end)};
}

/// One tap of one input channel at output positions [first, first + count), 0 in the padding.
void unroll_tap(const Window& w, const MapView& in, const Shape& out, std::int64_t channel, std::int64_t tap,
                std::int64_t first, std::int64_t count, double* values) {
    const std::int64_t offset_y = tap / w.kernel_w * w.dilation_h - w.pad_top;
    const std::int64_t offset_x = tap % w.kernel_w * w.dilation_w - w.pad_left;
    const Span inside = positions_inside(out.width, w.stride_w, offset_x, in.shape.width);
    const double* map = in.values.data() + channel * in.shape.positions();
    std::fill_n(values, count, 0);
    for (std::int64_t done = 0; done < count;) {
        const std::int64_t column = (first + done) % out.width;
        const std::int64_t length = std::min(out.width - column, count - done);
        const std::int64_t y = (first + done) / out.width * w.stride_h + offset_y;
        if (y >= 0 && y < in.shape.height) {
            const double* line = map + y * in.shape.width + offset_x;
            const std::int64_t end = std::min(inside.end, column + length);
            for (std::int64_t x = std::max(inside.first, column); x < end; ++x) {
                values[done + x - column] = line[x * w.stride_w];
            }
        }
        done += length;
    }
}

/// Adds one tap of a depthwise filter to a whole output channel.
void add_tap(const Window& w, const MapView& in, const Shape& out, std::int64_t channel, std::int64_t tap,
             double weight, double* sums) {
    const std::int64_t offset_y = tap / w.kernel_w * w.dilation_h - w.pad_top;
    const std::int64_t offset_x = tap % w.kernel_w * w.dilation_w - w.pad_left;
    const Span rows = positions_inside(out.height, w.stride_h, offset_y, in.shape.height);
    const Span columns = positions_inside(out.width, w.stride_w, offset_x, in.shape.width);
    const double* map = in.values.data() + channel * in.shape.positions();
    for (std::int64_t y = rows.first; y < rows.end; ++y) {
        const double* line = map + (y * w.stride_h + offset_y) * in.shape.width;
        for (std::int64_t x = columns.first; x < columns.end; ++x) {
            sums[y * out.width + x] += weight * line[x * w.stride_w + offset_x];
        }
    }
}

void convolve_depthwise(const Conv& conv, const LayerParameters& parameters, const MapView& in,
                        const Shape& out, Values& result) {
    const std::int64_t taps = conv.window.taps();
    const std::int64_t filters_each = conv.filters / conv.groups;
    for (std::int64_t filter = 0; filter < conv.filters; ++filter) {
        double* sums = result.data() + filter * out.positions();
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const double weight = parameters.weights[place(filter * taps + tap)];
            add_tap(conv.window, in, out, filter / filters_each, tap, weight, sums);
        }
    }
}

/// Some filters of a group at some output positions.
struct ConvTile {
    std::int64_t first_block = 0;
    std::int64_t blocks = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
};

std::vector<ConvTile> tiles_of(std::int64_t filters, std::int64_t positions) {
    const std::int64_t blocks = (filters + kRows - 1) / kRows;
    std::vector<ConvTile> tiles;
    for (std::int64_t first = 0; first < positions; first += kTilePositions) {
        for (std::int64_t block = 0; block < blocks; block += kTileBlocks) {
            tiles.push_back({block, std::min(kTileBlocks, blocks - block), first,
                             std::min(kTilePositions, positions - first)});
        }
    }
    return tiles;
}

void convolve_group(const Conv& conv, const LayerParameters& parameters, const MapView& in, const Shape& out,
                    std::int64_t group, unsigned threads, Values& result) {
    const std::int64_t filters = conv.filters / conv.groups;
    const std::int64_t taps = conv.window.taps();
    const std::int64_t first_channel = group * (in.shape.channels / conv.groups);
    const std::int64_t depth = in.shape.channels / conv.groups * taps;
    const std::int64_t positions = out.positions();
    const std::vector<double> weights =
        row_blocks(parameters.weights.data() + group * filters * depth, filters, depth);
    const std::vector<ConvTile> tiles = tiles_of(filters, positions);
    parallel_for(tiles.size(), threads, [&](std::size_t t) {
        const ConvTile& tile = tiles[t];
        const std::int64_t column_blocks = (tile.count + kColumns - 1) / kColumns;
        std::vector<double> columns(place(column_blocks * depth * kColumns));
        std::array<double, kTilePositions> values{};
        for (std::int64_t k = 0; k < depth; ++k) {
            unroll_tap(conv.window, in, out, first_channel + k / taps, k % taps, tile.first, tile.count,
                       values.data());
            for (std::int64_t block = 0; block < column_blocks; ++block) {
                std::copy_n(values.data() + block * kColumns, kColumns,
                            columns.data() + (block * depth + k) * kColumns);
            }
        }
        std::vector<double> sums(place(tile.blocks * column_blocks * kRows * kColumns));
        add_products(weights.data() + tile.first_block * kRows * depth, tile.blocks, columns.data(),
                     column_blocks, depth, sums.data());
        const std::int64_t first_filter = tile.first_block * kRows;
        const std::int64_t end_filter = std::min(filters, first_filter + tile.blocks * kRows);
        for (std::int64_t filter = first_filter; filter < end_filter; ++filter) {
            const std::int64_t row = filter - first_filter;
            double* line = result.data() + (group * filters + filter) * positions + tile.first;
            for (std::int64_t i = 0; i < tile.count; ++i) {
                const std::int64_t block = row / kRows * column_blocks + i / kColumns;
                line[i] = sums[place((block * kRows + row % kRows) * kColumns + i % kColumns)];
            }
        }
    });
}

struct PoolSum {
    double largest = -std::numeric_limits<double>::infinity();
    double sum = 0;
    std::int64_t taps = 0;
};

PoolSum gather(const Window& w, const MapView& in, std::int64_t channel, std::int64_t y, std::int64_t x) {
    PoolSum result;
    for (std::int64_t tap = 0; tap < w.taps(); ++tap) {
        const std::int64_t row = y * w.stride_h - w.pad_top + tap / w.kernel_w * w.dilation_h;
        const std::int64_t column = x * w.stride_w - w.pad_left + tap % w.kernel_w * w.dilation_w;
        if (row >= 0 && row < in.shape.height && column >= 0 && column < in.shape.width) {
            const double value =
                in.values[place((channel * in.shape.height + row) * in.shape.width + column)];
            result.largest = std::max(result.largest, value);
            result.sum += value;
            ++result.taps;
        }
    }
    return result;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double hard_sigmoid(const Activation& activation, double x) {
    return std::min(std::max(alpha_of(activation) * x + beta_of(activation), 0.0), 1.0);
}

}  // namespace

Values convolve(const Conv& conv, const LayerParameters& parameters, const MapView& in, const Shape& out,
                Sums sums, unsigned threads) {
    Values result(place(out.elements()), 0);
    if (conv.groups == in.shape.channels) {
        convolve_depthwise(conv, parameters, in, out, result);
    } else if (sums == Sums::rounded && suits_winograd(conv, in.shape)) {
        convolve_winograd(conv, parameters, in, out, threads, result);
    } else {
        for (std::int64_t group = 0; group < conv.groups; ++group) {
            convolve_group(conv, parameters, in, out, group, threads, result);
        }
    }
    if (conv.bias) {
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] += parameters.bias[i / place(out.positions())];
        }
    }
    return result;
}

Values fully_connect(const FullyConnected& fc, const LayerParameters& parameters, const MapView& in,
                     unsigned threads) {
    const std::int64_t count = in.shape.elements();
    Values result(place(fc.features), 0);
    const auto feature_of = [&](std::int64_t feature) {
        const double bias = fc.bias ? parameters.bias[place(feature)] : 0;
        result[place(feature)] =
            dot_product(parameters.weights.data() + feature * count, in.values.data(), count) + bias;
    };
    parallel_for(place((fc.features + kFeatures - 1) / kFeatures), threads, [&](std::size_t i) {
        const std::int64_t first = static_cast<std::int64_t>(i) * kFeatures;
        for (std::int64_t feature = first; feature < std::min(fc.features, first + kFeatures); ++feature) {
            feature_of(feature);
        }
    });
    return result;
}

Values pool(const Pool& pool, const MapView& in, const Shape& out) {
    Values result;
    result.reserve(place(out.elements()));
    for (std::int64_t channel = 0; channel < out.channels; ++channel) {
        for (std::int64_t y = 0; y < out.height; ++y) {
            for (std::int64_t x = 0; x < out.width; ++x) {
                const PoolSum window = gather(pool.window, in, channel, y, x);
                const std::int64_t taps = pool.count_pad ? pool.window.taps() : window.taps;
                result.push_back(pool.kind == PoolKind::max ? window.largest
                                                            : window.sum / static_cast<double>(taps));
            }
        }
    }
    return result;
}

Values global_average(const MapView& in) {
    Values result;
    for (std::int64_t channel = 0; channel < in.shape.channels; ++channel) {
        const Eigen::Map<const Vector> map(in.values.data() + channel * in.shape.positions(),
                                           in.shape.positions());
        result.push_back(map.sum() / static_cast<double>(in.shape.positions()));
    }
    return result;
}

Values normalize_batch(const LayerParameters& parameters, const MapView& in) {
    Values result = in.values;
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::size_t c = i / place(in.shape.positions());
        const double deviation = std::sqrt(parameters.variance[c] + parameters.epsilon);
        result[i] =
            parameters.scale[c] * ((result[i] - parameters.mean[c]) / deviation) + parameters.shift[c];
    }
    return result;
}

Values softmax(const MapView& in) {
    const std::size_t positions = place(in.shape.positions());
    Values result = in.values;
    for (std::size_t at = 0; at < positions; ++at) {
        double largest = result[at];
        for (std::size_t i = at; i < result.size(); i += positions) {
            largest = std::max(largest, result[i]);
        }
        double sum = 0;
        for (std::size_t i = at; i < result.size(); i += positions) {
            result[i] = std::exp(result[i] - largest);
            sum += result[i];
        }
        for (std::size_t i = at; i < result.size(); i += positions) {
            result[i] /= sum;
        }
    }
    return result;
}

Values normalize_response(const Lrn& lrn, const MapView& in) {
    const std::int64_t positions = in.shape.positions();
    Values result = in.values;
    for (std::int64_t channel = 0; channel < in.shape.channels; ++channel) {
        const std::int64_t first = std::max<std::int64_t>(0, channel - (lrn.size - 1) / 2);
        const std::int64_t last = std::min(in.shape.channels - 1, channel + lrn.size / 2);
        for (std::int64_t at = 0; at < positions; ++at) {
            double squares = 0;
            for (std::int64_t c = first; c <= last; ++c) {
                const double x = in.values[place(c * positions + at)];
                squares += x * x;
            }
            result[place(channel * positions + at)] /=
                std::pow(lrn.k + lrn.alpha / static_cast<double>(lrn.size) * squares, lrn.beta);
        }
    }
    return result;
}

Values activate(const Activation& activation, const LayerParameters& parameters, const MapView& in) {
    Values result = in.values;
    const auto each = [&](const auto& function) {
        std::transform(result.begin(), result.end(), result.begin(), function);
        return result;
    };
    switch (activation.kind) {
        case ActivationKind::relu: return each([](double x) { return std::max(x, 0.0); });
        case ActivationKind::relu6: return each([](double x) { return std::min(std::max(x, 0.0), 6.0); });
        case ActivationKind::leaky_relu:
            return each([&](double x) { return x < 0 ? alpha_of(activation) * x : x; });
        case ActivationKind::prelu:
            for (std::size_t i = 0; i < result.size(); ++i) {
                if (result[i] < 0) {
                    result[i] *= parameters.weights[i / place(in.shape.positions())];
                }
            }
            return result;
        case ActivationKind::sigmoid: return each(sigmoid);
        case ActivationKind::hard_sigmoid: return each([&](double x) { return hard_sigmoid(activation, x); });
        case ActivationKind::hard_swish:
            return each([&](double x) { return x * hard_sigmoid(activation, x); });
        case ActivationKind::swish: return each([](double x) { return x * sigmoid(x); });
        case ActivationKind::tanh: return each([](double x) { return std::tanh(x); });
    }
    return result;
}

}  // namespace cleave
