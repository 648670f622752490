// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/graph_difference.hpp"
#include "cleave/bundle/write_graph.hpp"
#include "cleave/deploy/execute.hpp"
#include "cleave/deploy/seeded.hpp"
#include "support/graph_text.hpp"
#include "support/layer_reference.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Every operation, one after another or side by side; some behind Flatten.
Network every_operation() {
    using Kind = ActivationKind;
    Conv dilated = conv_op(6, 3, 1, 2);
    dilated.window.dilation_h = 2;
    dilated.window.pad_right = 0;
    Pool average{PoolKind::average, square(3, 2, 1), true, true};
    return Chain({4, 9, 8})
        .then("conv", dilated)
        .then("grouped", conv_op(6, 1, 1, 0, 3))
        .then("norm", BatchNorm{})
        .then("prelu", Activation{Kind::prelu})
        .then("max", Pool{PoolKind::max, square(2, 2), true, false})
        .then("leaky", Activation{Kind::leaky_relu, 0.25, {}})
        .then("leaky2", Activation{Kind::leaky_relu})
        .then("hard", Activation{Kind::hard_sigmoid})
        .then("hard2", Activation{Kind::hard_sigmoid, 0.25, 0.375})
        .then("swish", Activation{Kind::hard_swish})
        .then("swish2", Activation{Kind::hard_swish, 0.25, 0.375})
        .then("swish3", Activation{Kind::swish})
        .then("tanh", Activation{Kind::tanh})
        .then("relu6", Activation{Kind::relu6})
        .then("lrn", Lrn{3, 0.5, 0.25, 2})
        .then("shuffle", Shuffle{3})
        .add("left", Slice{0, 2}, {"shuffle"})
        .add("right", Slice{2, 4}, {"shuffle"})
        .add("concat", Concat{}, {"right", "left"})
        .add("gate", GlobalAveragePool{}, {"concat"})
        .then("sigmoid", Activation{Kind::sigmoid})
        .add("scaled", Mul{}, {"concat", "sigmoid"})
        // Looks like a swish, but is two layers.
        .add("own_gate", Activation{Kind::sigmoid}, {"scaled"})
        .add("product", Mul{}, {"scaled", "own_gate"})
        .add("sum", Add{}, {"product", "scaled", "concat"})
        .add("cube", Mul{}, {"sum", "sum", "sum"})
        .then("average", average)
        .then("drop", Dropout{})
        .add("flat", Flatten{}, {"drop"})
        .then("flat_relu", Activation{Kind::relu})
        .then("fc", FullyConnected{6, true})
        .then("fc_norm", BatchNorm{})
        .then("fc_prelu", Activation{Kind::prelu})
        .then("fc_slice", Slice{1, 4})
        .then("fc_fc", FullyConnected{6, false})
        .add("mixed", Add{}, {"fc_fc", "gate"})
        .then("back", conv_op(4, 1))
        .then("again", FullyConnected{5, true})
        .then("softmax", Softmax{})
        .build();
}

void require_round_trip(const Graph& graph) {
    const OnnxModel model = onnx_of(graph);
    CHECK(model.opset == 13);
    std::set<std::string> values;
    for (const OnnxNode& node : model.nodes) {
        for (const std::string& in : node.inputs) {
            const bool constant = std::any_of(model.initializers.begin(), model.initializers.end(),
                                              [&](const OnnxTensor& tensor) { return tensor.name == in; });
            const bool given = std::any_of(model.inputs.begin(), model.inputs.end(),
                                           [&](const OnnxValue& value) { return value.name == in; });
            REQUIRE((constant || given || values.count(in) == 1));
        }
        REQUIRE(values.insert(node.outputs.at(0)).second);
    }
    REQUIRE(graph_text(graph_of(model)) == graph_text(graph));
    if (has_onnx()) {
        const std::string bytes = write_onnx(model);
        REQUIRE(graph_text(graph_of(read_onnx(bytes))) == graph_text(graph));
        REQUIRE(write_onnx(onnx_of(graph)) == bytes);
    }
}

OnnxNode& node_of(OnnxModel& model, const std::string& op) {
    const auto found = std::find_if(model.nodes.begin(), model.nodes.end(),
                                    [&](const OnnxNode& node) { return node.op == op; });
    REQUIRE(found != model.nodes.end());
    return *found;
}

OnnxTensor& constant_of(OnnxModel& model, const std::string& name) {
    const auto found = std::find_if(model.initializers.begin(), model.initializers.end(),
                                    [&](const OnnxTensor& tensor) { return tensor.name == name; });
    REQUIRE(found != model.initializers.end());
    return *found;
}

Graph every_graph() {
    const Network network = every_operation();
    return whole_graph(network, seeded_parameters(network, 3));
}

}  // namespace

