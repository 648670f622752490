// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/execute.hpp"

#include "cleave/deploy/verify.hpp"
#include "cleave/deploy/winograd.hpp"
#include "support/layer_reference.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace cleave;
using namespace cleave::testing;

namespace {

Values run_one(const NodeOp& op, const Shape& in, const Values& values, const Shape& out,
               const LayerParameters& parameters = {}) {
    return execute(one_node_graph(op, parameters, {in}, out), {values}).front();
}

/// The executor against the definition, on whole numbers: equal to the last bit.
void require_exact(const Op& op, const LayerParameters& parameters, const RealMap& in) {
    const RealMap expected = reference_layer(op, parameters, {in});
    REQUIRE(run_one(op, in.shape, in.values, expected.shape, parameters) == expected.values);
}

RealMap random_map(Random& random, const Shape& shape) {
    return {shape, whole_values(random, shape.elements(), 127)};
}

/// Hundredths between -4 and 4.
RealMap real_map(Random& random, const Shape& shape) {
    RealMap map{shape, whole_values(random, shape.elements(), 400)};
    for (double& x : map.values) {
        x /= 100;
    }
    return map;
}

Pool random_pool(Random& random, const Shape& in) {
    for (;;) {
        Pool pool{random.pick<PoolKind>({PoolKind::max, PoolKind::average}), {}, false, false};
        Window& w = pool.window;
        w.kernel_h = random.between(1, 4);
        w.kernel_w = random.between(1, 4);
        w.stride_h = random.between(1, 3);
        w.stride_w = random.between(1, 3);
        w.pad_top = random.below(w.kernel_h);
        w.pad_bottom = random.below(w.kernel_h);
        w.pad_left = random.below(w.kernel_w);
        w.pad_right = random.below(w.kernel_w);
        pool.ceil = random.chance(50);
        pool.count_pad = random.chance(50);
        if (w.kernel_h <= in.height + w.pad_top + w.pad_bottom &&
            w.kernel_w <= in.width + w.pad_left + w.pad_right) {
            return pool;
        }
    }
}

const Shape kLine{1, 1, 4};

}  // namespace

TEST_CASE("convolutions are computed as defined", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const RandomConv layer = random_conv(random);
        require_exact(layer.conv, whole_parameters(random, layer.conv, layer.input),
                      random_map(random, layer.input));
    }
}

TEST_CASE("a convolution larger than a tile is computed as defined", "[deploy][execute]") {
    Random random(1);
    const Shape in{64, 47, 47};  // 64 * 9 * 47 * 47 unrolled elements are more than 2^20
    Conv conv = conv_op(2, 3, 1, 1);
    require_exact(conv, whole_parameters(random, conv, in), random_map(random, in));
}

TEST_CASE("convolutions with fewer products are computed as defined", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        // Tiles that end within the map and beyond it, more of them than are computed at a time, and groups.
        const std::int64_t groups = random.between(1, 2);
        const Shape in{random.between(16, 20) * groups, random.between(6, 40), random.between(6, 40)};
        Conv conv = conv_op(random.between(16, 35) * groups, 3, 1, 0);
        conv.groups = groups;
        conv.bias = random.chance(50);
        Window& w = conv.window;
        w.pad_top = random.between(0, 2);
        w.pad_left = random.between(0, 2);
        w.pad_bottom = random.between(0, 2);
        w.pad_right = random.between(0, 2);
        REQUIRE(suits_winograd(conv, in));
        const LayerParameters parameters = whole_parameters(random, conv, in);
        const RealMap map = real_map(random, in);
        const RealMap expected = reference_layer(conv, parameters, {map});
        REQUIRE(relative_error(run_one(conv, in, map.values, expected.shape, parameters), expected.values) <
                1e-13);
    }
    CHECK_FALSE(suits_winograd(conv_op(32, 3, 2, 1), {32, 20, 20}));
    CHECK_FALSE(suits_winograd(conv_op(32, 5, 1, 2), {32, 20, 20}));
    CHECK_FALSE(suits_winograd(conv_op(32, 3, 1, 1), {3, 20, 20}));
}

