// SPDX-License-Identifier: Apache-2.0
// Networks that are exported and imported again.
#include "cleave/bundle/write_graph.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/config/write_network_json.hpp"
#include "cleave/deploy/seeded.hpp"
#include "cleave/onnx/import.hpp"
#include "support/graph_text.hpp"
#include "support/networks.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

ImportedNetwork exported_and_imported(const Network& network, const Parameters& parameters) {
    OnnxModel model = onnx_of(whole_graph(network, parameters));
    if (has_onnx()) {
        model = read_onnx(write_onnx(model));
    }
    return import_onnx(model, "model");
}

}  // namespace

TEST_CASE("an exported network is imported as it was, with its weights", "[bundle][round-trip]") {
    std::size_t networks = 0;
    for (const auto& entry : fs::directory_iterator(source_dir() + "/network_specs")) {
        CAPTURE(entry.path().string());
        const Network network = load_network(entry.path().string()).network;
        const Parameters parameters = seeded_parameters(network, 3);
        const ImportedNetwork again = exported_and_imported(network, parameters);
        CHECK(network_json(again.network) == network_json(network));
        CHECK(graph_text(whole_graph(again.network, again.parameters)) ==
              graph_text(whole_graph(network, parameters)));
        CHECK(again.warnings.empty());
        ++networks;
    }
    CHECK(networks >= 6);
}

TEST_CASE("every operation survives export and import", "[bundle][round-trip]") {
    using Kind = ActivationKind;
    NetworkBuilder b("all");
    b.begin_module("m");
    LayerId at = b.add("input", Input{{4, 9, 8}}, {});
    const auto then = [&](const std::string& name, const Op& op) { at = b.add("m/" + name, op, {at}); };
    Conv dilated = conv_op(6, 3, 1, 2);
    dilated.window.dilation_h = 2;
    dilated.window.pad_right = 0;
    dilated.bias = false;
    then("conv", dilated);
    then("grouped", conv_op(6, 1, 1, 0, 3));
    then("norm", BatchNorm{});
    then("prelu", Activation{Kind::prelu});
    then("max", Pool{PoolKind::max, square(2, 2), true, false});
    then("leaky", Activation{Kind::leaky_relu, 0.2, {}});
    then("leaky2", Activation{Kind::leaky_relu});
    then("hard", Activation{Kind::hard_sigmoid});
    then("hard2", Activation{Kind::hard_sigmoid, 0.2, 0.4});
    then("hard3", Activation{Kind::hard_swish});
    then("hard4", Activation{Kind::hard_swish, 0.25, 0.375});
    then("swish", Activation{Kind::swish});
    then("tanh", Activation{Kind::tanh});
    then("relu6", Activation{Kind::relu6});
    then("lrn", Lrn{3, 0.5, 0.25, 2});
    then("shuffle", Shuffle{3});
    const LayerId left = b.add("m/left", Slice{0, 2}, {at});
    const LayerId right = b.add("m/right", Slice{2, 4}, {at});
    const LayerId joined = b.add("m/concat", Concat{}, {right, left});
    at = b.add("m/gate", GlobalAveragePool{}, {joined});
    then("sigmoid", Activation{Kind::sigmoid});
    const LayerId scaled = b.add("m/scaled", Mul{}, {joined, at});
    // Layers of their own, though together they are a swish.
    const LayerId own = b.add("m/own", Activation{Kind::sigmoid}, {scaled});
    const LayerId product = b.add("m/product", Mul{}, {scaled, own});
    at = b.add("m/sum", Add{}, {product, scaled, joined});
    at = b.add("m/cube", Mul{}, {at, at, at});
    b.begin_module("n");
    const auto next = [&](const std::string& name, const Op& op) { at = b.add("n/" + name, op, {at}); };
    next("average", Pool{PoolKind::average, square(3, 2, 1), true, true});
    next("drop", Dropout{});
    next("fc", FullyConnected{6, true});
    next("fc.relu", Activation{});
    next("conv", conv_op(4, 1));
    next("flat", Flatten{});
    next("fc2", FullyConnected{6, false});
    next("softmax", Softmax{});
    const Network network = b.build();
    REQUIRE(b.faults().empty());
    const Parameters parameters = seeded_parameters(network, 3);
    const ImportedNetwork again = exported_and_imported(network, parameters);
    CHECK(network_json(again.network) == network_json(network));
    CHECK(graph_text(whole_graph(again.network, again.parameters)) ==
          graph_text(whole_graph(network, parameters)));
}