TEST_CASE("every operation comes back from its ONNX form", "[bundle][onnx_graph]") {
    require_round_trip(every_graph());
    const OnnxModel model = onnx_of(every_graph());
    CHECK(model.graph_name == "test");
    CHECK(*model.inputs.at(0).dims == std::vector<std::int64_t>{1, 4, 9, 8});
    CHECK(*model.outputs.at(0).dims == std::vector<std::int64_t>{1, 5});
    // Nodes of the graph have their names, and nothing else has one.
    std::vector<std::string> names;
    for (const OnnxNode& node : model.nodes) {
        if (!node.name.empty()) {
            names.push_back(node.name);
        }
    }
    std::vector<std::string> expected;
    for (const GraphNode& node : every_graph().nodes) {
        expected.push_back(node.name);
    }
    CHECK(names == expected);
}

TEST_CASE("roundings come back from their ONNX form", "[bundle][onnx_graph]") {
    Graph graph = every_graph();
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
        graph.tensors[i].codes = Codes{i % 2 == 0 ? 0.125 : 0.1F, -100 + static_cast<double>(i), 60};
    }
    require_round_trip(graph);
    const Graph again = graph_of(onnx_of(graph));
    CHECK_FALSE(difference(again, graph));
    Random random(1);
    const std::vector<Values> input{whole_values(random, graph.tensor(graph.inputs[0]).shape.elements(), 9)};
    CHECK(execute(again, input) == execute(graph, input));
    // Nothing is left of the input but 0 to 0.25.
    graph.tensors[0].codes = Codes{0.25, 0, 1};
    CHECK(execute(again, input) != execute(graph, input));
    CHECK(difference(again, graph).value().find("rounded to other codes") != std::string::npos);
    graph.tensors[0].codes = again.tensors[0].codes;
    graph.tensors[5].codes.reset();
    CHECK(difference(again, graph).value().find("rounded to other codes") != std::string::npos);
}

TEST_CASE("random networks come back from their ONNX form", "[bundle][onnx_graph]") {
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Network network = random_network(random, 5);
        require_round_trip(whole_graph(network, seeded_parameters(network, seed)));
    }
}

TEST_CASE("quantised graphs come back from their ONNX form", "[bundle][onnx_graph]") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Graph graph = quantised_graph(random);
        require_round_trip(graph);
        const std::vector<Values> inputs = {
            whole_values(random, graph.tensor(graph.inputs[0]).shape.elements(), 20),
            whole_values(random, graph.tensor(graph.inputs[1]).shape.elements(), 127)};
        REQUIRE(execute(graph_of(onnx_of(graph)), inputs) == execute(graph, inputs));
    }
}

TEST_CASE("quantised weights are whole numbers behind DequantizeLinear", "[bundle][onnx_graph]") {
    Graph graph = one_node_graph(Op{conv_op(1, 1)}, {{-0.5F, 0.75F}, {0.375F}, {}, {}, {}, {}, 0},
                                 {{2, 1, 1}}, {1, 1, 1});
    graph.nodes[0].fixed_point = FixedPoint{-2, -4};
    OnnxModel model = onnx_of(graph);
    CHECK(constant_of(model, "node.weights_quantized").type == OnnxType::int8);
    CHECK(constant_of(model, "node.weights_quantized").ints == std::vector<std::int64_t>{-2, 3});
    CHECK(constant_of(model, "node.weights_quantized").dims == std::vector<std::int64_t>{1, 2, 1, 1});
    CHECK(constant_of(model, "node.weights_scale").floats == std::vector<float>{0.25F});
    CHECK(constant_of(model, "node.weights_zero_point").ints == std::vector<std::int64_t>{0});
    CHECK(constant_of(model, "node.bias_quantized").type == OnnxType::int32);
    CHECK(constant_of(model, "node.bias_quantized").ints == std::vector<std::int64_t>{6});
    REQUIRE(model.nodes.size() == 3);
    CHECK(model.nodes[0].op == "DequantizeLinear");
    CHECK(model.nodes[2].op == "Conv");
    // What is no multiple, or too large, cannot be written.
    graph.nodes[0].parameters.weights[0] = 0.3F;
    CHECK_THROWS_WITH(onnx_of(graph), Catch::Contains("node.weights: 0.3 is not an int8 times 2^-2"));
    graph.nodes[0].parameters.weights[0] = 32;
    CHECK_THROWS_AS(onnx_of(graph), std::invalid_argument);
    graph.nodes[0].parameters.weights[0] = -32;
    CHECK_NOTHROW(onnx_of(graph));
}

