// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"
#include "support/random.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cleave::testing {

/// Builds ONNX models node by node. Values are named by the node that computes them.
class ModelBuilder {
public:
    using Dims = std::vector<std::int64_t>;
    using Attributes = std::map<std::string, OnnxAttribute>;

    /// A model with the input "x".
    explicit ModelBuilder(Dims input, std::int64_t opset = 13);

    /// Adds a node that computes the value `output`; @return `output`.
    std::string add(const std::string& output, const std::string& op, std::vector<std::string> inputs,
                    Attributes attributes = {});
    /// The node that was added last.
    [[nodiscard]] OnnxNode& last() { return model_.nodes.back(); }
    /// A constant of small random numbers; @return its name.
    std::string weights(const std::string& name, Dims dims);
    std::string floats(const std::string& name, Dims dims, std::vector<float> numbers);
    std::string integers(const std::string& name, Dims dims, std::vector<std::int64_t> numbers);
    /// A convolution with "same" padding and the weights "NAME.weight".
    std::string conv(const std::string& output, const std::string& input, Dims weight_dims,
                     Attributes attributes = {});
    /// Batch norm with random numbers.
    std::string batch_norm(const std::string& output, const std::string& input, std::int64_t channels);
    /// What shape inference would say of a value inside the model.
    void shape(const std::string& value, Dims dims);
    [[nodiscard]] OnnxModel& model() { return model_; }
    /// The model with one output.
    [[nodiscard]] OnnxModel build(const std::string& output, Dims dims = {});

private:
    OnnxModel model_;
    Random random_{7};
};

/// Small models by name: the blocks of well-known networks, and one with most operators.
[[nodiscard]] std::map<std::string, OnnxModel> example_models();

/// A dense block: each of three convolutions reads all feature maps before it.
[[nodiscard]] OnnxModel dense_block();
/// Two Inception modules behind a stem.
[[nodiscard]] OnnxModel inception_blocks();
/// An inverted residual with squeeze-and-excite and hard swish in parts, as PyTorch exports MobileNetV3.
[[nodiscard]] OnnxModel squeeze_excite();
/// A ShuffleNetV2 unit whose shuffle asks for shapes, with a batch of any size.
[[nodiscard]] OnnxModel dynamic_shuffle();
/// A residual network whose batch norms are folded into its convolutions.
[[nodiscard]] OnnxModel folded_residual();
/// A chain of most operators that have a layer.
[[nodiscard]] OnnxModel many_operators();
/// A net with channels last, as TensorFlow has them.
[[nodiscard]] OnnxModel channels_last();
/// Quantised operators, and integers with a scale behind.
[[nodiscard]] OnnxModel quantised();
/// Operators without a cost model.
[[nodiscard]] OnnxModel unknown_operators();

}  // namespace cleave::testing
