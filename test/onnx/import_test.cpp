// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/import.hpp"

#include "onnx/imported.hpp"
#include "support/networks.hpp"
#include "support/onnx_models.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;

TEST_CASE("a chain of operators becomes layers with the sizes that ONNX defines", "[onnx]") {
    const Network net = import(many_operators()).network;
    CHECK(operations(net) ==
          "conv leaky_relu lrn conv prelu max_pool avg_pool swish batch_norm slice hard_sigmoid tanh relu "
          "max_pool flatten dropout fc softmax");
    // SAME_UPPER of 13 x 11 at stride 2: 7 x 6, for which (7-1)*2+3-13 = 2 rows and as many columns are
    // added.
    CHECK(op_of<Conv>(net, "conv").window == Window{3, 3, 2, 2, 1, 1, 1, 1, 1, 1});
    CHECK(op_of<Activation>(net, "leaky_relu").alpha == 0.2);
    const Lrn lrn = op_of<Lrn>(net, "lrn");
    CHECK((lrn.size == 3 && lrn.alpha == 0.0002 && lrn.beta == 0.75 && lrn.k == 2));
    // The convolution's own padding of 1 and that of the Pad node before it.
    const Conv grouped = op_of<Conv>(net, "conv", 1);
    CHECK(grouped.window == Window{3, 3, 1, 1, 1, 2, 2, 1, 3, 2});
    CHECK(grouped.groups == 2);
    CHECK_FALSE(grouped.bias);
    CHECK(net.output(find_layer(net, "grouped/conv.prelu")) == Shape{8, 10, 5});
    const Pool max = op_of<Pool>(net, "max_pool");
    CHECK(max.ceil);
    const Pool average = op_of<Pool>(net, "avg_pool");
    CHECK(average.count_pad);
    CHECK(average.window == Window{3, 3, 1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(op_of<Slice>(net, "slice").first == 2);
    CHECK(op_of<Slice>(net, "slice").count == 4);
    CHECK(op_of<Activation>(net, "hard_sigmoid").alpha == 0.2);
    CHECK_FALSE(op_of<Activation>(net, "hard_sigmoid").beta);
    CHECK(op_of<Pool>(net, "max_pool", 1).window == Window{5, 3});
    CHECK(net.output(net.result()) == Shape{6, 1, 1});
}

TEST_CASE("weights become the layers' parameters", "[onnx]") {
    ModelBuilder b({1, 2, 1, 1});
    b.add("conv", "Conv", {"x", b.floats("w", {2, 2, 1, 1}, {1, 2, 3, 4}), b.floats("b", {2}, {5, 6})});
    b.add("norm", "BatchNormalization",
          {"conv", b.floats("scale", {2}, {1, 2}), b.floats("shift", {2}, {3, 4}),
           b.floats("mean", {2}, {5, 6}), b.floats("variance", {2}, {7, 8})},
          {{"epsilon", 0.001}});
    b.add("prelu", "PRelu", {"norm", b.floats("slope", {1}, {0.25F})});
    b.add("flat", "Flatten", {"prelu"});
    // Gemm without transB: K x N, alpha and beta scale.
    b.add("fc", "Gemm", {"flat", b.floats("m", {2, 3}, {1, 2, 3, 4, 5, 6}), b.floats("c", {}, {2})},
          {{"alpha", 2.0}, {"beta", 0.5}});
    const ImportedNetwork imported = import(b.build("fc"));
    CHECK(operations(imported.network) == "conv batch_norm prelu flatten fc");
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{1, 2, 3, 4});
    CHECK(parameters_of(imported, "conv").bias == std::vector<float>{5, 6});
    const LayerParameters& norm = parameters_of(imported, "batch_norm");
    CHECK(norm.scale == std::vector<float>{1, 2});
    CHECK(norm.shift == std::vector<float>{3, 4});
    CHECK(norm.mean == std::vector<float>{5, 6});
    CHECK(norm.variance == std::vector<float>{7, 8});
    CHECK(norm.epsilon == 0.001);
    CHECK(parameters_of(imported, "prelu").weights == std::vector<float>{0.25F, 0.25F});
    CHECK(parameters_of(imported, "fc").weights == std::vector<float>{2, 8, 4, 10, 6, 12});
    CHECK(parameters_of(imported, "fc").bias == std::vector<float>{1, 1, 1});
}

TEST_CASE("weights that are computed from constants are found", "[onnx]") {
    ModelBuilder b({1, 2, 3, 3}, 9);
    b.add("w", "ConstantOfShape", {b.integers("w_shape", {4}, {4, 2, 1, 1})},
          {{"value", OnnxTensor{"", OnnxType::float32, {1}, {0.5F}, {}}}});
    b.add("conv", "Conv", {"x", "w"});
    b.add("pool", "GlobalAveragePool", {"conv"});
    b.add("flat", "Reshape", {"pool", b.integers("to", {2}, {0, -1})});
    b.add("turned", "Transpose", {b.floats("m", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})});
    b.add("product", "MatMul", {"flat", "turned"});
    b.add("sum", "Add", {b.floats("c", {1, 3}, {1, 2, 3}), "product"});
    const ImportedNetwork imported = import(b.build("sum"));
    CHECK(operations(imported.network) == "conv global_avg_pool flatten fc");
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>(8, 0.5F));
    CHECK(parameters_of(imported, "fc").weights == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(parameters_of(imported, "fc").bias == std::vector<float>{1, 2, 3});
    CHECK(imported.warnings.empty());
}

