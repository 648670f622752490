// SPDX-License-Identifier: Apache-2.0
#include "support/integer_conv.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace cleave::testing {
namespace {

std::int8_t random_byte(Random& random) { return static_cast<std::int8_t>(random.between(-128, 127)); }

Window random_window(Random& random) {
    Window w;
    w.kernel_h = random.pick<std::int64_t>({1, 1, 2, 3, 3, 5});
    w.kernel_w = random.chance(80) ? w.kernel_h : random.between(1, 3);
    w.stride_h = random.pick<std::int64_t>({1, 1, 2, 3});
    w.stride_w = random.chance(80) ? w.stride_h : random.between(1, 3);
    w.dilation_h = w.dilation_w = random.chance(20) ? 2 : 1;
    w.pad_top = random.between(0, w.extent_h() - 1);
    w.pad_bottom = random.between(0, w.extent_h() - 1);
    w.pad_left = random.between(0, w.extent_w() - 1);
    w.pad_right = random.between(0, w.extent_w() - 1);
    return w;
}

/// A map that the window fits on, and what it goes to.
void random_maps(Random& random, std::int64_t larger, const Window& w, Shape& in, Shape& out) {
    const std::int64_t height = random.between(w.extent_h(), w.extent_h() + larger);
    const std::int64_t width = random.between(w.extent_w(), w.extent_w() + larger);
    in.height = height;
    in.width = width;
    out.height = (height + w.pad_top + w.pad_bottom - w.extent_h()) / w.stride_h + 1;
    out.width = (width + w.pad_left + w.pad_right - w.extent_w()) / w.stride_w + 1;
}

/// The input position under a tap of output position p, if it lies on the map.
std::optional<std::int64_t> position_under(const Window& w, const Shape& in, const Shape& out, std::int64_t p,
                                           std::int64_t tap) {
    const std::int64_t y = p / out.width * w.stride_h - w.pad_top + tap / w.kernel_w * w.dilation_h;
    const std::int64_t x = p % out.width * w.stride_w - w.pad_left + tap % w.kernel_w * w.dilation_w;
    const bool on_map = y >= 0 && y < in.height && x >= 0 && x < in.width;
    return on_map ? std::optional(y * in.width + x) : std::nullopt;
}

}  // namespace

FoldedCase random_folded_case(Random& random, std::int64_t larger) {
    FoldedCase result;
    IntegerConv& conv = result.conv;
    conv.window = random_window(random);
    random_maps(random, larger, conv.window, conv.in, conv.out);
    const Window& w = conv.window;
    const auto kind = random.between(0, 3);
    const std::int64_t each = random.pick<std::int64_t>({1, 2, 3, 4, 6});
    const std::int64_t filters = random.pick<std::int64_t>({1, 2, 4, 5, 8});
    conv.groups = kind == 0 ? random.pick<std::int64_t>({2, 3, 8}) : kind == 1 ? 2 : 1;
    conv.in.channels = kind == 0 ? conv.groups : each * conv.groups;
    conv.out.channels = kind == 0 ? conv.groups : filters * conv.groups;
    for (std::int64_t i = 0; i < conv.out.channels * conv.depth() * w.taps(); ++i) {
        conv.weights.push_back(random_byte(random));
    }
    if (random.chance(80)) {
        for (std::int64_t n = 0; n < conv.out.channels; ++n) {
            conv.bias.push_back(random.between(-20000, 20000));
        }
    }
    conv.shift = random.pick<std::int64_t>({-1, 0, 1, 5, 8, 9, 11, 30});
    conv.low = random.chance(50) ? -128 : 0;
    conv.high = random.chance(70) ? 127 : random.between(1, 126);
    result.fold.pe =
        random.pick(divisors(conv.depthwise() ? conv.out.channels : conv.out.channels / conv.groups));
    result.fold.simd = conv.depthwise() ? 1 : random.pick(divisors(conv.depth()));
    result.fold.multipliers = random.chance(50) ? Multipliers::dsp : Multipliers::logic;
    for (std::int64_t i = 0; i < 2 * conv.in.elements(); ++i) {
        result.frames.push_back(random.chance(5) ? std::int8_t{-128} : random_byte(random));
    }
    return result;
}

PoolCase random_pool_case(Random& random, std::int64_t larger) {
    PoolCase result;
    MaxPool& pool = result.pool;
    pool.window = random_window(random);
    random_maps(random, larger, pool.window, pool.in, pool.out);
    pool.in.channels = pool.out.channels = random.pick<std::int64_t>({1, 2, 3, 4, 6, 12});
    result.pe = random.pick(divisors(pool.in.channels));
    for (std::int64_t i = 0; i < 2 * pool.in.elements(); ++i) {
        result.frames.push_back(random_byte(random));
    }
    return result;
}

std::vector<std::int8_t> compute(const MaxPool& pool, const std::int8_t* input) {
    const Window& w = pool.window;
    std::vector<std::int8_t> result;
    for (std::int64_t p = 0; p < pool.out.positions(); ++p) {
        for (std::int64_t c = 0; c < pool.in.channels; ++c) {
            std::int8_t best = -128;
            for (std::int64_t tap = 0; tap < w.taps(); ++tap) {
                if (const auto at = position_under(w, pool.in, pool.out, p, tap)) {
                    best = std::max(best, input[*at * pool.in.channels + c]);
                }
            }
            result.push_back(best);
        }
    }
    return result;
}

std::vector<std::int8_t> compute(const IntegerConv& conv, const std::int8_t* input) {
    const Window& w = conv.window;
    std::vector<std::int8_t> result;
    for (std::int64_t p = 0; p < conv.out.positions(); ++p) {
        for (std::int64_t n = 0; n < conv.out.channels; ++n) {
            std::int64_t sum = conv.bias.empty() ? 0 : conv.bias[static_cast<std::size_t>(n)];
            for (std::int64_t tap = 0; tap < w.taps(); ++tap) {
                const auto under = position_under(w, conv.in, conv.out, p, tap);
                for (std::int64_t c = 0; under && c < conv.depth(); ++c) {
                    const std::int64_t channel = n / (conv.out.channels / conv.groups) * conv.depth() + c;
                    const auto at = static_cast<std::size_t>((n * conv.depth() + c) * w.taps() + tap);
                    sum += input[*under * conv.in.channels + channel] * conv.weights[at];
                }
            }
            // Exact: sums are far below 2^53. The rounding mode is to nearest, halves to even.
            const double scaled =
                std::nearbyint(std::ldexp(static_cast<double>(sum), -static_cast<int>(conv.shift)));
            result.push_back(static_cast<std::int8_t>(
                std::clamp(scaled, static_cast<double>(conv.low), static_cast<double>(conv.high))));
        }
    }
    return result;
}

std::string describe(const FoldedCase& c) {
    const Window& w = c.conv.window;
    return "k " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w) + " s " +
           std::to_string(w.stride_h) + "x" + std::to_string(w.stride_w) + " C " +
           std::to_string(c.conv.in.channels) + " N " + std::to_string(c.conv.out.channels) + " g " +
           std::to_string(c.conv.groups) + " H " + std::to_string(c.conv.in.height) + " W " +
           std::to_string(c.conv.in.width) + " pe " + std::to_string(c.fold.pe) + " simd " +
           std::to_string(c.fold.simd);
}

}  // namespace cleave::testing
