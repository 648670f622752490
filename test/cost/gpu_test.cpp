// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/gpu.hpp"

#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

constexpr std::size_t kGraph = 0;
constexpr std::size_t kHalf = 1;
constexpr std::size_t kFull = 0;
constexpr std::size_t kSlow = 1;

/// Smooth maximum of two roofs, in microseconds.
double join(double compute, double memory) {
    return std::pow(std::pow(compute, 4) + std::pow(memory, 4), 0.25);
}

double micro(const DeviceCost& cost) { return cost.time.value() * 1e6; }
double nano(const DeviceCost& cost) { return cost.energy.value() * 1e9; }

Approx near(double value) { return Approx(value).epsilon(1e-9); }

KernelParams& params(GpuModel& model, KernelClass kind) {
    return model.kernels[static_cast<std::size_t>(kind)];
}

// 3x3 on 4x6x6, 6 filters: K = 36, 7,776 MAC. Tiles of 16 positions and 4 filters: 36 -> 48 and 6 -> 8, so
// 48 * 8 * 36 = 13,824 MAC at 1 GMAC/s. Bytes: 4 (144 + 216 + 216) = 2,304 at 1 GB/s.
const Op kConv = conv_op(6, 3, 1, 1);
const Shape kInput{4, 6, 6};

}  // namespace

TEST_CASE("kernels fall into classes", "[cost][gpu]") {
    const auto kind = [](const Op& op) { return kernel_class(work(op, {{4, 8, 8}})); };
    CHECK(kind(conv_op(8, 1)) == KernelClass::conv_1x1);
    CHECK(kind(conv_op(8, 1, 2)) == KernelClass::conv_1x1);
    CHECK(kind(conv_op(8, 3, 1, 1)) == KernelClass::conv_3x3_s1);
    CHECK(kind(conv_op(8, 3, 2, 1)) == KernelClass::conv_other);
    CHECK(kind(conv_op(8, 5, 1, 2)) == KernelClass::conv_other);
    Conv dilated = conv_op(8, 3, 1, 2);
    dilated.window.dilation_h = dilated.window.dilation_w = 2;
    CHECK(kind(dilated) == KernelClass::conv_other);
    Conv flat = conv_op(8, 3, 1, 1);
    flat.window.kernel_h = 1;
    CHECK(kind(flat) == KernelClass::conv_other);
    CHECK(kind(conv_op(8, 3, 1, 1, 2)) == KernelClass::conv_3x3_s1);
    CHECK(kind(conv_op(4, 3, 1, 1, 4)) == KernelClass::depthwise);
    CHECK(kind(conv_op(8, 3, 2, 1, 4)) == KernelClass::depthwise);
    CHECK(kind(conv_op(4, 5, 1, 2, 4)) == KernelClass::depthwise_large);
    CHECK(kind(FullyConnected{5, true}) == KernelClass::fully_connected);
    CHECK(kind(Pool{PoolKind::average, square(2, 2), false}) == KernelClass::pool);
    CHECK(kind(Pool{PoolKind::max, square(3, 1, 1), false}) == KernelClass::pool_s1);
    CHECK(kind(Pool{PoolKind::average, square(8, 1), false}) == KernelClass::pool);
    CHECK(kind(GlobalAveragePool{}) == KernelClass::pool);
    CHECK(kind(BatchNorm{}) == KernelClass::elementwise);
    CHECK(kind(Activation{}) == KernelClass::elementwise);
    CHECK(kind(Shuffle{2}) == KernelClass::elementwise);
    CHECK(kind(Softmax{}) == KernelClass::elementwise);
    CHECK(kind(Other{"Resize", {1, 8, 8}}) == KernelClass::elementwise);
    CHECK(kind(Lrn{}) == KernelClass::elementwise);
    CHECK(kind(Dropout{}) == std::nullopt);
    CHECK(kind(Flatten{}) == std::nullopt);
    CHECK(kernel_class(work(Add{}, {{4, 8, 8}, {4, 8, 8}})) == KernelClass::elementwise);
    CHECK(name_of(KernelClass::conv_3x3_s1) == "conv_3x3_s1");
}

TEST_CASE("a dense convolution takes overhead, depth and the joined roofs", "[cost][gpu]") {
    const Gpu gpu(make_gpu_model(), kGraph, kFull);
    const DeviceCost cost = gpu.layer(work(kConv, {kInput}));
    const double time = 10 + 0.01 * 36 + join(13.824, 2.304);
    CHECK(micro(cost) == near(time));
    // 4 W while it runs, 0.02 nJ a MAC (not rounded to tiles), 0.25 nJ a byte.
    CHECK(nano(cost) == near(4000 * time + 0.02 * 7776 + 0.25 * 2304));
    CHECK(gpu.bytes(10).value() == 40);
    CHECK(gpu.idle_power().value() == 0.5);
}