TEST_CASE("arithmetic with constants is a batch norm of these numbers, or a bias", "[onnx]") {
    ModelBuilder b({1, 2, 2, 2});
    b.add("less", "Sub", {"x", b.floats("mean", {2, 1, 1}, {1, 2})});
    b.add("scaled", "Div", {"less", b.floats("spread", {1, 2, 1, 1}, {2, 4})});
    b.add("turned", "Sub", {b.floats("one", {}, {1}), "scaled"});
    b.conv("conv", "turned", {2, 2, 1, 1});
    b.add("biased", "Add", {"conv", b.floats("bias", {2, 1, 1}, {3, 4})});
    b.add("more", "Add", {"biased", b.floats("more_bias", {2, 1, 1}, {5, 6})});
    const ImportedNetwork imported = import(b.build("more"));
    REQUIRE(operations(imported.network) == "batch_norm batch_norm batch_norm conv batch_norm");
    const auto& p = imported.parameters;
    CHECK(p[1].scale == std::vector<float>{1, 1});
    CHECK(p[1].shift == std::vector<float>{-1, -2});
    CHECK(p[2].scale == std::vector<float>{0.5F, 0.25F});
    CHECK(p[3].scale == std::vector<float>{-1, -1});
    CHECK(p[3].shift == std::vector<float>{1, 1});
    CHECK(p[3].variance == std::vector<float>{1, 1});
    CHECK(p[3].epsilon == 0);
    CHECK(std::get<Conv>(imported.network.layer(layer_id(4)).op).bias);
    CHECK(p[4].bias == std::vector<float>{3, 4});
    CHECK(p[5].shift == std::vector<float>{5, 6});
}

TEST_CASE("activations in parts are recognised", "[onnx]") {
    const Network net = import(squeeze_excite()).network;
    CHECK(operations(net) ==
          "conv hard_swish depthwise global_avg_pool conv relu conv hard_sigmoid mul hard_swish conv add");
    CHECK_FALSE(op_of<Activation>(net, "hard_swish").alpha);
    CHECK_FALSE(op_of<Activation>(net, "hard_swish").beta);
    CHECK_FALSE(op_of<Activation>(net, "hard_sigmoid").alpha);

    ModelBuilder b({1, 2, 2, 2}, 14);
    b.add("hs", "HardSigmoid", {"x"}, {{"alpha", 1.0 / 6}});
    b.add("swish", "Mul", {"hs", "x"});
    b.add("plain", "HardSwish", {"swish"});
    b.add("sigmoid", "Sigmoid", {"plain"});
    b.add("again", "Mul", {"plain", "sigmoid"});
    // A gate on something else than its own input stays a product.
    b.add("gate", "Sigmoid", {"x"});
    b.add("product", "Mul", {"again", "gate"});
    CHECK(import_operations(b, "product") == "hard_swish hard_swish swish sigmoid mul");
}

