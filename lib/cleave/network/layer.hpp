// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// Most channels, filters, features, rows or columns of a layer, and the largest extent of a window, step or
/// padding: products of some of them stay far below 2^63.
inline constexpr std::int64_t kLargestExtent = std::int64_t{1} << 20;

/// Index of a layer in Network::layers. The output feature map of a layer is named by the layer.
enum class LayerId : std::uint32_t {};
/// Index of a module in Network::modules.
enum class ModuleId : std::uint32_t {};

[[nodiscard]] constexpr std::size_t index(LayerId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t index(ModuleId id) { return static_cast<std::size_t>(id); }

[[nodiscard]] constexpr LayerId layer_id(std::size_t i) { return static_cast<LayerId>(i); }
[[nodiscard]] constexpr ModuleId module_id(std::size_t i) { return static_cast<ModuleId>(i); }

/// Shape of one feature map (batch 1): C x H x W.
struct Shape {
    std::int64_t channels = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;

    [[nodiscard]] std::int64_t positions() const { return height * width; }
    [[nodiscard]] std::int64_t elements() const { return channels * height * width; }
    friend bool operator==(const Shape&, const Shape&) = default;
};

/// Sliding window of a convolution or pooling layer; padding on each side of the input feature map.
struct Window {
    std::int64_t kernel_h = 1;
    std::int64_t kernel_w = 1;
    std::int64_t stride_h = 1;
    std::int64_t stride_w = 1;
    std::int64_t dilation_h = 1;
    std::int64_t dilation_w = 1;
    std::int64_t pad_top = 0;
    std::int64_t pad_left = 0;
    std::int64_t pad_bottom = 0;
    std::int64_t pad_right = 0;

    [[nodiscard]] std::int64_t taps() const { return kernel_h * kernel_w; }
    /// Rows or columns of input that one output position spans.
    [[nodiscard]] std::int64_t extent_h() const { return (kernel_h - 1) * dilation_h + 1; }
    [[nodiscard]] std::int64_t extent_w() const { return (kernel_w - 1) * dilation_w + 1; }
    friend bool operator==(const Window&, const Window&) = default;
};

/// An input feature map of the network. Inputs come before all other layers, and only they read nothing.
struct Input {
    Shape shape;
};

/// Convolution with N = filters output channels. groups == C_I == filters is a depthwise convolution.
struct Conv {
    Window window;
    std::int64_t filters = 0;
    std::int64_t groups = 1;
    bool bias = true;
};

/// Fully connected layer on the flattened input feature map.
struct FullyConnected {
    std::int64_t features = 0;
    bool bias = true;
};

enum class PoolKind { max, average };

struct Pool {
    PoolKind kind = PoolKind::max;
    Window window;
    /// Round the output size up instead of down (a window that starts in the padding is dropped, as in
    /// PyTorch).
    bool ceil = false;
    /// An average divides by all taps of the window, not only by those that lie on the feature map.
    bool count_pad = false;
};

struct GlobalAveragePool {};
struct BatchNorm {};

enum class ActivationKind { relu, relu6, leaky_relu, prelu, sigmoid, hard_sigmoid, hard_swish, swish, tanh };
[[nodiscard]] constexpr auto names_of(ActivationKind) {
    using enum ActivationKind;
    return std::to_array<Named<ActivationKind>>({{relu, "relu"},
                                                 {relu6, "relu6"},
                                                 {leaky_relu, "leaky_relu"},
                                                 {prelu, "prelu"},
                                                 {sigmoid, "sigmoid"},
                                                 {hard_sigmoid, "hard_sigmoid"},
                                                 {hard_swish, "hard_swish"},
                                                 {swish, "swish"},
                                                 {tanh, "tanh"}});
}
static_assert(all_named<ActivationKind>());

/// relu: max(x, 0). relu6: min(max(x, 0), 6). leaky_relu: x < 0 ? alpha x : x. prelu: the same with an alpha
/// for each channel. sigmoid: 1 / (1 + e^-x). hard_sigmoid: min(max(alpha x + beta, 0), 1). hard_swish: x
/// times the hard sigmoid. swish: x times the sigmoid.
struct Activation {
    ActivationKind kind = ActivationKind::relu;
    /// Absent: the usual constants (alpha_of, beta_of). Other kinds have none.
    std::optional<double> alpha = {};
    std::optional<double> beta = {};
};

/// 0.01 of leaky_relu, 1/6 of hard_sigmoid and hard_swish.
[[nodiscard]] constexpr double alpha_of(const Activation& activation) {
    return activation.alpha.value_or(activation.kind == ActivationKind::leaky_relu ? 0.01 : 1.0 / 6);
}
/// 0.5 of hard_sigmoid and hard_swish.
[[nodiscard]] constexpr double beta_of(const Activation& activation) { return activation.beta.value_or(0.5); }

struct Dropout {};
struct Add {};
struct Mul {};
/// Joins its inputs along the channels, in order.
struct Concat {};

/// Channels [first, first + count) of the input; a channel split is several slices of one input.
struct Slice {
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// Channel shuffle: channel c = i * (C / groups) + j moves to j * groups + i.
struct Shuffle {
    std::int64_t groups = 1;
};

struct Flatten {};
/// Over the channels.
struct Softmax {};

/// Local response normalisation over `size` neighbouring channels:
/// y = x / (k + alpha / size * sum of their squares)^beta.
struct Lrn {
    std::int64_t size = 5;
    double alpha = 1e-4;
    double beta = 0.75;
    double k = 1;
};

/// Most multiply-accumulates that an operation without a model may state, and most weights.
inline constexpr std::int64_t kMostOtherMacs = std::int64_t{1} << 50;
inline constexpr std::int64_t kMostOtherWeights = std::int64_t{1} << 32;

/// An operation that no cost model knows: it stays on the GPU, costed by the bytes it moves, and by its
/// multiply-accumulates where it has some.
struct Other {
    /// The operator's name where it was imported from.
    std::string type;
    Shape output;
    std::int64_t macs = 0;
    /// Trained numbers that it reads.
    std::int64_t weights = 0;
};

/// What a layer does. Closed: a new alternative does not compile until every visitor handles it.
using Op = std::variant<Input, Conv, FullyConnected, Pool, GlobalAveragePool, BatchNorm, Activation, Dropout,
                        Add, Mul, Concat, Slice, Shuffle, Flatten, Softmax, Lrn, Other>;

/// One layer as written: its operation and the layers whose output feature maps it reads, in order.
struct Layer {
    /// Full name, "module/layer"; unique in the network.
    std::string name;
    Op op;
    std::vector<LayerId> inputs;
    ModuleId module{};
};

/// The format's word for an operation: conv, depthwise (groups == filters > 1), fc, max_pool, avg_pool,
/// global_avg_pool, batch_norm, relu, ..., input.
[[nodiscard]] std::string op_name(const Op& op);
/// True for activations that only limit the range of their input: an output stage does that without hardware
/// of its own.
[[nodiscard]] constexpr bool clamps_only(ActivationKind kind) {
    return kind == ActivationKind::relu || kind == ActivationKind::relu6;
}

/// Visitor made of lambdas; with no generic fallback, std::visit checks that every alternative is handled.
template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace cleave