TEST_CASE("tiles come in whole waves", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    model.wave_tiles = 4;
    // 3 * 2 tiles in 2 waves of 4: 8 * 64 * 36 = 18,432 MAC.
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(kConv, {kInput}))) ==
          near(10 + 0.36 + join(18.432, 2.304)));
    // Four filters, half the tiles, in one wave: half the arithmetic time.
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(conv_op(4, 3, 1, 1), {kInput}))) ==
          near(10 + 0.36 + join(9.216, 4 * (144 + 144 + 144) * 1e-3)));
}

TEST_CASE("the larger roof wins", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    params(model, KernelClass::conv_3x3_s1).memory = BytesPerSecond(1e6);
    // 2.304 ms against 13.8 us: compute adds less than 1e-9.
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(kConv, {kInput}))) == near(10 + 0.36 + 2304));
}

TEST_CASE("other kernels have no tiles", "[cost][gpu]") {
    const Gpu gpu(make_gpu_model(), kGraph, kFull);
    // Depthwise: K = 9, 4 * 9 * 36 = 1,296 MAC at 0.5 GMAC/s; 4 (144 + 144 + 36) bytes.
    CHECK(micro(gpu.layer(work(conv_op(4, 3, 1, 1, 4), {kInput}))) == near(10 + 0.09 + join(2.592, 1.296)));
    // One channel of it, which a split may leave: 324 MAC; 4 (36 + 36 + 9) bytes.
    CHECK(micro(gpu.layer(work(conv_op(1, 3, 1, 1, 1), {{1, 6, 6}}))) ==
          near(10 + 0.09 + join(0.648, 0.324)));
    // Fully connected: K = 144, 720 MAC; 4 (144 + 5 + 720) bytes.
    CHECK(micro(gpu.layer(work(FullyConnected{5, true}, {kInput}))) == near(10 + 1.44 + join(0.72, 3.476)));
    // Pooling: 4 (144 + 36) bytes, half the overhead.
    CHECK(micro(gpu.layer(work(Pool{PoolKind::max, square(2, 2), false}, {kInput}))) == near(5 + 0.72));
    CHECK(nano(gpu.layer(work(Pool{PoolKind::max, square(2, 2), false}, {kInput}))) ==
          near(4000 * 5.72 + 0.25 * 720));
}

TEST_CASE("a grouped convolution runs group by group", "[cost][gpu]") {
    const Gpu gpu(make_gpu_model(), kGraph, kFull);
    const DeviceCost grouped = gpu.layer(work(conv_op(6, 3, 1, 1, 2), {kInput}));
    const DeviceCost one = gpu.layer(work(conv_op(3, 3, 1, 1), {{2, 6, 6}}));
    CHECK(grouped.time.value() == near(2 * one.time.value()));
    CHECK(grouped.energy.value() == near(2 * one.energy.value()));
}

TEST_CASE("a layer runs as equal kernels", "[cost][gpu]") {
    KernelSet set{};
    set[static_cast<std::size_t>(KernelClass::conv_3x3_s1)].least_channels = 4;
    const auto dense = layer_kernels(work(conv_op(8, 3, 1, 1), {{4, 8, 8}}), set);
    CHECK(dense->count == 1);
    CHECK(dense->kind == KernelClass::conv_3x3_s1);
    // Two convolutions of two channels each, too few for their class.
    const auto grouped = layer_kernels(work(conv_op(8, 3, 1, 1, 2), {{4, 8, 8}}), set);
    CHECK(grouped->count == 2);
    CHECK(grouped->kind == KernelClass::conv_other);
    CHECK(grouped->work.output == Shape{4, 8, 8});
    const auto depthwise = layer_kernels(work(conv_op(4, 3, 1, 1, 4), {{4, 8, 8}}), set);
    CHECK(depthwise->count == 1);
    CHECK(depthwise->kind == KernelClass::depthwise);
    CHECK_FALSE(layer_kernels(work(Dropout{}, {{4, 8, 8}}), set).has_value());
}

