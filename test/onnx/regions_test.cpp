// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/import.hpp"
#include "support/onnx_models.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;
using Names = std::vector<std::string>;

namespace {

Network network_of(const OnnxModel& model) { return import_onnx(model, "model").network; }

Names modules(const Network& network) {
    Names names;
    for (const Module& module : network.modules()) {
        names.push_back(module.name);
    }
    return names;
}

Names layers(const Network& network) {
    Names names;
    for (std::size_t i = 1; i < network.layers().size(); ++i) {
        names.push_back(network.layer(layer_id(i)).name);
    }
    return names;
}

/// Nodes without a name of their own.
OnnxModel unnamed(OnnxModel model) {
    for (OnnxNode& node : model.nodes) {
        node.name.clear();
    }
    return model;
}

}  // namespace

TEST_CASE("a dense block is one region", "[onnx][regions]") {
    const Network net = network_of(dense_block());
    CHECK(net.modules().size() == 3);
    const Module& block = net.modules()[1];
    // From the first norm to the concat of everything; the stem before and the classifier behind are chains.
    CHECK(net.layer(block.first).name.find("norm1") != std::string::npos);
    CHECK(op_name(net.layer(block.last).op) == "concat");
    CHECK(index(block.last) - index(block.first) + 1 == 12);
    CHECK(op_name(net.layer(net.modules()[2].first).op) == "global_avg_pool");
    CHECK(op_name(net.layer(net.modules()[2].last).op) == "fc");
}

TEST_CASE("inception modules are regions, named after what their layers share", "[onnx][regions]") {
    const Network net = network_of(inception_blocks());
    CHECK(modules(net) == Names{"stem", "a", "b", "pool"});
    CHECK(layers(net) == Names{"stem/conv",
                               "stem/conv.relu",
                               "a/1x1",
                               "a/1x1.relu",
                               "a/3x3_reduce",
                               "a/3x3_reduce.relu",
                               "a/3x3",
                               "a/3x3.relu",
                               "a/5x5_reduce",
                               "a/5x5_reduce.relu",
                               "a/5x5",
                               "a/5x5.relu",
                               "a/pool",
                               "a/pool_proj",
                               "a/pool_proj.relu",
                               "a/concat",
                               "b/1x1",
                               "b/1x1.relu",
                               "b/3x3_reduce",
                               "b/3x3_reduce.relu",
                               "b/3x3",
                               "b/3x3.relu",
                               "b/5x5_reduce",
                               "b/5x5_reduce.relu",
                               "b/5x5",
                               "b/5x5.relu",
                               "b/pool",
                               "b/pool_proj",
                               "b/pool_proj.relu",
                               "b/concat",
                               "pool/pool"});
}

TEST_CASE("residual blocks are regions, with the activation behind the sum", "[onnx][regions]") {
    const Network net = network_of(folded_residual());
    REQUIRE(net.modules().size() == 4);
    CHECK(op_name(net.layer(net.modules()[1].last).op) == "relu");
    CHECK(op_name(net.layer(net.modules()[2].last).op) == "relu");
    CHECK(op_name(net.layer(net.modules()[3].last).op) == "fc");
}

TEST_CASE("names come from the weights where nodes have none", "[onnx][regions]") {
    const Network net = network_of(unnamed(folded_residual()));
    CHECK(modules(net) == Names{"conv1", "layer1.0", "layer2.0", "fc"});
    CHECK(layers(net) == Names{"conv1/conv", "conv1/conv.relu", "layer1.0/conv1", "layer1.0/conv1.relu",
                               "layer1.0/conv2", "layer1.0/add", "layer1.0/add.relu", "layer2.0/conv1",
                               "layer2.0/conv1.relu", "layer2.0/downsample.0", "layer2.0/conv2",
                               "layer2.0/add", "layer2.0/add.relu", "fc/pool", "fc/fc"});
}

TEST_CASE("modules and layers are numbered where the model names nothing", "[onnx][regions]") {
    OnnxModel model = folded_residual();
    int number = 0;
    for (OnnxNode& node : model.nodes) {
        node.name = node.op + "_" + std::to_string(number++);
        for (std::string& input : node.inputs) {
            if (input.ends_with(".weight")) {
                input = "onnx::" + input.substr(0, input.size() - 7) + "_1";
            }
        }
    }
    for (OnnxTensor& tensor : model.initializers) {
        if (tensor.name.ends_with(".weight")) {
            tensor.name = "onnx::" + tensor.name.substr(0, tensor.name.size() - 7) + "_1";
        }
    }
    const Network net = network_of(model);
    CHECK(modules(net) == Names{"conv1", "block1", "block2", "fc1"});
    CHECK(layers(net) == Names{"conv1/conv", "conv1/conv.relu", "block1/conv", "block1/conv.relu",
                               "block1/conv_2", "block1/add", "block1/add.relu", "block2/conv",
                               "block2/conv.relu", "block2/conv_2", "block2/conv_3", "block2/add",
                               "block2/add.relu", "fc1/pool", "fc1/fc"});
}