TEST_CASE("bounds of a Clip decide what it is", "[onnx]") {
    const auto clip = [](std::int64_t opset, double low, double high) {
        ModelBuilder b({1, 2, 2, 2}, opset);
        if (opset < 11) {
            b.add("clip", "Clip", {"x"}, {{"min", low}, {"max", high}});
        } else {
            b.add("clip", "Clip",
                  {"x", b.floats("low", {}, {static_cast<float>(low)}),
                   b.floats("high", {}, {static_cast<float>(high)})});
        }
        b.shape("clip", {1, 2, 2, 2});
        b.add("relu", "Relu", {"clip"});
        return import_operations(b, "relu");
    };
    for (const std::int64_t opset : {6, 11}) {
        CHECK(clip(opset, 0, 6) == "relu6 relu");
        CHECK(clip(opset, 0, 3.4028234663852886e38) == "relu relu");
        CHECK(clip(opset, -1, 1) == "other relu");
        CHECK(clip(opset, 0, 1) == "other relu");
    }
}

TEST_CASE("reshapes and transposes that shuffle channels are one shuffle", "[onnx]") {
    const auto shuffle = [](const Dims& grouped, const Dims& perm) {
        ModelBuilder b({1, 6, 2, 3});
        b.add("grouped", "Reshape",
              {"x", b.integers("to", {static_cast<std::int64_t>(grouped.size())}, grouped)});
        b.add("moved", "Transpose", {"grouped"}, {{"perm", perm}});
        b.add("back", "Reshape", {"moved", b.integers("from", {4}, {1, 6, 2, 3})});
        b.add("relu", "Relu", {"back"});
        return import(b.build("relu")).network;
    };
    CHECK(op_of<Shuffle>(shuffle({1, 2, 3, 2, 3}, {0, 2, 1, 3, 4}), "shuffle").groups == 2);
    CHECK(op_of<Shuffle>(shuffle({1, 3, 2, 2, 3}, {0, 2, 1, 3, 4}), "shuffle").groups == 3);
    CHECK(op_of<Shuffle>(shuffle({3, 2, 6}, {1, 0, 2}), "shuffle").groups == 3);
    CHECK(op_of<Shuffle>(shuffle({1, 3, 2, -1}, {0, 2, 1, 3}), "shuffle").groups == 3);
    CHECK(operations(shuffle({1, 6, 1, 2, 3}, {0, 2, 1, 3, 4})) == "relu");
    // Six groups of one channel move nothing either; moving rows is no shuffle.
    CHECK(operations(shuffle({1, 6, 1, 6}, {0, 2, 1, 3})) == "relu");
    CHECK(operations(shuffle({1, 6, 2, 3}, {0, 1, 3, 2})) == "relu other");
    CHECK(operations(shuffle({1, 2, 3, 6}, {0, 2, 3, 1})) == "relu other");
}

TEST_CASE("a shuffle that asks for shapes is recognised, with a batch of any size", "[onnx]") {
    const Network net = import(dynamic_shuffle()).network;
    CHECK(operations(net) == "slice slice conv batch_norm relu concat shuffle");
    CHECK(op_of<Shuffle>(net, "shuffle").groups == 2);
    CHECK(net.output(net.result()) == Shape{4, 6, 6});
}

