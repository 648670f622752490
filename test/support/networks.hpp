// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "support/random.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave::testing {

/// A square window with the same stride and padding on all sides.
[[nodiscard]] Window square(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0);
[[nodiscard]] Conv conv_op(std::int64_t filters, std::int64_t kernel, std::int64_t stride = 1,
                           std::int64_t pad = 0, std::int64_t groups = 1);

/// Layers one after another, for tests that name what they need: each reads the one before it unless told
/// otherwise.
class Chain {
public:
    /// Starts a network with its input "in" and a first module.
    explicit Chain(const Shape& input, const std::string& module = "m0");

    Chain& module(const std::string& name);
    Chain& then(const std::string& name, const Op& op);
    Chain& add(const std::string& name, const Op& op, const std::vector<std::string>& inputs);
    [[nodiscard]] const Shape& shape() const { return builder_.shape(last_); }
    /// @throws std::logic_error if the network has a fault.
    [[nodiscard]] Network build();

private:
    [[nodiscard]] LayerId find(const std::string& name) const;
    NetworkBuilder builder_;
    std::vector<std::string> names_;
    LayerId last_{};
};

/// The layer of that name, which must exist.
[[nodiscard]] LayerId find_layer(const Network& network, const std::string& name);

/// Three convolutions one after the other on 6 x 6 positions, 2 channels in.
struct ThreeConvs {
    Network network = Chain({2, 6, 6}, "m0")
                          .then("a", conv_op(4, 3, 1, 1))
                          .then("b", conv_op(4, 1))
                          .then("c", conv_op(4, 1))
                          .build();
    LayerId a = find_layer(network, "a");
    LayerId b = find_layer(network, "b");
    LayerId c = find_layer(network, "c");
};

/// A small network of random blocks: chains, residuals, parallel branches, slices and shuffles, depthwise and
/// grouped convolutions, pooling, strides; most blocks are modules of their own. Tiny feature maps.
/// @param outputs  several: besides the last layer's, any other's
enum class Outputs { one, several };
[[nodiscard]] Network random_network(Random& random, std::int64_t blocks, Outputs outputs = Outputs::one);

/// A convolution (grouped, strided, dilated, padded unevenly, or not) on a small input it accepts.
struct RandomConv {
    Shape input;
    Conv conv;
};
[[nodiscard]] RandomConv random_conv(Random& random);

}  // namespace cleave::testing
