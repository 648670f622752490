// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/names.hpp"
#include "cleave/units/quantity.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace cleave {

/// Kernels that behave alike on a GPU and share one set of parameters.
enum class KernelClass {
    conv_1x1,
    conv_3x3_s1,
    conv_other,
    /// Windows of up to 3x3, and larger ones.
    depthwise,
    depthwise_large,
    fully_connected,
    /// Pooling that leaves fewer positions than it reads, and pooling at every position.
    pool,
    pool_s1,
    elementwise
};
[[nodiscard]] constexpr auto names_of(KernelClass) {
    using enum KernelClass;
    return std::to_array<Named<KernelClass>>({{conv_1x1, "conv_1x1"},
                                              {conv_3x3_s1, "conv_3x3_s1"},
                                              {conv_other, "conv_other"},
                                              {depthwise, "depthwise"},
                                              {depthwise_large, "depthwise_large"},
                                              {fully_connected, "fully_connected"},
                                              {pool, "pool"},
                                              {pool_s1, "pool_s1"},
                                              {elementwise, "elementwise"}});
}
static_assert(all_named<KernelClass>());
inline constexpr std::size_t kKernelClasses = names_of(KernelClass{}).size();
[[nodiscard]] constexpr bool is_depthwise(KernelClass kind) {
    return kind == KernelClass::depthwise || kind == KernelClass::depthwise_large;
}
/// The class that a model without parameters of a class has them of.
[[nodiscard]] constexpr std::optional<KernelClass> wider_class(KernelClass kind) {
    return kind == KernelClass::depthwise_large ? std::optional(KernelClass::depthwise)
           : kind == KernelClass::pool_s1       ? std::optional(KernelClass::pool)
                                                : std::nullopt;
}

/// Class of a layer's kernel; nothing for layers that run none (dropout, flatten).
[[nodiscard]] std::optional<KernelClass> kernel_class(const LayerWork& work);

/// Kernel time (docs/cost-models.md, "GPU"):
///   t = overhead + per_depth K + ((MAC (1 + short_depth / K) f q / compute)^p + (bytes / memory)^p)^(1/p)
///     + (output_passes L(output bytes) + input_copies L(2 input bytes) + weight_passes weight bytes) /
///     memory
/// with the reduction depth K = k_h k_w C_I / groups, q for whole waves of tiles, f for strides and odd
/// widths, and L(b) = sqrt(b^2 + cache^2) - cache for feature maps that stay in the cache.
struct KernelParams {
    Seconds overhead;
    Seconds per_depth;
    /// Absent: the kernel does no multiply-accumulates worth counting (pooling, element-wise).
    std::optional<OperationsPerSecond> compute;
    BytesPerSecond memory;
    /// Passes over the output feature map by element-wise kernels that come with the layer (batch norm,
    /// activation, bias), where these are not charged on their own.
    double output_passes = 0;
    /// Copies of the input feature map before a window that moves by more than one position (a padded one),
    /// or beside a global one (rescaled by it).
    double input_copies = 0;
    /// Passes over the weights before each run (another layout, a transform).
    double weight_passes = 0;
    /// Output positions and filters of one tile of a dense convolution; 0: as the model says for all.
    std::int64_t tile_positions = 0;
    std::int64_t tile_filters = 0;
    /// Input channels that a dense convolution takes at a time.
    std::int64_t tile_channels = 1;
    /// Depth below which the arithmetic units are not kept busy.
    double short_depth = 0;
    /// Factors on the multiply-accumulates for strides of 2 and more (of more than four channels), and for
    /// output widths that are odd.
    double strided = 1;
    double odd_width = 1;
    /// Convolutions with fewer input channels are of class conv_other.
    std::int64_t least_channels = 0;
    /// Power while this kernel runs, above that of other kernels.
    Watts extra_power;
};

/// Parameters of every kernel class, by KernelClass.
using KernelSet = std::array<KernelParams, kKernelClasses>;

/// The equal kernels, one after the other, that a layer runs as.
struct LayerKernels {
    double count = 1;
    KernelClass kind = KernelClass::elementwise;
    /// What each of them computes.
    LayerWork work;
};
/// A convolution that is grouped but not depthwise runs as one small convolution after another, as frameworks
/// of the time ran it; one with fewer input channels than `set` asks for is of class conv_other. Nothing for
/// layers that run no kernel.
[[nodiscard]] std::optional<LayerKernels> layer_kernels(const LayerWork& layer, const KernelSet& set);

/// What all kernels of a GPU share.
struct KernelCommon {
    /// Output positions and filters of one tile of a dense convolution.
    std::int64_t tile_positions = 1;
    std::int64_t tile_filters = 1;
    /// Tiles that run at the same time.
    std::int64_t wave_tiles = 1;
    /// Exponent p that joins the two roofs.
    double roof_exponent = 4;
    /// Bytes of one element of a feature map or weight (FP32: 4).
    std::int64_t element_bytes = 4;
    Bytes cache;
};

/// What a kernel's time depends on besides parameters of its class that are fitted.
struct KernelFeatures {
    KernelClass kind = KernelClass::elementwise;
    /// Multiply-accumulates, and with whole waves of tiles.
    double macs = 0;
    double tiled_macs = 0;
    double depth = 0;
    /// Bytes read and written once, of which outputs (those beyond the cache) and weights.
    double bytes = 0;
    double output_bytes = 0;
    /// What a copy of the input moves beyond the cache: 0 where none is made.
    double copied_bytes = 0;
    double weight_bytes = 0;
    bool strided = false;
    bool odd_width = false;
};

/// What kernels share whose errors are one: class, window, output positions, and channels in and out to the
/// nearest power of two. A layer and the larger share of it mostly have one key.
[[nodiscard]] std::uint64_t kernel_key(const LayerWork& work, KernelClass kind);

/// L(b) = sqrt(b^2 + cache^2) - cache: what of a feature map's traffic reaches memory.
[[nodiscard]] double bytes_beyond_cache(Bytes bytes, Bytes cache);

/// Features of one kernel of class `kind` (see layer_kernels), with the tiles of `params`.
[[nodiscard]] KernelFeatures kernel_features(const LayerWork& work, KernelClass kind,
                                             const KernelParams& params, const KernelCommon& common);

/// Time of a kernel. @param compute_scale  clock over the clock at which the parameters were measured.
[[nodiscard]] Seconds kernel_time(const KernelFeatures& features, const KernelParams& params,
                                  double roof_exponent, double compute_scale);

}  // namespace cleave