TEST_CASE("parts that are gathered from a shuffle are slices of it", "[onnx]") {
    // x.reshape(c / 2, 2, h * w).permute(1, 0, 2).reshape(2, -1, c / 2, h, w), then [0] and [1].
    ModelBuilder b({1, 6, 2, 3});
    b.add("pairs", "Reshape", {"x", b.integers("to", {3}, {3, 2, 6})});
    b.add("moved", "Transpose", {"pairs"}, {{"perm", Dims{1, 0, 2}}});
    b.add("halves", "Reshape", {"moved", b.integers("from", {5}, {2, -1, 3, 2, 3})});
    b.add("left", "Gather", {"halves", b.integers("zero", {}, {0})}, {{"axis", std::int64_t{0}}});
    b.add("right", "Gather", {"halves", b.integers("one", {}, {1})}, {{"axis", std::int64_t{0}}});
    b.add("joined", "Concat", {"right", "left"}, {{"axis", std::int64_t{1}}});
    const Network net = import(b.build("joined")).network;
    CHECK(operations(net) == "shuffle slice slice concat");
    // Even channels come first: channel c = i * 2 + j goes to j * 3 + i.
    CHECK(op_of<Shuffle>(net, "shuffle").groups == 3);
    CHECK(op_of<Slice>(net, "slice").first == 0);
    CHECK(op_of<Slice>(net, "slice", 1).first == 3);
    CHECK(op_of<Slice>(net, "slice", 1).count == 3);
}

TEST_CASE("channels are split by sizes, evenly, and sliced from either end", "[onnx]") {
    const auto split = [](std::int64_t opset, ModelBuilder::Attributes attributes, bool sizes) {
        ModelBuilder b({1, 5, 2, 2}, opset);
        std::vector<std::string> inputs{"x"};
        if (sizes) {
            inputs.push_back(b.integers("sizes", {2}, {1, 4}));
        }
        attributes["axis"] = std::int64_t{-3};
        b.add("split", "Split", inputs, std::move(attributes));
        b.last().outputs = {"a", "b"};
        b.add("joined", "Concat", {"b", "a"}, {{"axis", std::int64_t{1}}});
        return import(b.build("joined")).network;
    };
    // Outputs come in the order of the model, whatever reads them.
    const Network by_attribute = split(11, {{"split", Dims{2, 3}}}, false);
    CHECK(op_of<Slice>(by_attribute, "slice").count == 2);
    CHECK(op_of<Slice>(by_attribute, "slice", 1).first == 2);
    CHECK(op_of<Slice>(split(13, {}, true), "slice", 1).count == 4);
    CHECK(op_of<Slice>(split(18, {{"num_outputs", std::int64_t{2}}}, false), "slice").count == 3);

    ModelBuilder b({1, 5, 2, 2}, 9);
    b.add("tail", "Slice", {"x"}, {{"starts", Dims{-2}}, {"ends", Dims{1000}}, {"axes", Dims{1}}});
    b.add("whole", "Slice", {"tail"}, {{"starts", Dims{0, 0}}, {"ends", Dims{9, 9}}, {"axes", Dims{2, 3}}});
    b.add("relu", "Relu", {"whole"});
    const Network net = import(b.build("relu")).network;
    CHECK(operations(net) == "slice relu");
    CHECK(op_of<Slice>(net, "slice").first == 3);
}