TEST_CASE("convolutions in fixed point have exact sums", "[deploy][execute]") {
    Random random(1);
    const Shape in{32, 24, 24};
    const Conv conv = conv_op(32, 3, 1, 1);
    REQUIRE(suits_winograd(conv, in));
    const LayerParameters parameters = whole_parameters(random, conv, in);
    const RealMap map = random_map(random, in);
    const RealMap expected = reference_layer(conv, parameters, {map});
    Graph graph = one_node_graph(Op(conv), parameters, {in}, expected.shape);
    graph.nodes.front().fixed_point = FixedPoint{};
    REQUIRE(execute(graph, {map.values}).front() == expected.values);
}

TEST_CASE("fully connected layers are computed as defined", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Shape in{random.between(1, 5), random.between(1, 4), random.between(1, 4)};
        const FullyConnected fc{random.between(1, 7), random.chance(50)};
        require_exact(fc, whole_parameters(random, fc, in), random_map(random, in));
    }
}

TEST_CASE("pooling is computed as defined", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Shape in{random.between(1, 3), random.between(1, 9), random.between(1, 9)};
        require_exact(random_pool(random, in), {}, random_map(random, in));
        require_exact(GlobalAveragePool{}, {}, random_map(random, in));
    }
}

TEST_CASE("an average counts the padding only when told", "[deploy][execute]") {
    // 1 2 3 4 with one zero on each side, windows of 3: 0 1 2 | 2 3 4 at stride 2.
    Pool pool{PoolKind::average, {1, 3, 1, 2, 1, 1, 0, 1, 0, 1}, false, false};
    CHECK(run_one(pool, kLine, {1, 2, 3, 4}, {1, 1, 2}) == Values{1.5, 3});
    pool.count_pad = true;
    CHECK(run_one(pool, kLine, {1, 2, 3, 4}, {1, 1, 2}) == Values{1, 3});
    // Rounded up, without padding: 1 2 | 3 4 at stride 3 becomes 1 2 | 4; the last window has one tap on the
    // map.
    pool = {PoolKind::average, {1, 2, 1, 3, 1, 1, 0, 0, 0, 0}, true, false};
    CHECK(run_one(pool, kLine, {1, 2, 3, 4}, {1, 1, 2}) == Values{1.5, 4});
}

TEST_CASE("layers that move or combine channels are computed as defined", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const std::int64_t groups = random.between(1, 4);
        const Shape shape{groups * random.between(1, 3), random.between(1, 4), random.between(1, 4)};
        const RealMap a = random_map(random, shape);
        const RealMap b = random_map(random, shape);
        const RealMap c = random_map(random, {random.between(1, 5), shape.height, shape.width});
        require_exact(Shuffle{groups}, {}, a);
        const std::int64_t first = random.below(shape.channels);
        require_exact(Slice{first, random.between(1, shape.channels - first)}, {}, a);
        require_exact(Flatten{}, {}, a);
        require_exact(Dropout{}, {}, a);
        const auto run = [&](const Op& op, const std::vector<RealMap>& maps, const Shape& out) {
            std::vector<Shape> shapes;
            std::vector<Values> values;
            for (const RealMap& map : maps) {
                shapes.push_back(map.shape);
                values.push_back(map.values);
            }
            return execute(one_node_graph(op, {}, shapes, out), values).front();
        };
        REQUIRE(run(Add{}, {a, b, a}, shape) == reference_layer(Add{}, {}, {a, b, a}).values);
        REQUIRE(run(Mul{}, {a, b}, shape) == reference_layer(Mul{}, {}, {a, b}).values);
        const RealMap joined = reference_layer(Concat{}, {}, {a, c, b});
        REQUIRE(run(Concat{}, {a, c, b}, joined.shape) == joined.values);
    }
}

