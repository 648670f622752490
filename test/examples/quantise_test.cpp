// SPDX-License-Identifier: Apache-2.0
// A convolution in 8 bits, number by number.
#include "cleave/deploy/quantise.hpp"

#include "cleave/deploy/execute.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

TEST_CASE("example: a layer in 8 bits, halves rounded to even", "[examples]") {
    // Two filters of one weight each, on a map of one channel and two positions.
    //
    // Weights 127/64 and 3.5/64: the larger is 127 * 2^-6, so weights count in 2^-6. 3.5 is a half: to
    // even, 4. Input: at most 7.9375 = 127 * 2^-4, so it counts in 2^-4. Bias 0 and 8.5/1024: counts in 2^-6
    // * 2^-4 = 2^-10. 8.5 is a half: to even, 8.
    LayerParameters parameters;
    parameters.weights = {127.0F / 64, 3.5F / 64};
    parameters.bias = {0.0F, 8.5F / 1024};
    const int input_exponent = fitting_exponent(7.9375);
    CHECK(input_exponent == -4);
    const FixedPoint formats = weight_formats(parameters, input_exponent);
    CHECK(formats.weights == -6);
    CHECK(formats.bias == -10);
    const LayerParameters whole = rounded(parameters, formats);
    CHECK(whole.weights == std::vector<float>{127.0F / 64, 4.0F / 64});
    CHECK(whole.bias == std::vector<float>{0.0F, 8.0F / 1024});

    // The three steps of the layer, from float32 to float32.
    Graph graph;
    const Shape in{1, 1, 2};
    const Shape out{2, 1, 2};
    graph.inputs = {graph.add_tensor("x", in)};
    const TensorId stored = graph.add_tensor("stored", in, TensorType::int8);
    const TensorId read = graph.add_tensor("read", in);
    const TensorId sums = graph.add_tensor("sums", out);
    graph.outputs = {graph.add_tensor("result", out, TensorType::int8)};
    graph.nodes = {{"quantize", Quantize{input_exponent, TensorType::int8}, {}, {}, graph.inputs, stored},
                   {"dequantize", Dequantize{input_exponent}, {}, {}, {stored}, read},
                   {"conv", Op(conv_op(2, 1)), whole, formats, {read}, sums},
                   {"limit", Quantize{-6, TensorType::int8}, {}, {}, {sums}, graph.outputs[0]}};

    // Input 2.03125 = 32.5 * 2^-4: to even, 32. Input 2.125 = 34 * 2^-4.
    // Sums in 2^-10, results in 2^-6, which are 16 of those:
    //   filter 0   127 * 32 = 4064, / 16 = 254     limited to 127     127 * 34 = 4318, / 16 = 269.9 likewise
    //   filter 1   4 * 32 + 8 = 136, / 16 = 8.5    to even, 8         4 * 34 + 8 = 144, / 16 = 9
    const std::vector<Values> values = execute_all(graph, {{2.03125, 2.125}});
    CHECK(values[index(stored)] == Values{32, 34});
    CHECK(values[index(sums)][2] == 136.0 / 1024);
    CHECK(values[index(graph.outputs[0])] == Values{127, 127, 8, 9});
}
