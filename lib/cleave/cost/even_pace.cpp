// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/even_pace.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cleave {
namespace {

/// Along one dimension, how far what an output needs is ahead of `per_output` inputs for each.
double most_ahead(std::int64_t extent, std::int64_t stride, std::int64_t pad, std::int64_t inputs,
                  std::int64_t outputs, double per_output) {
    const auto ahead = [&](std::int64_t output) {
        const std::int64_t last = std::clamp<std::int64_t>(output * stride - pad + extent - 1, 0, inputs - 1);
        return static_cast<double>(last) - static_cast<double>(output) * per_output;
    };
    // It rises or falls until the window reaches the border, and falls from there on.
    const std::int64_t border = std::clamp<std::int64_t>((inputs - extent + pad) / stride, 0, outputs - 1);
    return std::max({ahead(0), ahead(border), ahead(std::min(border + 1, outputs - 1))});
}

}  // namespace

std::int64_t positions_held(const Window& window, const Shape& in, const Shape& out, bool columns) {
    const std::int64_t row =
        window.extent_w() + std::abs(in.width - out.width * window.stride_w) + window.stride_w;
    // Rows that a column former makes of the padding below the map come while it takes no others.
    const std::int64_t complete = (in.height - window.extent_h() + window.pad_top) / window.stride_h + 1;
    const std::int64_t below = std::max<std::int64_t>(0, out.height - std::max<std::int64_t>(0, complete));
    const std::int64_t rows = columns ? std::min<std::int64_t>(window.stride_h - 1, 1) + below
                                      : window.extent_h() + window.stride_h - 2 +
                                            std::abs(in.height - out.height * window.stride_h);
    return rows * in.width + row;
}

std::int64_t positions_ahead(const Window& window, const Shape& in, const Shape& out) {
    const double rows_each = static_cast<double>(in.height) / static_cast<double>(out.height);
    const double each = rows_each * static_cast<double>(in.width) / static_cast<double>(out.width);
    const double rows =
        most_ahead(window.extent_h(), window.stride_h, window.pad_top, in.height, out.height, rows_each);
    const double columns =
        most_ahead(window.extent_w(), window.stride_w, window.pad_left, in.width, out.width, each);
    // What is off by rounding is no position.
    const double ahead = std::ceil(rows * static_cast<double>(in.width) + columns + 1 - 1e-6);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(ahead), 1, in.positions());
}

}  // namespace cleave