TEST_CASE("padding joins the window behind it only where the result is the same", "[onnx]") {
    const auto padded = [](const std::string& op, ModelBuilder::Attributes attributes, float value,
                           const std::string& before) {
        ModelBuilder b({1, 2, 4, 4}, 11);
        const std::string in = before.empty() ? "x" : b.add("before", before, {"x"});
        b.add("pad", "Pad",
              {in, b.integers("pads", {8}, {0, 0, 1, 1, 0, 0, 1, 1}), b.floats("value", {}, {value})});
        attributes.emplace("kernel_shape", Dims{3, 3});
        b.add("pool", op, {"pad"}, std::move(attributes));
        return import(b.build("pool")).network;
    };
    const ModelBuilder::Attributes counts{{"count_include_pad", std::int64_t{1}}, {"pads", Dims{1, 1, 0, 0}}};
    CHECK(operations(padded("MaxPool", {}, 0, "Relu")) == "relu max_pool");
    CHECK(operations(padded("MaxPool", {}, 0, "")) == "other max_pool");
    CHECK(operations(padded("MaxPool", {}, -3.4028235e38F, "")) == "max_pool");
    CHECK(operations(padded("AveragePool", {}, 0, "")) == "avg_pool");
    CHECK(op_of<Pool>(padded("AveragePool", {}, 0, ""), "avg_pool").count_pad);
    CHECK(op_of<Pool>(padded("AveragePool", counts, 0, ""), "avg_pool").window.pad_top == 2);
    CHECK(operations(padded("AveragePool", {{"pads", Dims{1, 1, 0, 0}}}, 0, "")) == "other avg_pool");
    CHECK(operations(padded("AveragePool", {}, 1, "")) == "other avg_pool");
}

TEST_CASE("a batch mean over rows and columns is global average pooling", "[onnx]") {
    for (const std::int64_t keep : {0, 1}) {
        ModelBuilder b({1, 2, 4, 4});
        b.add("mean", "ReduceMean", {"x"}, {{"axes", Dims{3, 2}}, {"keepdims", keep}});
        b.add("relu", "Relu", {"mean"});
        CHECK(import_operations(b, "relu") == "global_avg_pool relu");
    }
    ModelBuilder b({1, 2, 4, 4}, 18);
    b.add("mean", "ReduceMean", {"x", b.integers("axes", {2}, {-1, -2})});
    CHECK(import_operations(b, "mean") == "global_avg_pool");
    ModelBuilder rows({1, 2, 4, 4});
    rows.add("mean", "ReduceMean", {"x"}, {{"axes", Dims{2}}});
    CHECK(operations(import(rows.build("mean", {1, 2, 1, 4})).network) == "other");
}

TEST_CASE("a softmax is one over channels, or without a cost model", "[onnx]") {
    const auto softmax = [](std::int64_t opset, std::int64_t axis, const Dims& input) {
        ModelBuilder b(input, opset);
        b.add("softmax", "Softmax", {"x"}, {{"axis", axis}});
        return operations(import(b.build("softmax", input)).network);
    };
    CHECK(softmax(13, 1, {1, 4, 2, 2}) == "softmax");
    CHECK(softmax(13, -1, {1, 4}) == "softmax");
    CHECK(softmax(13, -1, {1, 4, 2, 2}) == "other");
    // Older ones are over all that follows.
    CHECK(softmax(11, 1, {1, 4, 2, 2}) == "other");
    CHECK(softmax(11, 1, {1, 4, 1, 1}) == "softmax");
}

TEST_CASE("sums and products broadcast a number a channel, and nothing else", "[onnx]") {
    const auto product = [](const Dims& axes, const Dims& dims) {
        ModelBuilder b({1, 4, 3, 3});
        b.add("mean", "ReduceMean", {"x"}, {{"axes", axes}});
        b.shape("mean", dims);
        b.add("mul", "Mul", {"mean", "x"});
        return operations(import(b.build("mul", {1, 4, 3, 3})).network);
    };
    CHECK(product({2, 3}, {1, 4, 1, 1}) == "global_avg_pool mul");
    CHECK(product({1}, {1, 1, 3, 3}) == "other other");
    // A vector is broadcast along the columns.
    ModelBuilder b({1, 4, 3, 4});
    b.add("mean", "ReduceMean", {"x"}, {{"axes", Dims{2, 3}}, {"keepdims", std::int64_t{0}}});
    b.add("mul", "Mul", {"x", "mean"});
    CHECK(operations(import(b.build("mul", {1, 4, 3, 4})).network) == "global_avg_pool other");
}

