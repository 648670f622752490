// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/network.hpp"

#include "cleave/config/read_network.hpp"
#include "cleave/network/parameters.hpp"
#include "support/networks.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// All faults after build(), each behind the name of its layer.
std::vector<std::string> faults(NetworkBuilder& builder) {
    const Network network = builder.build();
    std::vector<std::string> result;
    for (const NetworkFault& fault : builder.faults()) {
        const std::string layer =
            network.layers().empty() ? std::string("-") : network.layer(fault.layer).name;
        result.push_back(layer + ": " + fault.message);
    }
    return result;
}

using Faults = std::vector<std::string>;

}  // namespace

TEST_CASE("a network knows its layers, modules, shapes and readers", "[network]") {
    const Network network = Chain({3, 8, 8}, "stem")
                                .then("conv", conv_op(4, 3, 2, 1))
                                .module("fork")
                                .add("left", conv_op(2, 1), {"conv"})
                                .add("right", conv_op(2, 1), {"conv"})
                                .add("join", Concat{}, {"left", "right"})
                                .add("twice", Add{}, {"join", "join"})
                                .build();
    CHECK(network.name() == "test");
    CHECK(network.layers().size() == 6);
    REQUIRE(network.modules().size() == 2);
    CHECK(network.modules()[0].name == "stem");
    // The input belongs to no module's extent.
    CHECK(network.modules()[0].first == layer_id(1));
    CHECK(network.modules()[0].last == layer_id(1));
    CHECK(network.modules()[1].first == layer_id(2));
    CHECK(network.modules()[1].last == layer_id(5));
    CHECK(network.output(layer_id(1)) == Shape{4, 4, 4});
    CHECK(network.input(layer_id(4), 1) == Shape{2, 4, 4});
    CHECK(network.readers(layer_id(1)) == std::vector<LayerId>{layer_id(2), layer_id(3)});
    CHECK(network.readers(layer_id(4)) == std::vector<LayerId>{layer_id(5)});
    CHECK(network.result() == layer_id(5));
}

TEST_CASE("multiply-accumulates, weights and parameters", "[network]") {
    Conv without_bias = conv_op(8, 3, 1, 1, 4);
    without_bias.bias = false;
    const Network network = Chain({3, 6, 6})
                                .then("conv", conv_op(4, 3, 2, 1))
                                .then("bn", BatchNorm{})
                                .then("prelu", Activation{ActivationKind::prelu})
                                .then("relu", Activation{ActivationKind::relu})
                                .then("grouped", without_bias)
                                .then("fc", FullyConnected{5, true})
                                .build();
    const auto totals = [&](const char* name) { return network.totals(find_layer(network, name)); };
    // 4 filters of 3 * 9 weights, on 3 * 3 positions.
    CHECK(totals("conv").weights == 108);
    CHECK(totals("conv").macs == 972);
    CHECK(totals("conv").params == 112);
    CHECK(totals("bn").params == 8);
    CHECK(totals("bn").macs == 0);
    CHECK(totals("prelu").params == 4);
    CHECK(totals("relu").params == 0);
    // 8 filters of one channel each.
    CHECK(totals("grouped").weights == 72);
    CHECK(totals("grouped").macs == 648);
    CHECK(totals("grouped").params == 72);
    CHECK(totals("fc").weights == 360);
    CHECK(totals("fc").macs == 360);
    CHECK(totals("fc").params == 365);
    CHECK(network.totals().macs == 972 + 648 + 360);
    CHECK(network.totals().weights == 108 + 72 + 360);
    CHECK(network.totals().params == 112 + 8 + 4 + 72 + 365);
}

