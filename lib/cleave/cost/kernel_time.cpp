// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/kernel_time.hpp"

#include "cleave/cost/rounding.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

KernelClass conv_class(const Conv& conv, const Shape& in) {
    const Window& w = conv.window;
    if (is_depthwise(conv, in)) {
        return w.kernel_h > 3 || w.kernel_w > 3 ? KernelClass::depthwise_large : KernelClass::depthwise;
    }
    if (w.kernel_h == 1 && w.kernel_w == 1) {
        return KernelClass::conv_1x1;
    }
    const bool three_by_three = w.kernel_h == 3 && w.kernel_w == 3;
    const bool dense_steps = w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 && w.dilation_w == 1;
    return three_by_three && dense_steps ? KernelClass::conv_3x3_s1 : KernelClass::conv_other;
}

KernelClass pool_class(const Pool& pool, const Shape& out) {
    const bool everywhere = pool.window.stride_h == 1 && pool.window.stride_w == 1 && out.positions() > 1;
    return everywhere ? KernelClass::pool_s1 : KernelClass::pool;
}

/// True where frameworks copy the input first: to pad it for a window that moves by more than one position,
/// or to rescale it by what a global pooling gives (squeeze and excitation), which is no layer of the data.
bool copies_input(const Op& op) {
    const auto pads = [](const Window& w) {
        return (w.stride_h > 1 || w.stride_w > 1) &&
               (w.pad_top > 0 || w.pad_left > 0 || w.pad_bottom > 0 || w.pad_right > 0);
    };
    if (const auto* conv = std::get_if<Conv>(&op)) {
        return pads(conv->window);
    }
    if (const auto* pool = std::get_if<Pool>(&op)) {
        return pads(pool->window);
    }
    return std::holds_alternative<GlobalAveragePool>(op);
}

/// (a^p + b^p)^(1/p); p = 4 without calls of pow.
double join_roofs(double a, double b, double p) {
    if (p == 4) {
        const double a2 = a * a;
        const double b2 = b * b;
        return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
    }
    return std::pow(std::pow(a, p) + std::pow(b, p), 1.0 / p);
}

}  // namespace

std::optional<KernelClass> kernel_class(const LayerWork& work) {
    using Class = std::optional<KernelClass>;
    return std::visit(Overloaded{
                          [](const Input&) -> Class { return std::nullopt; },
                          [&](const Conv& conv) -> Class { return conv_class(conv, work.inputs.front()); },
                          [](const FullyConnected&) -> Class { return KernelClass::fully_connected; },
                          [&](const Pool& pool) -> Class { return pool_class(pool, work.output); },
                          [](const GlobalAveragePool&) -> Class { return KernelClass::pool; },
                          [](const BatchNorm&) -> Class { return KernelClass::elementwise; },
                          [](const Activation&) -> Class { return KernelClass::elementwise; },
                          [](const Dropout&) -> Class { return std::nullopt; },
                          [](const Add&) -> Class { return KernelClass::elementwise; },
                          [](const Mul&) -> Class { return KernelClass::elementwise; },
                          [](const Concat&) -> Class { return KernelClass::elementwise; },
                          [](const Slice&) -> Class { return KernelClass::elementwise; },
                          [](const Shuffle&) -> Class { return KernelClass::elementwise; },
                          [](const Flatten&) -> Class { return std::nullopt; },
                          [](const Softmax&) -> Class { return KernelClass::elementwise; },
                          [](const Lrn&) -> Class { return KernelClass::elementwise; },
                          [](const Other& other) -> Class {
                              return other.macs > 0 ? KernelClass::conv_other : KernelClass::elementwise;
                          },
                      },
                      work.op);
}

std::optional<LayerKernels> layer_kernels(const LayerWork& layer, const KernelSet& set) {
    const std::optional<KernelClass> kind = kernel_class(layer);
    if (!kind) {
        return std::nullopt;
    }
    LayerKernels kernels{1, *kind, layer};
    if (const auto* conv = std::get_if<Conv>(&layer.op)) {
        if (conv->groups > 1 && !is_depthwise(*kind)) {
            kernels.count = static_cast<double>(conv->groups);
            kernels.work = slice_groups(layer, 1);
        }
        if (kernels.work.inputs.front().channels < set[static_cast<std::size_t>(*kind)].least_channels) {
            kernels.kind = KernelClass::conv_other;
        }
    }
    return kernels;
}