TEST_CASE("a map of one position is added and multiplied everywhere", "[deploy][execute]") {
    const Graph add = one_node_graph(Add{}, {}, {{2, 1, 2}, {2, 1, 1}}, {2, 1, 2});
    CHECK(execute(add, {{1, 2, 3, 4}, {10, 20}}).front() == Values{11, 12, 23, 24});
    const Graph mul = one_node_graph(Mul{}, {}, {{2, 1, 1}, {2, 1, 2}}, {2, 1, 2});
    CHECK(execute(mul, {{10, 20}, {1, 2, 3, 4}}).front() == Values{10, 20, 60, 80});
    const Graph one = one_node_graph(Mul{}, {}, {{2, 1, 2}, {1, 1, 1}}, {2, 1, 2});
    CHECK(execute(one, {{1, 2, 3, 4}, {10}}).front() == Values{10, 20, 30, 40});
}

TEST_CASE("activations and normalisations are computed as defined", "[deploy][execute]") {
    using Kind = ActivationKind;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Shape shape{random.between(1, 7), random.between(1, 4), random.between(1, 4)};
        const RealMap in = real_map(random, shape);
        LayerParameters parameters;
        for (std::int64_t c = 0; c < shape.channels; ++c) {
            const auto real = [&](std::int64_t low) {
                return static_cast<float>(random.between(low, 200)) / 100.0F;
            };
            parameters.weights.push_back(real(-200));
            parameters.scale.push_back(real(-200));
            parameters.shift.push_back(real(-200));
            parameters.mean.push_back(real(-200));
            parameters.variance.push_back(real(1));
        }
        const std::vector<Op> ops = {
            Activation{Kind::relu},
            Activation{Kind::relu6},
            Activation{Kind::leaky_relu},
            Activation{Kind::leaky_relu, 0.2, {}},
            Activation{Kind::prelu},
            Activation{Kind::sigmoid},
            Activation{Kind::hard_sigmoid},
            Activation{Kind::hard_sigmoid, 0.2, 0.4},
            Activation{Kind::hard_swish},
            Activation{Kind::swish},
            Activation{Kind::tanh},
            BatchNorm{},
            Softmax{},
            Lrn{},
            Lrn{random.between(1, 8), 0.5, 0.6, 2},
        };
        for (const Op& op : ops) {
            CAPTURE(op_name(op));
            const RealMap expected = reference_layer(op, parameters, {in});
            REQUIRE(relative_error(run_one(op, shape, in.values, shape, parameters), expected.values) <
                    1e-12);
        }
    }
}

TEST_CASE("quantising rounds halves to even and limits", "[deploy][execute]") {
    const Shape shape{1, 1, 8};
    const Values x{0.25, 0.75, 1.25, -0.25, -0.75, 63.9, -64, -900};
    CHECK(run_one(Quantize{-1, TensorType::int8}, shape, x, shape) ==
          Values{0, 2, 2, 0, -2, 127, -128, -128});
    CHECK(run_one(Quantize{3, TensorType::int8}, shape, {4, 12, 20, -4, -12, 7, 8, 5000}, shape) ==
          Values{0, 2, 2, 0, -2, 1, 1, 127});
    CHECK(run_one(Quantize{-1, TensorType::int32}, {1, 1, 3}, {1e10, -1e10, 900.25}, {1, 1, 3}) ==
          Values{2147483647, -2147483648.0, 1800});
    CHECK(run_one(Dequantize{-2}, {1, 1, 3}, {-128, 1, 127}, {1, 1, 3}) == Values{-32, 0.25, 31.75});
}

TEST_CASE("channels are gathered in any order", "[deploy][execute]") {
    CHECK(run_one(Gather{{2, 0, 2}}, {3, 1, 2}, {1, 2, 3, 4, 5, 6}, {3, 1, 2}) == Values{5, 6, 1, 2, 5, 6});
}