TEST_CASE("operators without a cost model stay, with a warning for each kind", "[onnx]") {
    const ImportedNetwork imported = import(unknown_operators());
    CHECK(operations(imported.network) == "conv other other other other");
    const Other resize = std::get<Other>(imported.network.layer(layer_id(3)).op);
    CHECK(resize.type == "Resize");
    CHECK(resize.output == Shape{4, 8, 8});
    CHECK(imported.network.layer(layer_id(5)).inputs == std::vector<LayerId>{layer_id(3), layer_id(4)});
    CHECK(imported.warnings ==
          std::vector<std::string>{
              "Elu (node 'elu' (Elu) and 1 more) has no cost model: it stays on the GPU, costed by the bytes "
              "it moves",
              "Max (node 'most' (Max)) has no cost model: it stays on the GPU, costed by the bytes it moves",
              "Resize (node 'resized' (Resize)) has no cost model: it stays on the GPU, costed by the bytes "
              "it moves"});
}

TEST_CASE("a convolution whose weights are not constant has no cost model", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4});
    b.add("w", "RandomNormal", {}, {{"shape", Dims{2, 2, 1, 1}}});
    b.add("conv", "Conv", {"x", "w"});
    CHECK(operations(import(b.build("conv", {1, 2, 4, 4})).network) == "other");
}

TEST_CASE("an input with channels last is turned, where all that reads it does so", "[onnx]") {
    ModelBuilder b({1, 5, 7, 3});
    b.add("first", "Transpose", {"x"}, {{"perm", Dims{0, 3, 1, 2}}});
    b.conv("conv", "first", {4, 3, 3, 3});
    const ImportedNetwork imported = import(b.build("conv"));
    CHECK(imported.network.output(LayerId{}) == Shape{3, 5, 7});
    CHECK(operations(imported.network) == "conv");
    CHECK(imported.warnings.size() == 1);
}

TEST_CASE("nodes that lead nowhere are left out", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4});
    b.add("relu", "Relu", {"x"});
    b.add("loss", "NegativeLogLikelihoodLoss", {"relu", "relu"});
    b.add("drop", "Dropout", {"relu"});
    b.last().outputs.emplace_back("mask");
    CHECK(import_operations(b, "drop") == "relu dropout");
}

TEST_CASE("models have any number of inputs and outputs", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4});
    b.model().inputs.push_back({"y", OnnxType::float32, Dims{1, 2, 4, 4}});
    b.model().inputs.push_back({"unused", OnnxType::float32, Dims{1}});
    b.add("sum", "Add", {"x", "y"});
    b.conv("trunk", "sum", {4, 2, 3, 3});
    b.add("relu", "Relu", {"trunk"});
    b.conv("box", "relu", {4, 4, 1, 1});
    b.conv("class", "relu", {3, 4, 1, 1});
    b.add("same", "Identity", {"box"});
    b.add("number", "Constant", {}, {{"value_float", 1.0}});
    for (const char* output : {"class", "trunk", "same", "box", "number"}) {
        b.model().outputs.push_back({output, OnnxType::float32, {}});
    }
    b.model().outputs.pop_back();
    const ImportedNetwork imported = import(b.build("number"));
    const Network& network = imported.network;
    REQUIRE(network.input_count() == 2);
    CHECK(network.layer(layer_id(0)).name == "x");
    CHECK(network.layer(layer_id(1)).name == "y");
    std::vector<std::string> results;
    for (const LayerId result : network.results()) {
        results.push_back(network.layer(result).name);
    }
    CHECK(results == std::vector<std::string>{"block1/class", "trunk/conv", "block1/box"});
    CHECK(imported.warnings ==
          std::vector<std::string>{"outputs 'number' do not depend on an input: they are left out",
                                   "outputs 'box' are maps of outputs before them: they are left out"});
    // Two heads on a trunk are a region of their own.
    REQUIRE(network.modules().size() == 3);
    CHECK(network.modules()[2].name == "block1");
}

