// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/bind.hpp"

#include "cleave/deploy/seeded.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::testing;

namespace {

Chain start() { return Chain({3, 4, 4}).then("a", conv_op(4, 3, 1, 1)).then("r", Activation{}); }

std::string network_difference(const Network& network, const Network& model) {
    try {
        (void)bind_parameters(network, model, seeded_parameters(model, 1));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a model's parameters are taken over layer by layer", "[network][bind]") {
    const Network network =
        start().then("pool", GlobalAveragePool{}).then("fc", FullyConnected{5, true}).build();
    const Network model = Chain({3, 4, 4}, "other")
                              .then("conv_0", conv_op(4, 3, 1, 1))
                              .then("relu_1", Activation{})
                              .then("dropped", Dropout{})
                              .then("mean", GlobalAveragePool{})
                              .then("flat", Flatten{})
                              .then("gemm", FullyConnected{5, true})
                              .build();
    const Parameters parameters = seeded_parameters(model, 3);
    const Parameters bound = bind_parameters(network, model, parameters);
    REQUIRE(bound.size() == network.layers().size());
    CHECK(bound[index(find_layer(network, "a"))].weights == parameters[1].weights);
    CHECK(bound[index(find_layer(network, "a"))].bias == parameters[1].bias);
    CHECK(bound[index(find_layer(network, "fc"))].weights == parameters[6].weights);
    // The other way round as well.
    CHECK(network_difference(model, network).empty());
}

TEST_CASE("the first difference between network and model is named, and nothing else", "[network][bind]") {
    const Network network = start().then("b", conv_op(2, 1)).build();
    CHECK(network_difference(network, start().then("b", conv_op(3, 1)).build()) ==
          "the model is not this network: layer 'b' (conv) has 2 filters, but the model's 'b' has 3 filters");
    CHECK(network_difference(network, start().then("c", conv_op(3, 3, 1, 1)).build()) ==
          "the model is not this network: layer 'b' (conv) has 2 filters, kernel 1x1, pad 0,0,0,0, but the "
          "model's 'c' has 3 filters, kernel 3x3, pad 1,1,1,1");
    CHECK(network_difference(network, start().then("b", Pool{}).build()) ==
          "the model is not this network: layer 'b' is conv, but the model's 'b' is max_pool");
}

TEST_CASE("other differences between network and model", "[network][bind]") {
    const Network network = start().then("b", conv_op(4, 1)).add("sum", Add{}, {"r", "b"}).build();
    CHECK_THAT(
        network_difference(network, start().then("b", conv_op(4, 1)).add("sum", Add{}, {"b", "r"}).build()),
        Catch::EndsWith("layer 'sum' reads 'r', 'b', but the model's 'sum' reads 'b', 'r'"));
    CHECK_THAT(network_difference(network, start().then("b", conv_op(4, 1)).build()),
               Catch::EndsWith("its layer 'sum' has no counterpart"));
    CHECK_THAT(network_difference(start().build(), network),
               Catch::EndsWith("the model's layer 'b' has no counterpart"));
    CHECK_THAT(network_difference(Chain({3, 4, 4}).then("a", Pool{}).build(),
                                  Chain({3, 5, 4}).then("a", Pool{}).build()),
               Catch::Contains("(input) has 3x4x4, but"));
}