TEST_CASE("element-wise layers cost where they are operations of their own", "[cost][gpu]") {
    PlatformOptions options;
    const Gpu merged(make_gpu_model(options), kGraph, kFull);
    options.separate_elementwise = true;
    options.host_overhead = 30;
    const Gpu separate(make_gpu_model(options), kGraph, kFull);
    for (const Op& op : {Op(BatchNorm{}), Op(Activation{}), Op(Softmax{}), Op(Lrn{})}) {
        CAPTURE(op_name(op));
        CHECK(merged.layer(work(op, {kInput})).time.value() == 0);
        CHECK(merged.layer(work(op, {kInput})).energy.value() == 0);
        CHECK(micro(separate.layer(work(op, {kInput}))) == near(30));
    }
    CHECK(merged.layer(work(Add{}, {kInput, kInput})).time.value() == 0);
    CHECK(micro(separate.layer(work(Add{}, {kInput, kInput}))) == near(30));
    for (const Gpu* gpu : {&merged, &separate}) {
        CHECK(gpu->layer(work(Dropout{}, {kInput})).time.value() == 0);
        CHECK(gpu->layer(work(Flatten{}, {kInput})).time.value() == 0);
    }
}

TEST_CASE("an unknown operation costs the bytes that it moves, in every profile", "[cost][gpu]") {
    PlatformOptions options;
    const Gpu merged(make_gpu_model(options), kGraph, kFull);
    const LayerWork resize = work(Other{"Resize", {4, 12, 12}}, {kInput});
    // 5 us and 4 (144 + 576) bytes at 1 GB/s: the cost of adding constants to a map, where that is a kernel.
    CHECK(micro(merged.layer(resize)) == near(5 + 2.88));
}

TEST_CASE("maps that stay in the cache cost an element-wise kernel less", "[cost][gpu]") {
    PlatformOptions options;
    options.separate_elementwise = true;
    GpuModel model = make_gpu_model(options);
    model.cache = Bytes(1536);
    // 4 (144 + 144) = 1,152 bytes; sqrt(1152^2 + 1536^2) = 1,920.
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(BatchNorm{}, {kInput}))) == near(5 + 0.384));
}

TEST_CASE("a profile scales kernels and hides them behind the host", "[cost][gpu]") {
    PlatformOptions options;
    const double time = 10 + 0.36 + join(13.824, 2.304);
    const DeviceCost half = Gpu(make_gpu_model(options), kHalf, kFull).layer(work(kConv, {kInput}));
    CHECK(micro(half) == near(time / 2));
    CHECK(nano(half) == near(4000 * time / 2 + 0.02 * 7776 + 0.25 * 2304));
    options.host_overhead = 40;
    const DeviceCost waiting = Gpu(make_gpu_model(options), kHalf, kFull).layer(work(kConv, {kInput}));
    CHECK(micro(waiting) == near(40));
    // While the GPU waits for the host it draws idle power only, which is not counted here.
    CHECK(nano(waiting) == near(nano(half)));
}

TEST_CASE("a power mode scales compute, host and active power", "[cost][gpu]") {
    PlatformOptions options;
    const Gpu slow(make_gpu_model(options), kGraph, kSlow);
    const double time = 10 + 2 * 0.36 + join(2 * 13.824, 2.304);
    const DeviceCost cost = slow.layer(work(kConv, {kInput}));
    CHECK(micro(cost) == near(time));
    CHECK(nano(cost) == near(2000 * time + 0.02 * 7776 + 0.25 * 2304));
    options.host_overhead = 40;
    CHECK(micro(Gpu(make_gpu_model(options), kGraph, kSlow).layer(work(kConv, {kInput}))) == near(160));
    CHECK(slow.mode().name == "slow");
    CHECK(slow.profile().name == "graph");
}

TEST_CASE("kernels that a split adds are issued by the runtime", "[cost][gpu]") {
    PlatformOptions options;
    options.host_overhead = 100;
    for (const std::size_t profile : {kGraph, kHalf}) {
        const Gpu gpu(make_gpu_model(options), profile, kFull);
        const DeviceCost cost = gpu.extra_kernel(Bytes(3000), Bytes(1000));
        CHECK(micro(cost) == near(5 + 4));
        CHECK(nano(cost) == near(4000 * 9 + 0.25 * 4000));
    }
}