TEST_CASE("trained numbers of an operation", "[network]") {
    const auto counts = [](const Op& op, const Shape& input) {
        const ParameterCounts c = parameter_counts(op, input);
        return std::vector<std::int64_t>{c.weights, c.bias, c.norm};
    };
    using Counts = std::vector<std::int64_t>;
    CHECK(counts(conv_op(8, 3, 1, 1, 2), {4, 5, 5}) == Counts{8 * 2 * 9, 8, 0});
    Conv without_bias = conv_op(8, 1);
    without_bias.bias = false;
    CHECK(counts(without_bias, {4, 5, 5}) == Counts{32, 0, 0});
    CHECK(counts(FullyConnected{10, true}, {4, 5, 5}) == Counts{1000, 10, 0});
    CHECK(counts(FullyConnected{10, false}, {4, 5, 5}) == Counts{1000, 0, 0});
    CHECK(counts(BatchNorm{}, {4, 5, 5}) == Counts{0, 0, 4});
    CHECK(counts(Activation{ActivationKind::prelu}, {4, 5, 5}) == Counts{4, 0, 0});
    CHECK(counts(Activation{ActivationKind::relu}, {4, 5, 5}) == Counts{0, 0, 0});
    CHECK(filters_of(conv_op(8, 3, 1, 1, 4), {4, 5, 5})->depthwise);
    CHECK(filters_of(FullyConnected{10, true}, {4, 5, 5})->taps == 100);
    CHECK_FALSE(filters_of(BatchNorm{}, {4, 5, 5}).has_value());
}

TEST_CASE("the shipped networks have the published totals", "[network]") {
    struct Published {
        const char* name;
        std::int64_t macs;
        std::int64_t weights;
        std::int64_t params;
    };
    // MACs and weights without bias; params with bias and batch norm, as torchvision counts them.
    for (const Published& p : {Published{"squeezenet_1.0", 818'924'576, 1'244'448, 1'248'424},
                               Published{"squeezenet_1.1", 349'151'936, 1'231'552, 1'235'496},
                               Published{"mobilenet_v2_0.5", 97'131'840, 1'949'136, 1'968'680},
                               Published{"mobilenet_v2_1.0", 300'774'272, 3'469'760, 3'504'872},
                               Published{"shufflenet_v2_0.5", 40'476'448, 1'357'840, 1'366'792},
                               Published{"shufflenet_v2_1.0", 144'907'992, 2'261'424, 2'278'604}}) {
        CAPTURE(p.name);
        const Network network = load_network(source_dir() + "/network_specs/" + p.name + ".yaml").network;
        CHECK(network.name() == p.name);
        CHECK(network.totals().macs == p.macs);
        CHECK(network.totals().weights == p.weights);
        CHECK(network.totals().params == p.params);
        CHECK(network.output(network.result()).channels == 1000);
    }
}

TEST_CASE("faults are kept, and one does not raise others", "[network]") {
    NetworkBuilder builder("bad");
    builder.begin_module("m");
    const LayerId in = builder.add("in", Input{{3, 4, 4}}, {});
    const LayerId bad = builder.add("bad", conv_op(4, 7), {in});
    const LayerId good = builder.add("good", conv_op(4, 3), {bad});
    builder.add("worse", conv_op(4, 3, 1, 0, 3), {good});
    CHECK(builder.shape(bad) == Shape{3, 4, 4});
    CHECK(faults(builder) ==
          Faults{"bad: a 7x7 window does not fit the 4x4 input feature map: the output would be empty",
                 "worse: groups: 3 does not divide the 4 input channels"});
}

TEST_CASE("a network needs layers that are read", "[network]") {
    NetworkBuilder empty("empty");
    CHECK(faults(empty) == Faults{"-: the network has no layers"});

    NetworkBuilder only_input("only_input");
    only_input.begin_module("m");
    only_input.add("in", Input{{1, 2, 2}}, {});
    CHECK(faults(only_input) == Faults{"in: module 'm' has no layers", "in: the network has no layers"});

    NetworkBuilder unread("unread");
    unread.begin_module("m");
    const LayerId in = unread.add("in", Input{{1, 2, 2}}, {});
    unread.add("dead", conv_op(1, 1), {in});
    unread.add("dead", conv_op(1, 1), {in});
    CHECK(faults(unread) == Faults{"dead: no layer reads its output, and it is not the last layer",
                                   "dead: layer name 'dead' is used twice"});

    NetworkBuilder no_module("no_module");
    CHECK_THROWS_AS(no_module.add("in", Input{{1, 2, 2}}, {}), std::logic_error);
}

