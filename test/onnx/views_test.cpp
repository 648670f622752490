// SPDX-License-Identifier: Apache-2.0
#include "onnx/imported.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

// Channels last, and other orders and shapes of a feature map's elements.
using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;

namespace {

const ModelBuilder::Attributes kToFirst{{"perm", Dims{0, 3, 1, 2}}};
const ModelBuilder::Attributes kToLast{{"perm", Dims{0, 2, 3, 1}}};

/// "x" with channels last, convolved with channels first, and turned back: "last".
ModelBuilder turned_conv(const Dims& input, std::int64_t filters, std::int64_t opset = 13) {
    ModelBuilder b(input, opset);
    b.add("first", "Transpose", {"x"}, kToFirst);
    b.conv("conv", "first", {filters, input[3], 3, 3});
    b.add("last", "Transpose", {"conv"}, kToLast);
    return b;
}

}  // namespace

TEST_CASE("with channels last, a bias, activations and a residual sum stay layers of the map", "[onnx]") {
    ModelBuilder b = turned_conv({1, 6, 5, 3}, 4);
    b.add("biased", "Add", {"last", b.floats("bias", {4}, {1, 2, 3, 4})});
    b.add("relu", "Relu", {"biased"});
    b.add("again", "Transpose", {"relu"}, kToFirst);
    b.conv("second", "again", {4, 4, 3, 3});
    b.add("second_last", "Transpose", {"second"}, kToLast);
    b.add("sum", "Add", {"second_last", "relu"});
    b.add("gate", "Sigmoid", {"sum"});
    b.add("swish", "Mul", {"sum", "gate"});
    b.add("out", "Transpose", {"swish"}, kToFirst);
    const ImportedNetwork imported = import(b.build("out"));
    CHECK(operations(imported.network) == "conv relu conv add swish");
    CHECK(imported.network.output(LayerId{}) == Shape{3, 6, 5});
    CHECK(parameters_of(imported, "conv").bias == std::vector<float>{1, 2, 3, 4});
    CHECK(imported.warnings.size() == 1);
}

TEST_CASE("a bias with channels last that others read before is none", "[onnx]") {
    ModelBuilder b = turned_conv({1, 6, 5, 3}, 4);
    b.add("biased", "Add", {"last", b.floats("bias", {4}, {1, 2, 3, 4})});
    b.add("other", "Relu", {"conv"});
    b.add("turned", "Transpose", {"biased"}, kToFirst);
    b.add("sum", "Add", {"turned", "other"});
    const ImportedNetwork imported = import(b.build("sum"));
    CHECK(operations(imported.network) == "conv batch_norm relu add");
    CHECK_FALSE(op_of<Conv>(imported.network, "conv").bias);
    CHECK(parameters_of(imported, "batch_norm").shift == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("a number for each column is no number for each channel", "[onnx]") {
    // Five columns and five channels: with channels last, the numbers go along the columns here.
    ModelBuilder b = turned_conv({1, 4, 5, 3}, 5);
    b.add("sum", "Add", {"last", b.floats("numbers", {5, 1}, {1, 2, 3, 4, 5})});
    CHECK(operations(import(b.build("sum", {1, 4, 5, 5})).network) == "conv other other");
    // All alike, it is.
    ModelBuilder alike = turned_conv({1, 4, 5, 3}, 5);
    alike.add("sum", "Add", {"last", alike.floats("numbers", {5, 1}, {2, 2, 2, 2, 2})});
    alike.add("out", "Transpose", {"sum"}, kToFirst);
    CHECK(operations(import(alike.build("out")).network) == "conv");
}

TEST_CASE("weights of a fully connected layer on channels last are put in the map's order", "[onnx]") {
    // Of 2 channels, 1 row, 2 columns, element 2 w + c of the vector is element 2 c + w of the map.
    ModelBuilder b({1, 2, 1, 2});
    b.add("relu", "Relu", {"x"});
    b.add("last", "Transpose", {"relu"}, kToLast);
    b.add("flat", "Reshape", {"last", b.integers("to", {2}, {-1, 4})});
    b.add("fc", "Gemm", {"flat", b.floats("w", {2, 4}, {10, 11, 12, 13, 20, 21, 22, 23})},
          {{"transB", std::int64_t{1}}});
    const ImportedNetwork imported = import(b.build("fc"));
    CHECK(operations(imported.network) == "relu fc");
    CHECK(parameters_of(imported, "fc").weights == std::vector<float>{10, 12, 11, 13, 20, 22, 21, 23});
}

TEST_CASE("a product over channels that come last is a convolution of 1 x 1", "[onnx]") {
    ModelBuilder b({1, 2, 3, 2});
    b.add("relu", "Relu", {"x"});
    b.add("last", "Transpose", {"relu"}, kToLast);
    b.add("product", "MatMul", {"last", b.floats("w", {2, 3}, {1, 2, 3, 4, 5, 6})});
    b.add("biased", "Add", {"product", b.floats("bias", {3}, {7, 8, 9})});
    b.add("softmax", "Softmax", {"biased"}, {{"axis", std::int64_t{-1}}});
    b.add("out", "Transpose", {"softmax"}, kToFirst);
    const ImportedNetwork imported = import(b.build("out"));
    CHECK(operations(imported.network) == "relu conv softmax");
    CHECK(imported.network.output(imported.network.result()) == Shape{3, 3, 2});
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{1, 4, 2, 5, 3, 6});
    CHECK(parameters_of(imported, "conv").bias == std::vector<float>{7, 8, 9});
}

TEST_CASE("tokens of a map's positions are its positions", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4});
    b.conv("conv", "x", {6, 2, 3, 3});
    b.add("line", "Reshape", {"conv", b.integers("to", {3}, {1, 6, 16})});
    b.add("tokens", "Transpose", {"line"}, {{"perm", Dims{0, 2, 1}}});
    b.add("product", "MatMul", {"tokens", b.weights("w", {6, 8})});
    b.add("relu", "Relu", {"product"});
    b.add("back", "Transpose", {"relu"}, {{"perm", Dims{0, 2, 1}}});
    b.add("map", "Reshape", {"back", b.integers("from", {4}, {1, 8, 4, 4})});
    b.conv("last", "map", {3, 8, 1, 1});
    CHECK(import_operations(b, "last") == "conv conv relu conv");
}