TEST_CASE("a whole network is computed layer by layer", "[deploy][execute]") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Network network = random_network(random, 6);
        Parameters parameters;
        std::vector<RealMap> maps;
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            const Layer& layer = network.layers()[i];
            if (layer.inputs.empty()) {
                parameters.emplace_back();
                maps.push_back(real_map(random, network.output(LayerId{})));
                continue;
            }
            parameters.push_back(whole_parameters(random, layer.op, network.input(layer_id(i))));
            for (float& weight : parameters.back().weights) {
                weight /= 256;
            }
            if (std::holds_alternative<BatchNorm>(layer.op)) {
                const auto channels = static_cast<std::size_t>(network.output(layer_id(i)).channels);
                parameters.back().scale.assign(channels, 0.5F);
                parameters.back().shift.assign(channels, 0.125F);
                parameters.back().mean.assign(channels, -0.25F);
                parameters.back().variance.assign(channels, 2);
            }
            std::vector<RealMap> inputs;
            for (const LayerId in : layer.inputs) {
                inputs.push_back(maps[index(in)]);
            }
            maps.push_back(reference_layer(layer.op, parameters.back(), inputs));
        }
        const Graph graph = whole_graph(network, parameters);
        REQUIRE(graph.tensor(graph.inputs.front()).name == "input");
        const std::vector<Values> all = execute_all(graph, {maps.front().values});
        REQUIRE(all.size() == maps.size());
        for (std::size_t i = 0; i < maps.size(); ++i) {
            REQUIRE(graph.tensors[i].shape == maps[i].shape);
            REQUIRE(relative_error(all[i], maps[i].values) < 1e-11);
        }
        // Without keeping what is between, the result is the same.
        REQUIRE(execute(graph, {maps.front().values}) == std::vector<Values>{all.back()});
    }
}

TEST_CASE("inputs of a graph must fit", "[deploy][execute]") {
    const Graph graph = one_node_graph(Op{Flatten{}}, {}, {{1, 1, 1}}, {1, 1, 1});
    CHECK_THROWS_WITH(execute(graph, {{0, 1}}), "input 'in0' has 2 values, not 1");
    CHECK_THROWS_WITH(execute(graph, {}), "graph 'one' has 1 inputs, not 0");
}

TEST_CASE("numbers of the inputs stand for what is not computed", "[deploy][execute]") {
    const auto run = [](const std::vector<Shape>& shapes, const std::vector<Values>& inputs,
                        const Shape& out) {
        return execute(one_node_graph(Op{Other{"Resize", out}}, {}, shapes, out), inputs).front();
    };
    // From all over the input, whatever the sizes; of several inputs in turn.
    CHECK(run({{1, 2, 2}}, {{1, 2, 3, 4}}, {2, 2, 2}) == Values{1, 1, 2, 2, 3, 3, 4, 4});
    CHECK(run({{1, 2, 3}}, {{1, 2, 3, 4, 5, 6}}, {1, 1, 3}) == Values{1, 3, 5});
    CHECK(run({{4, 1, 1}, {2, 1, 1}}, {{1, 2, 3, 4}, {-1, -2}}, {1, 2, 2}) == Values{1, -1, 3, -2});
}

TEST_CASE("whole graphs need every parameter", "[deploy][graph]") {
    const Network network = Chain({2, 4, 4})
                                .then("conv", conv_op(3, 3))
                                .then("norm", BatchNorm{})
                                .then("act", Activation{ActivationKind::prelu})
                                .build();
    Parameters parameters(4);
    parameters[1].weights.resize(54);
    parameters[1].bias.resize(3);
    for (auto* numbers : {&parameters[2].scale, &parameters[2].shift, &parameters[2].mean,
                          &parameters[2].variance, &parameters[3].weights}) {
        numbers->resize(3);
    }
    const Graph graph = whole_graph(network, parameters);
    CHECK(graph.nodes.size() == 3);
    CHECK(graph.nodes[1].name == "norm");
    CHECK(graph.tensor(graph.outputs.front()).name == "act");
    Parameters bad = parameters;
    bad[1].weights.pop_back();
    CHECK_THROWS_WITH(whole_graph(network, bad), "layer 'conv' has 53 numbers of weights, not 54");
    bad = parameters;
    bad[1].bias.clear();
    CHECK_THROWS_WITH(whole_graph(network, bad), "layer 'conv' has 0 numbers of bias, not 3");
    bad = parameters;
    bad[2].variance.push_back(1);
    CHECK_THROWS_WITH(whole_graph(network, bad), "layer 'norm' has 4 numbers of variance, not 3");
    bad = parameters;
    bad[3].weights.clear();
    CHECK_THROWS_WITH(whole_graph(network, bad), "layer 'act' has 0 numbers of weights, not 3");
    CHECK_THROWS_AS(whole_graph(network, {}), std::invalid_argument);
}