TEST_CASE("a network may give out several maps", "[network]") {
    NetworkBuilder builder("heads");
    builder.begin_module("m");
    const LayerId left = builder.add("left", Input{{2, 6, 6}}, {});
    const LayerId right = builder.add("right", Input{{2, 6, 6}}, {});
    const LayerId sum = builder.add("sum", Add{}, {left, right});
    const LayerId head = builder.add("head", conv_op(3, 1), {sum});
    const LayerId last = builder.add("last", conv_op(5, 3, 1, 1), {sum});
    SECTION("in the order of its outputs") {
        builder.set_results({last, head});
        const Network network = builder.build();
        REQUIRE(builder.faults().empty());
        CHECK(network.results() == std::vector<LayerId>{last, head});
        CHECK(network.is_result(head));
        CHECK_FALSE(network.is_result(sum));
        CHECK(network.input_count() == 2);
        CHECK(network.modules().size() == 1);
    }
    SECTION("and what it does not give out is read") {
        builder.set_results({last});
        CHECK(faults(builder) ==
              Faults{"head: no layer reads its output, and it is no output of the network"});
    }
    SECTION("and its inputs come first") {
        builder.add("late", Input{{2, 6, 6}}, {});
        builder.set_results({last, head});
        CHECK(faults(builder) ==
              Faults{"late: an input must come before all other layers",
                     "late: no layer reads its output, and it is no output of the network"});
    }
}

TEST_CASE("modules have a single entry and a single exit", "[network]") {
    NetworkBuilder two_exits("two_exits");
    two_exits.begin_module("a");
    const LayerId in = two_exits.add("in", Input{{2, 3, 3}}, {});
    const LayerId first = two_exits.add("first", conv_op(2, 1), {in});
    const LayerId second = two_exits.add("second", conv_op(2, 1), {first});
    two_exits.begin_module("b");
    two_exits.add("sum", Add{}, {first, second});
    CHECK(
        faults(two_exits) ==
        Faults{"first: module 'a' must have a single exit, its last layer 'second', but 'sum' outside reads "
               "'first'",
               "sum: module 'b' must have a single entry but reads both 'first' and 'second'"});

    // Reading the same map twice from outside is one entry.
    CHECK_NOTHROW(Chain({2, 3, 3}, "a")
                      .then("first", conv_op(2, 1))
                      .module("b")
                      .add("left", conv_op(2, 1), {"first"})
                      .add("right", conv_op(2, 1), {"first"})
                      .add("sum", Add{}, {"left", "right"})
                      .build());

    // The network input is an entry like any other.
    NetworkBuilder skips("skips");
    skips.begin_module("a");
    const LayerId source = skips.add("in", Input{{2, 3, 3}}, {});
    const LayerId conv = skips.add("conv", conv_op(2, 1), {source});
    skips.begin_module("b");
    skips.add("sum", Add{}, {source, conv});
    CHECK(faults(skips) == Faults{"sum: module 'b' must have a single entry but reads both 'in' and 'conv'"});
}

TEST_CASE("random networks are consistent", "[network][support]") {
    std::size_t layers = 0;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const Network network = random_network(random, random.between(1, 6));
        layers += network.layers().size();
        for (std::size_t i = 1; i < network.layers().size(); ++i) {
            const LayerId id = layer_id(i);
            std::vector<Shape> inputs;
            for (const LayerId in : network.layer(id).inputs) {
                REQUIRE(in < id);
                inputs.push_back(network.output(in));
            }
            REQUIRE(network.output(id) == infer_shape(network.layer(id).op, inputs));
        }
    }
    CHECK(layers > 2000);
}