std::uint64_t kernel_key(const LayerWork& work, KernelClass kind) {
    std::uint64_t key = static_cast<std::uint64_t>(kind);
    const auto add = [&](std::int64_t number) {
        key = key * 0x100000001b3U + static_cast<std::uint64_t>(number);
    };
    const auto octave = [](std::int64_t number) {
        return std::lround(std::log2(static_cast<double>(std::max<std::int64_t>(number, 1))));
    };
    const auto add_window = [&](const Window& w) {
        for (const std::int64_t number : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w}) {
            add(number);
        }
    };
    if (const auto* conv = std::get_if<Conv>(&work.op)) {
        add_window(conv->window);
    } else if (const auto* pool = std::get_if<Pool>(&work.op)) {
        add_window(pool->window);
    }
    add(work.output.height);
    add(work.output.width);
    add(octave(work.inputs.front().channels));
    add(octave(work.output.channels));
    return key;
}

double bytes_beyond_cache(Bytes bytes, Bytes cache) {
    return std::sqrt(bytes.value() * bytes.value() + cache.value() * cache.value()) - cache.value();
}

KernelFeatures kernel_features(const LayerWork& work, KernelClass kind, const KernelParams& params,
                               const KernelCommon& common) {
    KernelFeatures f;
    f.kind = kind;
    f.macs = f.tiled_macs = static_cast<double>(work.macs());
    const auto size = [&](std::int64_t elements) {
        return static_cast<double>(elements * common.element_bytes);
    };
    double input_bytes = size(work.input_elements());
    if (const auto* conv = std::get_if<Conv>(&work.op)) {
        const Window& w = conv->window;
        f.depth = static_cast<double>(w.taps() * (work.inputs.front().channels / conv->groups));
        if (w.taps() == 1 && (w.stride_h > 1 || w.stride_w > 1)) {
            // It reads only the positions that it computes.
            input_bytes = size(work.inputs.front().channels * work.output.positions());
        }
        // One channel is left of a depthwise layer by a split.
        if (conv->groups == 1 && !is_depthwise(kind)) {
            const std::int64_t positions = work.output.positions();
            const std::int64_t rows =
                params.tile_positions == 0 ? common.tile_positions : params.tile_positions;
            const std::int64_t columns = params.tile_filters == 0 ? common.tile_filters : params.tile_filters;
            const std::int64_t tiles = ceil_div(positions, rows) * ceil_div(conv->filters, columns);
            const std::int64_t waves = ceil_div(tiles, common.wave_tiles);
            f.tiled_macs *= static_cast<double>(waves * common.wave_tiles * rows * columns) /
                            static_cast<double>(positions * conv->filters);
            const std::int64_t channels = work.inputs.front().channels;
            f.tiled_macs *=
                static_cast<double>(ceil_div(channels, params.tile_channels) * params.tile_channels) /
                static_cast<double>(channels);
        }
        f.strided = (w.stride_h > 1 || w.stride_w > 1) && work.inputs.front().channels > 4;
        f.odd_width = work.output.width % 2 != 0;
    } else if (std::holds_alternative<FullyConnected>(work.op)) {
        f.depth = static_cast<double>(work.inputs.front().elements());
    } else if (std::holds_alternative<Slice>(work.op)) {
        // It reads only what it keeps.
        input_bytes = size(work.output.elements());
    }
    if (copies_input(work.op)) {
        f.copied_bytes = bytes_beyond_cache(Bytes(2 * input_bytes), common.cache);
    }
    if (const auto* other = std::get_if<Other>(&work.op); other != nullptr && other->macs > 0) {
        f.depth = f.macs / static_cast<double>(work.output.elements());
    }
    f.weight_bytes = size(work.weights());
    f.bytes = input_bytes + size(work.output.elements()) + f.weight_bytes;
    if (kind == KernelClass::elementwise) {
        f.bytes = bytes_beyond_cache(Bytes(f.bytes), common.cache);
    }
    f.output_bytes = bytes_beyond_cache(Bytes(size(work.output.elements())), common.cache);
    return f;
}

Seconds kernel_time(const KernelFeatures& f, const KernelParams& k, double roof_exponent,
                    double compute_scale) {
    double compute = 0;
    if (k.compute) {
        double macs = f.tiled_macs * (f.strided ? k.strided : 1.0) * (f.odd_width ? k.odd_width : 1.0);
        if (k.short_depth > 0) {
            macs *= 1 + k.short_depth / f.depth;
        }
        compute = macs / (k.compute->value() * compute_scale);
    }
    const double memory = k.memory.value();
    const double roofs = join_roofs(compute, f.bytes / memory, roof_exponent);
    const double passes = (k.output_passes * f.output_bytes + k.input_copies * f.copied_bytes +
                           k.weight_passes * f.weight_bytes) /
                          memory;
    return k.overhead + k.per_depth * f.depth / compute_scale + Seconds(roofs + passes);
}

}  // namespace cleave