TEST_CASE("means over rows and columns are pooling wherever these are", "[onnx]") {
    ModelBuilder b = turned_conv({1, 6, 5, 3}, 4);
    b.add("mean", "ReduceMean", {"last"}, {{"axes", Dims{1, 2}}});
    b.add("gate", "Sigmoid", {"mean"});
    b.add("scaled", "Mul", {"last", "gate"});
    b.add("out", "Transpose", {"scaled"}, kToFirst);
    CHECK(import_operations(b, "out") == "conv global_avg_pool sigmoid mul");
    // Over rows and channels it is something else.
    ModelBuilder other = turned_conv({1, 6, 5, 3}, 4);
    other.add("mean", "ReduceMean", {"last"}, {{"axes", Dims{1, 3}}});
    CHECK(operations(import(other.build("mean", {1, 1, 5, 1})).network) == "conv other other");
    ModelBuilder most({1, 4, 3, 3});
    most.add("most", "ReduceMax", {"x"}, {{"axes", Dims{2, 3}}, {"keepdims", std::int64_t{0}}});
    most.add("fc", "Gemm", {"most", most.weights("w", {4, 2})});
    CHECK(import_operations(most, "fc") == "max_pool fc");
}

TEST_CASE("channels that come last are joined and sliced like those that come first", "[onnx]") {
    ModelBuilder b = turned_conv({1, 6, 5, 3}, 4);
    b.add("parts", "Split", {"last"}, {{"axis", std::int64_t{3}}});
    b.last().outputs = {"low", "high"};
    b.add("joined", "Concat", {"high", "low", "last"}, {{"axis", std::int64_t{-1}}});
    b.add("some", "Slice",
          {"joined", b.integers("starts", {1}, {2}), b.integers("ends", {1}, {5}),
           b.integers("axes", {1}, {3})});
    b.add("out", "Transpose", {"some"}, kToFirst);
    const Network net = import(b.build("out")).network;
    CHECK(operations(net) == "conv slice slice concat slice");
    CHECK(op_of<Slice>(net, "slice", 1).first == 2);
    CHECK(op_of<Slice>(net, "slice", 2).first == 2);
    CHECK(op_of<Slice>(net, "slice", 2).count == 3);
}

TEST_CASE("padding of an image with channels last, and its normalisation, come before the transposition",
          "[onnx]") {
    ModelBuilder b({1, 6, 5, 3});
    b.add("less", "Sub", {"x", b.floats("mean", {3}, {1, 2, 3})});
    b.add("scaled", "Mul", {"less", b.floats("factor", {}, {2})});
    b.add("padded", "Pad", {"scaled", b.integers("pads", {8}, {0, 1, 2, 0, 0, 3, 0, 0})});
    b.add("first", "Transpose", {"padded"}, kToFirst);
    b.conv("conv", "first", {4, 3, 3, 3}, {{"pads", Dims{0, 0, 0, 0}}});
    const ImportedNetwork imported = import(b.build("conv"));
    CHECK(operations(imported.network) == "batch_norm batch_norm conv");
    CHECK(parameters_of(imported, "batch_norm").shift == std::vector<float>{-1, -2, -3});
    CHECK(op_of<Conv>(imported.network, "conv").window == Window{3, 3, 1, 1, 1, 1, 1, 2, 3, 0});
}

