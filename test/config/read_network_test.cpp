// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_network.hpp"

#include "support/networks.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Network read(const std::string& text) {
    FaultList faults;
    const std::optional<Node> root = parse_yaml(text, "net.yaml", faults);
    std::optional<Network> network = root ? read_network(*root, faults) : std::nullopt;
    faults.throw_if_any();
    REQUIRE(network);
    return *network;
}

const std::string kHead = "cleave_network: 1\nname: t\ninput: {channels: 4, height: 8, width: 6}\n";

std::vector<std::string> names(const Network& network) {
    std::vector<std::string> result;
    for (const Layer& layer : network.layers()) {
        result.push_back(layer.name);
    }
    return result;
}

}  // namespace

TEST_CASE("a network may have several inputs and outputs", "[config]") {
    const std::string head =
        "cleave_network: 1\nname: t\ninputs:\n"
        "  - {name: left, channels: 2, height: 8, width: 6}\n"
        "  - {name: right, channels: 2, height: 8, width: 6}\n";
    const std::string modules = R"(
modules:
  - name: m
    layers:
      - {name: sum, op: add, from: [left, right]}
      - {name: box, op: conv, kernel: 1, filters: 4, then: [relu]}
      - {name: more, op: conv, kernel: 1, filters: 3, from: sum}
)";
    const Network net = read(head + "outputs: [m/more, m/box]\n" + modules);
    CHECK(net.input_count() == 2);
    CHECK(net.results() == std::vector<LayerId>{find_layer(net, "m/more"), find_layer(net, "m/box.relu")});
    const auto message = [&](const std::string& outputs) {
        try {
            (void)read(head + outputs + modules);
        } catch (const InputError& error) {
            return error.faults().front().message;
        }
        return std::string();
    };
    CHECK(message("outputs: [m/more, box]\n") == "unknown layer 'box' (MODULE/LAYER is needed)");
    CHECK(message("outputs: [m/more, m/more]\n") == "the output 'm/more' is used twice (first in line 6)");
    CHECK(message("outputs: []\n") == "is empty (at least one layer is needed)");
    CHECK(message("outputs: [m/more]\n") == "no layer reads its output, and it is no output of the network");
    CHECK(message("input: {channels: 2, height: 8, width: 6}\noutputs: [m/more, m/box]\n") ==
          "unknown key 'input' (did you mean 'inputs'?; allowed: cleave_network, name, source, inputs, "
          "outputs, "
          "defaults, modules)");
}

TEST_CASE("layers get full names, and each reads what its file says", "[config]") {
    const Network net = read(kHead + R"(
modules:
  - name: a
    layers:
      - {name: c, op: conv, kernel: 1, filters: 8, then: [batch_norm, relu6]}
      - {name: d, op: depthwise, kernel: 3, pad: 1}
      - {name: s, op: add, from: [c, d]}
  - name: b
    layers:
      - {name: l, op: slice, channels: [2, 3]}
      - {name: r, op: slice, channels: [0, 1], from: a/s}
      - {name: j, op: concat, from: [r, l, r]}
)");
    CHECK(names(net) == std::vector<std::string>{"input", "a/c", "a/c.batch_norm", "a/c.relu6", "a/d", "a/s",
                                                 "b/l", "b/r", "b/j"});
    CHECK(net.modules().size() == 2);
    // A reference to a layer is one to the output of its `then`.
    const LayerId relu6 = find_layer(net, "a/c.relu6");
    CHECK(net.layer(find_layer(net, "a/d")).inputs == std::vector<LayerId>{relu6});
    CHECK(net.layer(find_layer(net, "a/s")).inputs == std::vector<LayerId>{relu6, find_layer(net, "a/d")});
    CHECK(net.layer(find_layer(net, "b/l")).inputs == std::vector<LayerId>{find_layer(net, "a/s")});
    CHECK(net.layer(find_layer(net, "b/j")).inputs ==
          std::vector<LayerId>{find_layer(net, "b/r"), find_layer(net, "b/l"), find_layer(net, "b/r")});
    CHECK(net.output(find_layer(net, "b/j")) == Shape{5, 8, 6});
}