TEST_CASE("what a class adds to the formula", "[cost][gpu]") {
    const LayerWork layer = work(kConv, {kInput});
    const auto time_with = [&](const auto& change, const LayerWork& what) {
        GpuModel model = make_gpu_model();
        change(params(model, *kernel_class(what)));
        return micro(Gpu(model, kGraph, kFull).layer(what));
    };
    const double plain = 10 + 0.36 + join(13.824, 2.304);
    // Two more passes over the output of 4 * 216 bytes, three over the weights of as many.
    CHECK(time_with([](KernelParams& p) { p.output_passes = 2; }, layer) == near(plain + 2 * 0.864));
    CHECK(time_with([](KernelParams& p) { p.weight_passes = 3; }, layer) == near(plain + 3 * 0.864));
    CHECK(time_with([](KernelParams& p) { p.short_depth = 18; }, layer) ==
          near(10 + 0.36 + join(1.5 * 13.824, 2.304)));
    // An even width and no stride: no factor.
    CHECK(time_with([](KernelParams& p) { p.odd_width = p.strided = 7; }, layer) == near(plain));
    const LayerWork odd = work(kConv, {{4, 6, 7}});
    // 42 -> 48 positions; 4 (168 + 252 + 216) bytes.
    CHECK(time_with([](KernelParams& p) { p.odd_width = 2; }, odd) ==
          near(10 + 0.36 + join(2 * 13.824, 2.544)));
}

TEST_CASE("tuned kernels draw what others of their class do", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    model.tuned = model.kernels;
    model.profiles[kHalf].kernels = ExecutionProfile::Kernels::tuned;
    const LayerWork depthwise = work(conv_op(4, 3, 1, 1, 4), {kInput});
    const DeviceCost before = Gpu(model, kHalf, kFull).layer(depthwise);
    params(model, KernelClass::depthwise).extra_power = Watts(3);
    const DeviceCost after = Gpu(model, kHalf, kFull).layer(depthwise);
    CHECK(after.time == before.time);
    CHECK(nano(after) - nano(before) == near(3000 * micro(after)));
}

TEST_CASE("inputs are copied for padded windows that move by more than one position", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    for (KernelParams& kernel : model.kernels) {
        kernel.input_copies = 1;
    }
    const auto copy = [&](const Op& op) {
        const LayerWork layer = work(op, {kInput});
        return micro(Gpu(model, kGraph, kFull).layer(layer)) -
               micro(Gpu(make_gpu_model(), kGraph, kFull).layer(layer));
    };
    // 4 * 144 bytes, read and written.
    CHECK(copy(conv_op(6, 3, 2, 1)) == near(1.152));
    CHECK(copy(conv_op(4, 3, 2, 1, 4)) == near(1.152));
    CHECK(copy(Pool{PoolKind::max, square(3, 2, 1), false}) == near(1.152));
    CHECK(copy(GlobalAveragePool{}) == near(1.152));
    // Nothing is padded, or nothing is left out.
    CHECK(copy(conv_op(6, 3, 2, 0)) == 0);
    CHECK(copy(Pool{PoolKind::max, square(2, 2), false}) == 0);
    CHECK(copy(conv_op(6, 1, 2)) == 0);
    CHECK(copy(kConv) == 0);
    CHECK(copy(Pool{PoolKind::max, square(3, 1, 1), false}) == 0);
    model.profiles[kGraph].input_copies = 0;
    CHECK(copy(conv_op(6, 3, 2, 1)) == 0);
}

TEST_CASE("a convolution steps through its channels", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    for (KernelParams& kernel : model.kernels) {
        kernel.tile_channels = 3;
    }
    // Four channels in two steps of three; a depthwise one has no steps.
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(kConv, {kInput}))) ==
          near(10 + 0.36 + join(1.5 * 13.824, 2.304)));
    CHECK(micro(Gpu(model, kGraph, kFull).layer(work(conv_op(4, 3, 1, 1, 4), {kInput}))) ==
          near(10 + 0.09 + join(2.592, 1.296)));
}

TEST_CASE("a slice reads what it keeps", "[cost][gpu]") {
    // 4 (36 + 36) bytes.
    CHECK(micro(Gpu(make_gpu_model(), kGraph, kFull).layer(work(Slice{0, 1}, {kInput}))) == near(5 + 0.288));
}

TEST_CASE("a drawn model has each kernel off by a factor of its own", "[cost][gpu]") {
    GpuModel model = make_gpu_model();
    model.spread.kernel = 0.2;
    const LayerWork layer = work(kConv, {kInput});
    const double plain = micro(Gpu(model, kGraph, kFull).layer(layer));
    double sum = 0;
    double squares = 0;
    constexpr int kSeeds = 400;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        model.kernel_errors = seed;
        const Gpu gpu(model, kGraph, kFull);
        const double off = std::log(micro(gpu.layer(layer)) / plain);
        CHECK(off == std::log(micro(Gpu(model, kGraph, kFull).layer(layer)) / plain));
        CHECK(off != std::log(micro(gpu.layer(work(kConv, {{4, 6, 7}}))) / plain));
        sum += off;
        squares += off * off;
    }
    CHECK(sum / kSeeds == Approx(0).margin(0.03));
    CHECK(std::sqrt(squares / kSeeds) == Approx(0.2).epsilon(0.15));
    // All but one channel of a layer are off like the layer, a quarter of them by themselves.
    const LayerWork dense = work(conv_op(64, 3, 1, 1), {{32, 14, 14}});
    const auto key = [](const LayerWork& w) { return kernel_key(w, *kernel_class(w)); };
    CHECK(key(slice_filters(dense, 63)) == key(dense));
    CHECK(key(slice_filters(dense, 16)) != key(dense));
    CHECK(key(slice_channels(dense, 8)) != key(dense));
}