TEST_CASE("what cannot be imported is refused with the node and the reason", "[onnx]") {
    using Messages = std::vector<std::string>;
    SECTION("control flow") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("if", "If", {"x"}, {{"then_branch", OnnxSubgraph{}}});
        b.add("loop", "Loop", {"if"}, {{"body", OnnxSubgraph{}}});
        CHECK(refusal(b.build("loop")) == Messages{"node 'if' (If): control flow is not supported",
                                                   "node 'loop' (Loop): control flow is not supported"});
    }
    SECTION("an output that is an input") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("relu", "Relu", {"x"});
        b.model().outputs.push_back({"x", OnnxType::float32, {}});
        CHECK(refusal(b.build("relu")) == Messages{"the model's output 'x' is its input"});
    }
    SECTION("unknown sizes, other types") {
        const auto input = [](OnnxType type, std::optional<Dims> dims) {
            ModelBuilder b({});
            b.model().inputs.front() = {"x", type, std::move(dims)};
            b.add("relu", "Relu", {"x"});
            return refusal(b.build("relu"));
        };
        CHECK(input(OnnxType::float32, Dims{-1, 3, -1, -1}) ==
              Messages{"input 'x' is 1 x 3 x ? x ?; its size must be fixed (--input-shape x=1,3,224,224)"});
        CHECK(input(OnnxType::float32, std::nullopt) ==
              Messages{"input 'x' has no shape (give one: --input-shape x=1,3,224,224)"});
        CHECK(input(OnnxType::other, Dims{1, 3, 4, 4}) ==
              Messages{"input 'x' is another type; what is supported are floating-point numbers and integers "
                       "of up to 32 bits"});
        CHECK(
            input(OnnxType::int64, Dims{1, 3}) ==
            Messages{"input 'x' is int64; what is supported are floating-point numbers and integers of up to "
                     "32 bits"});
        CHECK(input(OnnxType::float32, Dims{3}) ==
              Messages{"input 'x' is 3, a feature map of batch x channels x height x width is needed"});
        CHECK(input(OnnxType::float32, Dims{1, 3, 4, 4}).empty());
    }
    SECTION("weights that do not fit") {
        ModelBuilder b({1, 3, 4, 4});
        b.add("conv", "Conv", {"x", b.weights("w", {4, 2, 3, 3})});
        b.add("relu", "Relu", {"conv"});
        CHECK(refusal(b.build("relu")) ==
              Messages{"node 'conv' (Conv): weights [4, 2, 3, 3] do not fit 3 input channels in 1 groups"});
    }
    SECTION("every fault is reported, and what reads it is not") {
        ModelBuilder b({1, 3, 4, 4});
        b.conv("big", "x", {2, 3, 9, 9}, {{"pads", Dims{0, 0, 0, 0}}});
        b.add("odd", "Mystery", {"x"});
        b.last().domain = "custom";
        b.add("sum", "Add", {"big", "odd"});
        CHECK(refusal(b.build("sum")) ==
              Messages{"node 'big' (Conv): a 9x9 window does not fit the 4x4 input feature map: the output "
                       "would be empty",
                       "node 'odd' (custom::Mystery): the shape of its output 'odd' is not known"});
    }
    SECTION("no network") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("same", "Identity", {"x"});
        CHECK(refusal(b.build("same")) == Messages{"the model has no layers"});
        ModelBuilder constant({1, 2, 4, 4});
        constant.add("c", "Constant", {}, {{"value_float", 1.0}});
        CHECK(refusal(constant.build("c")) == Messages{"the model's output does not depend on an input"});
    }
    SECTION("more weights than any network for this has") {
        ModelBuilder b({1, 1024, 1, 1}, 9);
        b.add("w", "ConstantOfShape", {b.integers("dims", {4}, {1 << 20, 1024, 1, 1})});
        b.add("conv", "Conv", {"x", "w"});
        CHECK(refusal(b.build("conv")) ==
              Messages{"the model has more than 268435456 weights, which is too large"});
    }
}