TEST_CASE("an input that something reads with channels first is not turned", "[onnx]") {
    ModelBuilder b({1, 4, 4, 4});
    b.add("first", "Transpose", {"x"}, kToFirst);
    b.conv("conv", "x", {4, 4, 3, 3});
    b.add("sum", "Add", {"conv", "first"});
    const ImportedNetwork imported = import(b.build("sum"));
    CHECK(operations(imported.network) == "conv other add");
}

TEST_CASE("what an input is reshaped to first is the network's input", "[onnx]") {
    ModelBuilder b({1, 64});
    b.add("map", "Reshape", {"x", b.integers("to", {4}, {-1, 1, 8, 8})});
    b.conv("conv", "map", {4, 1, 3, 3});
    const Network net = import(b.build("conv")).network;
    CHECK(operations(net) == "conv");
    CHECK(net.output(LayerId{}) == Shape{1, 8, 8});
    // Not where another layer reads it as it is.
    ModelBuilder two({1, 64});
    two.add("relu", "Relu", {"x"});
    two.add("map", "Reshape", {"relu", two.integers("to", {4}, {-1, 1, 8, 8})});
    two.conv("conv", "map", {4, 1, 3, 3});
    CHECK(import_operations(two, "conv") == "relu other conv");
}

TEST_CASE("nets of one dimension have a height of 1", "[onnx]") {
    ModelBuilder b({1, 3, 20});
    b.add("conv", "Conv", {"x", b.weights("w", {4, 3, 3})}, {{"pads", Dims{2, 1}}, {"dilations", Dims{2}}});
    b.batch_norm("norm", "conv", 4);
    b.add("pool", "MaxPool", {"norm"}, {{"kernel_shape", Dims{3}}, {"strides", Dims{2}}});
    b.add("mean", "GlobalAveragePool", {"pool"});
    b.add("flat", "Flatten", {"mean"});
    b.add("fc", "Gemm", {"flat", b.weights("m", {4, 2})});
    const Network net = import(b.build("fc")).network;
    CHECK(operations(net) == "conv batch_norm max_pool global_avg_pool flatten fc");
    CHECK(op_of<Conv>(net, "conv").window == Window{1, 3, 1, 1, 1, 2, 0, 2, 0, 1});
    CHECK(net.output(layer_id(3)) == Shape{4, 1, 9});
    // With channels last, as Keras has it.
    ModelBuilder last({1, 20, 3});
    last.add("first", "Transpose", {"x"}, {{"perm", Dims{0, 2, 1}}});
    last.add("conv", "Conv", {"first", last.weights("w", {4, 3, 3})});
    last.add("last", "Transpose", {"conv"}, {{"perm", Dims{0, 2, 1}}});
    last.add("flat", "Reshape", {"last", last.integers("to", {2}, {1, -1})});
    last.add("fc", "Gemm", {"flat", last.weights("m", {72, 2})});
    const Network turned = import(last.build("fc")).network;
    CHECK(operations(turned) == "conv fc");
    CHECK(turned.output(LayerId{}) == Shape{3, 1, 20});
}

TEST_CASE("of a batch, one inference is imported", "[onnx]") {
    ModelBuilder b({4, 2, 4, 4});
    b.conv("conv", "x", {3, 2, 3, 3});
    b.add("flat", "Reshape", {"conv", b.integers("to", {2}, {4, 48})});
    b.add("fc", "Gemm", {"flat", b.weights("m", {48, 2})});
    const ImportedNetwork imported = import(b.build("fc", {4, 2}));
    CHECK(operations(imported.network) == "conv flatten fc");
    CHECK(imported.network.output(LayerId{}) == Shape{2, 4, 4});
    CHECK(imported.warnings ==
          std::vector<std::string>{"input 'x' has batch 4: one inference with batch 1 is "
                                   "explored, as all of a batch are alike"});
}

TEST_CASE("images of other types are taken as numbers", "[onnx]") {
    ModelBuilder b({1, 3, 4, 4});
    b.model().inputs.front().type = OnnxType::uint8;
    b.add("cast", "Cast", {"x"}, {{"to", std::int64_t{1}}});
    b.add("less", "Sub", {"cast", b.floats("mean", {1, 3, 1, 1}, {1, 2, 3})});
    b.conv("conv", "less", {4, 3, 3, 3});
    const ImportedNetwork imported = import(b.build("conv"));
    CHECK(operations(imported.network) == "batch_norm conv");
    CHECK(imported.warnings ==
          std::vector<std::string>{
              "input 'x' is uint8: the network's input holds its numbers as they are, in float32"});
    // Arithmetic on integers is not that of numbers.
    ModelBuilder whole({1, 3, 4, 4});
    whole.model().inputs.front().type = OnnxType::uint8;
    whole.add("sum", "Add", {"x", "x"});
    whole.shape("sum", {1, 3, 4, 4});
    whole.add("cast", "Cast", {"sum"}, {{"to", std::int64_t{1}}});
    whole.conv("conv", "cast", {4, 3, 3, 3});
    CHECK(import_operations(whole, "conv") == "other conv");
}
