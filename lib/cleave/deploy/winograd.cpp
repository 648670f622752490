// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/winograd.hpp"

#include "cleave/deploy/matrix_product.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

namespace cleave {
namespace {

/// Outputs of a tile in each dimension, inputs that they read, and taps.
constexpr std::int64_t kOut = 4;
constexpr std::int64_t kIn = 6;
constexpr std::int64_t kTaps = 3;
/// Products for each tile, channel and filter.
constexpr std::int64_t kPoints = kIn * kIn;
/// Tiles whose transforms are held at a time.
constexpr std::int64_t kTiles = 4 * kColumns;
/// With fewer, transforms cost as much as they save.
constexpr std::int64_t kLeastChannels = 16;
constexpr std::int64_t kLeastFilters = 16;
constexpr std::int64_t kLeastExtent = 6;

constexpr std::size_t tile_place(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Some numbers side by side: the same place of as many tiles or filters.
template <std::int64_t Lanes>
using Row = std::array<double, tile_place(Lanes)>;

/// The transform of three taps in one dimension, for all lanes: G g.
template <std::int64_t Lanes>
void transform_taps(const Row<Lanes>* taps, std::int64_t stride, Row<Lanes>* points, std::int64_t step) {
    for (std::size_t i = 0; i < tile_place(Lanes); ++i) {
        const double a = taps[0][i];
        const double b = taps[stride][i];
        const double c = taps[2 * stride][i];
        const double even = -(a + c) / 6;
        const double odd = b / 6;
        const double far_even = a / 24 + c / 6;
        const double far_odd = b / 12;
        points[0][i] = a / 4;
        points[step][i] = even - odd;
        points[2 * step][i] = even + odd;
        points[3 * step][i] = far_even + far_odd;
        points[4 * step][i] = far_even - far_odd;
        points[5 * step][i] = c;
    }
}

/// The transform of six inputs in one dimension: B^T d.
template <std::int64_t Lanes>
void transform_inputs(const Row<Lanes>* in, std::int64_t stride, Row<Lanes>* points, std::int64_t step) {
    for (std::size_t i = 0; i < tile_place(Lanes); ++i) {
        const double a = in[0][i];
        const double b = in[stride][i];
        const double c = in[2 * stride][i];
        const double d = in[3 * stride][i];
        const double e = in[4 * stride][i];
        const double f = in[5 * stride][i];
        const double even = e - 4 * c;
        const double odd = d - 4 * b;
        const double far_even = e - c;
        const double far_odd = 2 * (d - b);
        points[0][i] = 4 * a - 5 * c + e;
        points[step][i] = even + odd;
        points[2 * step][i] = even - odd;
        points[3 * step][i] = far_even + far_odd;
        points[4 * step][i] = far_even - far_odd;
        points[5 * step][i] = 4 * b - 5 * d + f;
    }
}

/// Four outputs of six points in one dimension: A^T m.
template <std::int64_t Lanes>
void transform_outputs(const Row<Lanes>* points, std::int64_t stride, Row<Lanes>* out, std::int64_t step) {
    for (std::size_t i = 0; i < tile_place(Lanes); ++i) {
        const double sum = points[stride][i] + points[2 * stride][i];
        const double difference = points[stride][i] - points[2 * stride][i];
        const double far_sum = points[3 * stride][i] + points[4 * stride][i];
        const double far_difference = points[3 * stride][i] - points[4 * stride][i];
        out[0][i] = points[0][i] + sum + far_sum;
        out[step][i] = difference + 2 * far_difference;
        out[2 * step][i] = sum + 4 * far_sum;
        out[3 * step][i] = difference + 8 * far_difference + points[5 * stride][i];
    }
}

/// One group of a convolution.
class Group {
public:
    Group(const Conv& conv, const LayerParameters& parameters, const MapView& in, const Shape& out,
          std::int64_t group, unsigned threads, Values& result)
        : conv_(conv),
          in_(in),
          out_(out),
          filters_(conv.filters / conv.groups),
          channels_(in.shape.channels / conv.groups),
          blocks_((filters_ + kRows - 1) / kRows),
          tile_columns_((out.width + kOut - 1) / kOut),
          tiles_(tile_columns_ * ((out.height + kOut - 1) / kOut)),
          map_(in.values.data() + group * channels_ * in.shape.positions()),
          result_(result.data() + group * filters_ * out.positions()),
          workers_(threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads) {
        transform_weights(parameters.weights.data() + group * filters_ * channels_ * kTaps * kTaps);
    }

    void run() {
        const std::int64_t parts = (tiles_ + kTiles - 1) / kTiles;
        // What tiles are transformed to is allocated once for each worker.
        const std::int64_t workers = std::min<std::int64_t>(workers_, parts);
        parallel_for(tile_place(workers), workers_, [&](std::size_t worker) {
            std::vector<double> maps(tile_place(kPoints * kTiles * channels_));
            std::vector<double> sums(tile_place(kPoints * kTiles * blocks_ * kRows));
            for (std::int64_t part = static_cast<std::int64_t>(worker); part < parts; part += workers) {
                compute(part * kTiles, maps, sums);
            }
        });
    }

private:
    /// Points of the weights, each as blocks of rows.
    void transform_weights(const float* weights) {
        weights_.resize(tile_place(kPoints * blocks_ * kRows * channels_));
        parallel_for(tile_place(blocks_), workers_, [&](std::size_t block) {
            const std::int64_t first = static_cast<std::int64_t>(block) * kRows;
            for (std::int64_t channel = 0; channel < channels_; ++channel) {
                std::array<Row<kRows>, kTaps * kTaps> taps{};
                for (std::int64_t row = 0; row < std::min(kRows, filters_ - first); ++row) {
                    const float* filter = weights + ((first + row) * channels_ + channel) * kTaps * kTaps;
                    for (std::size_t tap = 0; tap < taps.size(); ++tap) {
                        taps[tap][tile_place(row)] = static_cast<double>(filter[tap]);
                    }
                }
                std::array<Row<kRows>, kIn * kTaps> half;
                std::array<Row<kRows>, kPoints> points;
                for (std::int64_t x = 0; x < kTaps; ++x) {
                    transform_taps<kRows>(taps.data() + x, kTaps, half.data() + x, kTaps);
                }
                for (std::int64_t y = 0; y < kIn; ++y) {
                    transform_taps<kRows>(half.data() + y * kTaps, 1, points.data() + y * kIn, 1);
                }
                for (std::int64_t point = 0; point < kPoints; ++point) {
                    std::copy_n(
                        points[tile_place(point)].data(), kRows,
                        weights_.data() + ((point * blocks_ * kRows + first) * channels_) + channel * kRows);
                }
            }
        });
    }

    void compute(std::int64_t first, std::vector<double>& maps, std::vector<double>& sums) const {
        const std::int64_t count = std::min(kTiles, tiles_ - first);
        const std::int64_t columns = (count + kColumns - 1) / kColumns;
        for (std::int64_t column = 0; column < columns; ++column) {
            for (std::int64_t channel = 0; channel < channels_; ++channel) {
                transform_tiles(first + column * kColumns, channel,
                                maps.data() + (column * channels_ + channel) * kColumns);
            }
        }
        std::fill(sums.begin(), sums.end(), 0);
        for (std::int64_t point = 0; point < kPoints; ++point) {
            add_products(weights_.data() + point * blocks_ * kRows * channels_, blocks_,
                         maps.data() + point * kTiles * channels_, columns, channels_,
                         sums.data() + point * kTiles * blocks_ * kRows);
        }
        for (std::int64_t filter = 0; filter < filters_; ++filter) {
            for (std::int64_t column = 0; column < columns; ++column) {
                const std::int64_t block = filter / kRows * columns + column;
                write_tiles(first + column * kColumns, filter,
                            sums.data() + (block * kRows + filter % kRows) * kColumns);
            }
        }
    }

    /// Points of a channel of some tiles next to each other, 0 in the padding and where there are no more.
    void transform_tiles(std::int64_t first, std::int64_t channel, double* points) const {
        std::array<Row<kColumns>, kPoints> values{};
        const Shape& shape = in_.shape;
        const double* map = map_ + channel * shape.positions();
        for (std::int64_t i = 0; i < std::min(kColumns, tiles_ - first); ++i) {
            const std::int64_t top = (first + i) / tile_columns_ * kOut - conv_.window.pad_top;
            const std::int64_t left = (first + i) % tile_columns_ * kOut - conv_.window.pad_left;
            const std::int64_t first_x = std::max<std::int64_t>(0, -left);
            const std::int64_t end_x = std::min(kIn, shape.width - left);
            for (std::int64_t y = std::max<std::int64_t>(0, -top); y < std::min(kIn, shape.height - top);
                 ++y) {
                const double* line = map + (top + y) * shape.width + left;
                for (std::int64_t x = first_x; x < end_x; ++x) {
                    values[tile_place(y * kIn + x)][tile_place(i)] = line[x];
                }
            }
        }
        std::array<Row<kColumns>, kPoints> half;
        for (std::int64_t x = 0; x < kIn; ++x) {
            transform_inputs<kColumns>(values.data() + x, kIn, half.data() + x, kIn);
        }
        for (std::int64_t y = 0; y < kIn; ++y) {
            transform_inputs<kColumns>(half.data() + y * kIn, 1, values.data() + y * kIn, 1);
        }
        for (std::int64_t point = 0; point < kPoints; ++point) {
            std::copy_n(values[tile_place(point)].data(), kColumns, points + point * kTiles * channels_);
        }
    }

    void write_tiles(std::int64_t first, std::int64_t filter, const double* sums) const {
        std::array<Row<kColumns>, kPoints> points;
        for (std::int64_t point = 0; point < kPoints; ++point) {
            std::copy_n(sums + point * kTiles * blocks_ * kRows, kColumns, points[tile_place(point)].data());
        }
        std::array<Row<kColumns>, kOut * kIn> half;
        std::array<Row<kColumns>, kOut * kOut> values;
        for (std::int64_t x = 0; x < kIn; ++x) {
            transform_outputs<kColumns>(points.data() + x, kIn, half.data() + x, kIn);
        }
        for (std::int64_t y = 0; y < kOut; ++y) {
            transform_outputs<kColumns>(half.data() + y * kIn, 1, values.data() + y * kOut, 1);
        }
        double* map = result_ + filter * out_.positions();
        for (std::int64_t i = 0; i < std::min(kColumns, tiles_ - first); ++i) {
            const std::int64_t top = (first + i) / tile_columns_ * kOut;
            const std::int64_t left = (first + i) % tile_columns_ * kOut;
            for (std::int64_t y = 0; y < std::min(kOut, out_.height - top); ++y) {
                double* line = map + (top + y) * out_.width + left;
                for (std::int64_t x = 0; x < std::min(kOut, out_.width - left); ++x) {
                    line[x] += values[tile_place(y * kOut + x)][tile_place(i)];
                }
            }
        }
    }

    const Conv& conv_;
    const MapView& in_;
    const Shape& out_;
    std::int64_t filters_;
    std::int64_t channels_;
    std::int64_t blocks_;
    std::int64_t tile_columns_;
    std::int64_t tiles_;
    const double* map_;
    double* result_;
    unsigned workers_;
    std::vector<double> weights_;
};

}  // namespace

bool suits_winograd(const Conv& conv, const Shape& in) {
    const Window& w = conv.window;
    return w.kernel_h == kTaps && w.kernel_w == kTaps && w.stride_h == 1 && w.stride_w == 1 &&
           w.dilation_h == 1 && w.dilation_w == 1 && in.height >= kLeastExtent && in.width >= kLeastExtent &&
           in.channels / conv.groups >= kLeastChannels && conv.filters / conv.groups >= kLeastFilters;
}

void convolve_winograd(const Conv& conv, const LayerParameters& parameters, const MapView& in,
                       const Shape& out, unsigned threads, Values& result) {
    for (std::int64_t group = 0; group < conv.groups; ++group) {
        Group(conv, parameters, in, out, group, threads, result).run();
    }
}

}  // namespace cleave