TEST_CASE("names of a network may look like those of constants", "[bundle][onnx_graph]") {
    const Network network = Chain({1, 2, 2})
                                .then("conv.weights", conv_op(2, 1))
                                .then("conv", conv_op(2, 1))
                                .then("conv.bias_", conv_op(2, 1))
                                .then("conv.bias", conv_op(2, 1))
                                .build();
    require_round_trip(whole_graph(network, seeded_parameters(network, 1)));
}

TEST_CASE("nodes that are copied come back with what they read", "[bundle][onnx_graph]") {
    if (!has_onnx()) {
        WARN("skipped: this build has no ONNX library");
        return;
    }
    // Twice the same constant, an output that nothing reads, and a step without a name.
    OnnxModel part;
    part.opset = 16;
    part.domains["com.example"] = 3;
    part.inputs = {{"x0", OnnxType::float32, {{1, 2, 3, 3}}}, {"x1", OnnxType::float32, {{1, 2, 1, 1}}}};
    part.initializers = {{"c0", OnnxType::int64, {1}, {}, {2}}};
    part.nodes = {{"", "TopK", "", {"x0", "c0"}, {"v0", "v1"}, {{"axis", std::int64_t{1}}}},
                  {"", "Odd", "com.example", {"v0", "x1", "", "c0"}, {"y"}, {}}};
    part.outputs = {{"y", OnnxType::float32, {{1, 4, 3, 3}}}};
    LayerParameters parameters;
    parameters.copied = write_onnx(part);
    const Graph graph =
        one_node_graph(Op{Other{"Odd", {4, 3, 3}}}, parameters, {{2, 3, 3}, {2, 1, 1}}, {4, 3, 3});
    const OnnxModel model = onnx_of(graph);
    CHECK(model.opset == 16);
    CHECK(model.domains.at("com.example") == 3);
    const OnnxModel file = read_onnx(write_onnx(model));
    const Graph again = graph_of(file);
    REQUIRE(again.nodes.size() == 1);
    CHECK(again.nodes[0].name == "node");
    CHECK(again.nodes[0].inputs == graph.nodes[0].inputs);
    CHECK(std::get<Other>(std::get<Op>(again.nodes[0].op)).type == "Odd");
    CHECK(again.tensor(again.outputs.front()).shape == Shape{4, 3, 3});
    // What is written for it is what it was read from.
    CHECK(difference(graph_of(read_onnx(write_onnx(onnx_of(again)))), again) == std::nullopt);
    OnnxModel other = file;
    constant_of(other, "node.c0").ints = {1};
    CHECK(difference(graph_of(other), again) == "node 'node' has other copied nodes");
    other = file;
    other.nodes.front().attributes["axis"] = std::int64_t{2};
    CHECK(difference(graph_of(other), again) == "node 'node' has other copied nodes");
}

TEST_CASE("what has no ONNX form is refused", "[bundle][onnx_graph]") {
    const Graph other = one_node_graph(Op{Other{"Einsum", {1, 1, 1}}}, {}, {{1, 1, 1}}, {1, 1, 1});
    CHECK_THROWS_WITH(onnx_of(other), "'node': operation Einsum has no ONNX form");
    Pool pool{PoolKind::average, square(2), false, false};
    pool.window.dilation_h = 2;
    const Graph average = one_node_graph(Op{pool}, {}, {{1, 4, 4}}, {1, 2, 3});
    CHECK_THROWS_AS(onnx_of(average), std::invalid_argument);
    const Graph tiny = one_node_graph(Dequantize{-127}, {}, {{1, 1, 1}}, {1, 1, 1});
    CHECK_THROWS_WITH(onnx_of(tiny), "'node': the scale 2^-127 is no float32");
}