TEST_CASE("windows are given for both dimensions, each, or each side", "[config]") {
    const Network net = read(kHead + R"(
defaults: {bias: false}
modules:
  - name: a
    layers:
      - {name: c, op: conv, kernel: [3, 1], stride: [2, 1], pad: [1, 0], filters: 8, groups: 2}
      - {name: d, op: depthwise, kernel: 3, pad: [1, 2, 3, 4], dilation: [1, 2], bias: true}
      - {name: p, op: avg_pool, kernel: 2, stride: 2, ceil: true}
)");
    const auto conv = std::get<Conv>(net.layer(find_layer(net, "a/c")).op);
    CHECK(conv.window == Window{3, 1, 2, 1, 1, 1, 1, 0, 1, 0});
    CHECK(conv.groups == 2);
    CHECK_FALSE(conv.bias);
    CHECK(net.output(find_layer(net, "a/c")) == Shape{8, 4, 6});
    const auto depthwise = std::get<Conv>(net.layer(find_layer(net, "a/d")).op);
    CHECK(depthwise.window == Window{3, 3, 1, 1, 1, 2, 1, 2, 3, 4});
    CHECK(depthwise.groups == 8);
    CHECK(depthwise.filters == 8);
    CHECK(depthwise.bias);
    CHECK(net.output(find_layer(net, "a/d")) == Shape{8, 6, 8});  // 4+4-2 rows, 6+6-4 columns
    const auto pool = std::get<Pool>(net.layer(find_layer(net, "a/p")).op);
    CHECK(pool.kind == PoolKind::average);
    CHECK(pool.ceil);
}

TEST_CASE("every operation of the format can be written", "[config]") {
    const Network net = read(kHead + R"(
modules:
  - name: a
    layers:
      - {name: l1, op: batch_norm}
      - {name: l2, op: relu}
      - {name: l3, op: relu6}
      - {name: l4, op: leaky_relu}
      - {name: l5, op: sigmoid}
      - {name: l6, op: hard_sigmoid}
      - {name: l7, op: hard_swish}
      - {name: l8, op: swish}
      - {name: l9, op: tanh}
      - {name: l10, op: dropout}
      - {name: l11, op: prelu}
      - {name: l12, op: lrn}
      - {name: l13, op: shuffle, groups: 2}
      - {name: l14, op: mul, from: [l13, l13]}
      - {name: l15, op: max_pool, kernel: 2}
      - {name: l16, op: global_avg_pool}
      - {name: l17, op: flatten}
      - {name: l18, op: fc, features: 10}
      - {name: l19, op: softmax}
)");
    REQUIRE(net.layers().size() == 20);
    CHECK(net.output(net.result()) == Shape{10, 1, 1});
    CHECK(op_name(net.layer(find_layer(net, "a/l7")).op) == "hard_swish");
}

TEST_CASE("the shipped networks have their published sizes", "[config]") {
    const std::string folder = source_dir() + "/network_specs/";
    const auto totals = [&](const std::string& name) {
        return load_network(folder + name + ".yaml").network.totals();
    };
    CHECK(totals("squeezenet_1.0").params == 1248424);
    CHECK(totals("squeezenet_1.1").params == 1235496);
    CHECK(totals("mobilenet_v2_1.0").params == 3504872);
    CHECK(totals("shufflenet_v2_0.5").params == 1366792);
    CHECK(totals("shufflenet_v2_1.0").params == 2278604);
    CHECK(totals("mobilenet_v2_1.0").macs == 300774272);  // 300.774 M
    CHECK(totals("mobilenet_v2_1.0").weights / 1000 == 3469);
}

TEST_CASE("one fault does not raise others downstream", "[config]") {
    try {
        (void)read(kHead + R"(
modules:
  - name: a
    layers:
      - {name: c, op: conv, kernel: 3, filters: eight}
      - {name: d, op: conv, kernel: 1, filters: 4, groups: 3}
      - {name: s, op: add, from: [d, input]}
)");
        FAIL("was accepted");
    } catch (const InputError& error) {
        CHECK(std::string(error.what()) ==
              "net.yaml:8:49: error: a/c.filters: 'eight' is not an integer (an integer from 1 to 1048576 is "
              "needed)");
    }
}