TEST_CASE("paths of modules become names", "[onnx][regions]") {
    ModelBuilder b({1, 2, 4, 4});
    const auto conv = [&](const std::string& path, const std::string& value, const std::string& in) {
        b.conv(value, in, {2, 2, 3, 3});
        b.last().name = path + "/Conv";
        return value;
    };
    const std::string one = conv("/layer1/layer1.0/conv1", "v1", conv("/stem", "v0", "x"));
    b.add("v2", "Add", {conv("/layer1/layer1.0/conv2", "v3", one), "v0"});
    b.last().name = "/layer1/layer1.0/Add";
    const Network net = network_of(b.build("v2"));
    CHECK(modules(net) == Names{"stem", "layer1.0"});
    CHECK(layers(net) == Names{"stem/conv", "layer1.0/conv1", "layer1.0/conv2", "layer1.0/add"});
}

TEST_CASE("a chain is cut into units of one convolution, separable ones and a classifier",
          "[onnx][regions]") {
    ModelBuilder b({1, 3, 16, 16});
    const auto depthwise = [&](const std::string& name, const std::string& in, std::int64_t channels) {
        return b.conv(name, in, {channels, 1, 3, 3}, {{"group", channels}});
    };
    std::string at = b.add("r", "Relu", {b.conv("stem", "x", {4, 3, 3, 3})});
    at = b.add("p", "MaxPool", {at}, {{"kernel_shape", Dims{2, 2}}, {"strides", Dims{2, 2}}});
    at = b.conv("pw1", depthwise("dw1", at, 4), {4, 4, 1, 1});
    at = b.conv("project", depthwise("dw2", b.conv("expand", at, {8, 4, 1, 1}), 8), {4, 8, 1, 1});
    at = b.conv("last", at, {6, 4, 1, 1});
    at = b.add("gap", "GlobalAveragePool", {at});
    at = b.add("flat", "Flatten", {at});
    at = b.add("fc1", "MatMul", {at, b.weights("fc1.weight", {6, 4})});
    at = b.add("act", "Relu", {at});
    at = b.add("fc2", "MatMul", {at, b.weights("fc2.weight", {4, 3})});
    at = b.add("soft", "Softmax", {at});
    const Network net = network_of(b.build(at));
    std::string text;
    for (const Module& module : net.modules()) {
        text += text.empty() ? "" : " | ";
        for (std::size_t i = index(module.first); i <= index(module.last); ++i) {
            text += (i > index(module.first) ? " " : "") + op_name(net.layer(layer_id(i)).op);
        }
    }
    CHECK(text ==
          "conv relu max_pool | depthwise conv | conv depthwise conv | conv | "
          "global_avg_pool flatten fc relu | fc softmax");
}

TEST_CASE("a squeeze belongs to the branches behind it", "[onnx][regions]") {
    ModelBuilder b({1, 3, 8, 8});
    const auto relu = [&](const std::string& name, const std::string& in, Dims dims) {
        return b.add(name + "_relu", "Relu", {b.conv(name, in, std::move(dims))});
    };
    const std::string stem = relu("conv1", "x", {6, 3, 3, 3});
    const std::string squeeze = relu("fire2/squeeze", stem, {2, 6, 1, 1});
    b.add("fire2/concat", "Concat",
          {relu("fire2/expand1x1", squeeze, {4, 2, 1, 1}), relu("fire2/expand3x3", squeeze, {4, 2, 3, 3})},
          {{"axis", std::int64_t{1}}});
    CHECK(modules(network_of(b.build("fire2/concat"))) == Names{"conv1", "fire2"});
}

TEST_CASE("names that the network format does not take are changed", "[onnx][regions]") {
    ModelBuilder b({1, 2, 4, 4});
    const auto add = [&](const std::string& name, const std::string& value, const std::string& in) {
        b.conv(value, in, {2, 2, 1, 1});
        b.last().name = name;
        return value;
    };
    std::string at = add("a\nb\x01\xff/c", "v0", "x");
    at = add("same", "v1", at);
    at = add("same", "v2", at);
    at = add(std::string(300, 'n'), "v3", at);
    at = add("input", "v4", at);
    const Network net = network_of(b.build(at));
    CHECK(modules(net) == Names{"a_b__.c", "same", "same_2", std::string(100, 'n'), "input"});
    CHECK(net.name() == "model");
}

TEST_CASE("a model whose nodes are called MODULE/LAYER keeps these names", "[onnx][regions]") {
    const auto named = [](const std::vector<std::string>& names) {
        ModelBuilder b({1, 2, 4, 4});
        std::string at = "x";
        for (const std::string& name : names) {
            const std::string value = "v" + std::to_string(b.model().nodes.size());
            at = b.conv(value, at, {2, 2, 1, 1});
            b.last().name = name;
        }
        return network_of(b.build(at));
    };
    CHECK(layers(named({"m/a", "m/b", "n/a"})) == Names{"m/a", "m/b", "n/a"});
    CHECK(modules(named({"m/a", "m/b", "n/a"})) == Names{"m", "n"});
    // Modules that are not in one piece, repeated names, other forms.
    CHECK(layers(named({"m/a", "n/a", "m/b"})) != Names{"m/a", "n/a", "m/b"});
    CHECK(layers(named({"m/a", "m/a"})).size() == 2);
    CHECK(layers(named({"m/a", "other"})) == Names{"m.a/conv", "other/conv"});
}