TEST_CASE("a model that is no graph of ours is refused with the reason", "[bundle][onnx_graph]") {
    const OnnxModel good = onnx_of(every_graph());
    const auto refused = [&](const auto& damage, const std::string& message) {
        OnnxModel model = good;
        damage(model);
        CHECK_THROWS_WITH(graph_of(model), Catch::Contains(message));
    };
    using List = std::vector<std::int64_t>;
    refused([](auto& m) { node_of(m, "Conv").op = "ConvTranspose"; }, "operator ConvTranspose is none");
    refused([](auto& m) { node_of(m, "Conv").domain = "com.example"; }, "no standard operator");
    refused([](auto& m) { node_of(m, "Conv").inputs.resize(1); }, "node 'conv': input 2 is missing");
    refused([](auto& m) { node_of(m, "Conv").inputs.clear(); }, "node 'conv': input 1 is missing");
    refused([](auto& m) { node_of(m, "Conv").outputs.clear(); }, "one output");
    refused([](auto& m) { node_of(m, "Conv").attributes.erase("pads"); }, "attribute pads is missing");
    refused([](auto& m) { node_of(m, "Conv").attributes["pads"] = List{1}; }, "not two-dimensional");
    refused([](auto& m) { node_of(m, "Conv").attributes["group"] = std::int64_t{0}; }, "groups must be 1 to");
    refused([](auto& m) { node_of(m, "Conv").attributes["group"] = 1.0; }, "of the wrong kind");
    refused([](auto& m) { constant_of(m, "conv.weights").floats.pop_back(); }, "numbers of weights, not");
    refused([](auto& m) { constant_of(m, "conv.weights").dims = {}; }, "do not have 4 dimensions");
    refused([](auto& m) { constant_of(m, "conv.weights").dims[0] = INT64_MAX; }, "filters must be 1 to");
    refused([](auto& m) { constant_of(m, "conv.bias").floats.clear(); }, "0 numbers of bias, not 6");
    refused([](auto& m) { constant_of(m, "norm.mean").floats.clear(); }, "0 numbers of mean, not 6");
    refused([](auto& m) { constant_of(m, "relu6.max").floats = {5}; }, "another range than 0 to 6");
    refused(
        [](auto& m) {
            constant_of(m, "shuffle.split_shape").ints = {1, 0, 0, 5, 4};
        },
        "no channel shuffle");
    refused(
        [](auto& m) {
            node_of(m, "Transpose").attributes["perm"] = List{0, 1, 2, 3, 4};
        },
        "no channel shuffle");
    refused([](auto& m) { constant_of(m, "left.ends").ints = {}; }, "no single whole number");
    refused([](auto& m) { constant_of(m, "left.ends").ints = {0}; }, "no slice of channels");
    refused([](auto& m) { constant_of(m, "left.ends").ints = {7}; }, "do not lie in the 6 input channels");
    refused([](auto& m) { m.initializers.clear(); }, "is no constant");
    refused([](auto& m) { m.inputs.clear(); }, "'input' is read before it is computed");
    refused([](auto& m) { std::swap(m.nodes[0], m.nodes[1]); }, "read before it is computed");
    refused([](auto& m) { m.nodes[1].outputs = m.nodes[0].outputs; }, "is computed twice");
    refused([](auto& m) { m.nodes[1].name = m.nodes[0].name; }, "the name is used twice");
    refused([](auto& m) { m.nodes.push_back({"", "Relu", "", {"input"}, {"new"}, {}}); }, "belongs to none");
    refused([](auto& m) { m.inputs[0].dims.reset(); }, "no shape of 1 x C x H x W");
    refused([](auto& m) { m.inputs[0].dims = List{2, 4, 9, 8}; }, "no shape of 1 x C x H x W");
    refused([](auto& m) { m.inputs[0].dims = List{1, 4, -1, 8}; }, "is empty");
    refused([](auto& m) { m.inputs[0].dims = List{1, INT64_MAX, INT64_MAX, 8}; }, "is too large");
    refused([](auto& m) { m.inputs[0].type = OnnxType::int64; }, "neither float32 nor int8 nor int32");
    refused([](auto& m) { m.inputs[0].type = OnnxType::int8; }, "cannot read a tensor of the type");
    refused([](auto& m) { m.outputs[0].dims = List{1, 6}; }, "another shape or type");
    refused([](auto& m) { m.outputs[0].name = "nothing"; }, "'nothing' is read before");
}

TEST_CASE("scales that are no powers of two are refused", "[bundle][onnx_graph]") {
    Random random(1);
    const OnnxModel good = onnx_of(quantised_graph(random));
    const auto refused = [&](const auto& damage, const std::string& message) {
        OnnxModel model = good;
        damage(model);
        CHECK_THROWS_WITH(graph_of(model), Catch::Contains(message));
    };
    for (const float scale : {0.3F, 0.0F, -0.5F}) {
        refused([&](auto& m) { constant_of(m, "q.scale").floats = {scale}; }, "no power of two");
        refused([&](auto& m) { constant_of(m, "conv.weights_scale").floats = {scale}; }, "no power of two");
        refused([&](auto& m) { constant_of(m, "sums.scale").floats = {scale}; }, "no power of two");
    }
    refused([](auto& m) { constant_of(m, "q.scale").floats = {}; }, "no power of two");
    refused([](auto& m) { constant_of(m, "q.zero_point").ints = {3}; }, "zero point is not 0");
    refused([](auto& m) { constant_of(m, "conv.weights_zero_point").ints = {3}; }, "zero point is not 0");
    refused([](auto& m) { constant_of(m, "conv.weights_quantized").type = OnnxType::int32; }, "wrong type");
    refused([](auto& m) { node_of(m, "Round").op = "Floor"; }, "no quantisation");
}