TEST_CASE("figures that kernels share are scaled together", "[cost][gpu]") {
    const GpuModel model = make_gpu_model();
    KernelSet set = model.kernels;
    using enum KernelFigure;
    scale_figures(set, {overhead, pool_overhead, memory, compute_1x1, strided}, {2, 3, 5, 7, 0.5});
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const auto kind = static_cast<KernelClass>(i);
        CAPTURE(name_of(kind));
        const KernelParams& was = model.kernels[i];
        CHECK(set[i].overhead.value() == Approx(was.overhead.value() * (kind == KernelClass::pool ? 3 : 2)));
        CHECK(set[i].memory.value() == Approx(5 * was.memory.value()));
        CHECK(set[i].compute.has_value() == was.compute.has_value());
        if (was.compute) {
            const double factor = kind == KernelClass::conv_1x1 ? 7 : 1;
            CHECK(set[i].compute->value() == Approx(factor * was.compute->value()));
        }
        CHECK(set[i].strided == 1);
    }
    // Without an overhead of their own pools have that of all others.
    KernelSet other = model.kernels;
    scale_figures(other, {overhead}, {2});
    CHECK(other[static_cast<std::size_t>(KernelClass::pool)].overhead.value() ==
          Approx(2 * model.kernels[static_cast<std::size_t>(KernelClass::pool)].overhead.value()));
}

TEST_CASE("profiles and modes that do not exist are refused", "[cost][gpu]") {
    CHECK_THROWS_AS(Gpu(make_gpu_model(), 2, 0), std::invalid_argument);
    CHECK_THROWS_AS(Gpu(make_gpu_model(), 0, 2), std::invalid_argument);
    GpuModel model = make_gpu_model();
    model.reference_mode = 2;
    CHECK_THROWS_AS(Gpu(model, 0, 0), std::invalid_argument);
}

TEST_CASE("a strided 1x1 convolution reads only the positions that it computes", "[cost][gpu]") {
    // 4x7x9 at a stride of 2 is computed at 4 x 5 positions.
    const auto bytes = [](const Conv& conv) {
        const LayerWork what = work(conv, {{4, 7, 9}});
        return kernel_features(what, *kernel_class(what), KernelParams{}, KernelCommon{}).bytes;
    };
    CHECK(bytes(conv_op(6, 1, 2)) == 4.0 * (4 * 20 + 6 * 20 + 4 * 6));
    CHECK(bytes(conv_op(4, 1, 2, 0, 4)) == 4.0 * (4 * 20 + 4 * 20 + 4));
    CHECK(bytes(conv_op(6, 1)) == 4.0 * (4 * 63 + 6 * 63 + 4 * 6));
    CHECK(bytes(conv_op(6, 3, 2, 1)) == 4.0 * (4 * 63 + 6 * 20 + 4 * 6 * 9));
}

TEST_CASE("an operation without a model takes the time of its multiply-accumulates, if it has any",
          "[cost]") {
    const Shape in{64, 64, 64};
    const Shape out{32, 128, 128};
    const LayerWork moves{Other{"Resize", out}, {in}, out};
    CHECK(kernel_class(moves) == KernelClass::elementwise);
    // A transposed convolution: 64 x 32 filters of 4 x 4 at 64 x 64 positions.
    const LayerWork up{Other{"ConvTranspose", out, 134'217'728, 32'768}, {in}, out};
    CHECK(kernel_class(up) == KernelClass::conv_other);
    CHECK(up.macs() == 134'217'728);
    CHECK(up.weights() == 32'768);
    const KernelFeatures f = kernel_features(up, KernelClass::conv_other, KernelParams{}, KernelCommon{});
    CHECK(f.macs == 134'217'728.0);
    // Products that an output value is the sum of.
    CHECK(f.depth == 256);
    CHECK(f.weight_bytes == 4 * 32'768.0);
}
