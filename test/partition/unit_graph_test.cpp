// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/state_space.hpp"
#include "cleave/partition/strategy.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/reference_costs.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

std::vector<std::string> unit_names(const UnitGraph& graph) {
    std::vector<std::string> names;
    for (const Unit& unit : graph.units()) {
        std::string name;
        for (const LayerId layer : unit.layers) {
            name += (name.empty() ? "" : "+") + graph.network().layer(layer).name;
        }
        names.push_back(name);
    }
    return names;
}

}  // namespace

TEST_CASE("what the network gives out ends its unit", "[partition]") {
    NetworkBuilder builder("tap");
    builder.begin_module("m");
    const LayerId in = builder.add("in", Input{{2, 6, 6}}, {});
    const LayerId conv = builder.add("conv", conv_op(4, 1), {in});
    const LayerId norm = builder.add("norm", BatchNorm{}, {conv});
    const LayerId relu = builder.add("relu", Activation{}, {norm});
    builder.set_results({relu, norm});
    const Network network = builder.build();
    REQUIRE(builder.faults().empty());
    const UnitGraph graph(network);
    CHECK(unit_names(graph) == std::vector<std::string>{"conv+norm", "relu"});
    CHECK(graph.is_result(unit_id(0)));
    CHECK(graph.is_result(unit_id(1)));
}

TEST_CASE("what directly follows a layer goes along with it", "[partition]") {
    const Network network = Chain({4, 6, 6})
                                .then("act0", Activation{})
                                .then("conv", conv_op(4, 3, 1, 1))
                                .then("bn", BatchNorm{})
                                .then("act", Activation{})
                                .then("drop", Dropout{})
                                .then("conv2", conv_op(4, 1))
                                .add("act2", Activation{}, {"conv2"})
                                .add("sum", Add{}, {"conv2", "act2"})
                                .module("m1")
                                .then("act3", Activation{})
                                .then("pool", Pool{PoolKind::max, square(2, 2), false})
                                .then("act4", Activation{})
                                .build();
    const UnitGraph graph(network);
    // act0 reads the input; act2 is not the only reader of conv2; act3 stands in another module.
    CHECK(unit_names(graph) ==
          std::vector<std::string>{"act0", "conv+bn+act+drop", "conv2", "act2", "sum", "act3", "pool+act4"});
    CHECK(graph.is_head(find_layer(network, "conv")));
    CHECK_FALSE(graph.is_head(find_layer(network, "act")));
    CHECK_FALSE(graph.is_head(find_layer(network, "in")));
    CHECK(graph.unit(unit_id(1)).output == find_layer(network, "drop"));
    CHECK(graph.unit(unit_id(2)).readers == std::vector<UnitId>{unit_id(3), unit_id(4)});
    CHECK(graph.unit(unit_id(4)).producers == std::vector<UnitId>{unit_id(2), unit_id(3)});
    CHECK(graph.unit(unit_id(0)).producers.empty());
    CHECK(graph.is_result(unit_id(6)));
    CHECK_FALSE(graph.is_result(unit_id(5)));
}

TEST_CASE("what follows a convolution folds or clamps, once", "[partition]") {
    using Role = FollowerRole;
    const auto roles = [](const Op& head, const std::vector<Op>& followers) {
        Chain chain({4, 6, 6});
        chain.then("head", head);
        for (std::size_t i = 0; i < followers.size(); ++i) {
            chain.then("f" + std::to_string(i), followers[i]);
        }
        const Network network = chain.build();
        const UnitGraph graph(network);
        REQUIRE(graph.size() == 1);
        return follower_roles(network, graph.unit(unit_id(0)));
    };
    const Activation relu{ActivationKind::relu};
    const Activation sigmoid{ActivationKind::sigmoid};
    CHECK(roles(conv_op(4, 1), {}).empty());
    CHECK(roles(conv_op(4, 1), {BatchNorm{}, BatchNorm{}, relu, relu, Dropout{}}) ==
          std::vector<Role>{Role::folded, Role::folded, Role::clamp, Role::hardware, Role::nothing});
    // Nothing folds behind an activation or dropout, but the first clamp is free wherever it is.
    CHECK(roles(conv_op(4, 1), {Dropout{}, BatchNorm{}, relu, BatchNorm{}}) ==
          std::vector<Role>{Role::nothing, Role::hardware, Role::clamp, Role::hardware});
    CHECK(roles(FullyConnected{4, true}, {sigmoid, relu}) == std::vector<Role>{Role::hardware, Role::clamp});
    CHECK(roles(Pool{PoolKind::max, square(2, 2), false}, {BatchNorm{}, relu, Dropout{}}) ==
          std::vector<Role>{Role::hardware, Role::hardware, Role::nothing});
}

TEST_CASE("units equal those found by the reference", "[partition][oracle]") {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        CAPTURE(seed);
        const Network network = random_network(random, random.between(1, 6));
        const Platform platform = make_platform();
        const ReferenceCosts costs(network, platform);
        const UnitGraph graph(network);
        REQUIRE(graph.size() == costs.units().size());
        for (std::size_t i = 0; i < graph.size(); ++i) {
            REQUIRE(graph.unit(unit_id(i)).layers == costs.units()[i].layers);
            REQUIRE(graph.unit(unit_id(i)).reads == costs.units()[i].reads);
        }
    }
}

TEST_CASE("states are the down-sets of the units", "[partition][states][oracle]") {
    std::size_t branching = 0;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        CAPTURE(seed);
        const Network network = random_network(random, random.between(1, 4));
        const UnitGraph graph(network);
        if (graph.size() > 12) {
            continue;
        }
        std::size_t down_sets = 0;
        for (std::uint32_t set = 0; set < (1U << graph.size()); ++set) {
            bool closed = true;
            for (std::size_t i = 0; i < graph.size(); ++i) {
                for (const UnitId producer : graph.unit(unit_id(i)).producers) {
                    closed = closed && ((set >> i & 1U) == 0 || (set >> index(producer) & 1U) != 0);
                }
            }
            down_sets += closed ? 1 : 0;
        }
        const StateSpace states(graph);
        REQUIRE(states.size() == down_sets);
        branching += down_sets > graph.size() + 1 ? 1 : 0;
        std::size_t covered = 0;
        for (const Region& region : states.regions()) {
            REQUIRE(region.first == covered);
            covered += region.count;
        }
        REQUIRE(covered == graph.size());
        for (std::size_t s = 0; s < states.size(); ++s) {
            for (const UnitId unit : states.ready(state_id(s))) {
                REQUIRE_FALSE(states.is_done(state_id(s), unit));
                const StateId after = states.after(state_id(s), unit);
                REQUIRE(index(after) > s);
                REQUIRE(states.is_done(after, unit));
            }
        }
        REQUIRE(states.ready(states.end()).empty());
    }
    CHECK(branching > 100);
}

TEST_CASE("a region with too many states is cut", "[partition][states]") {
    Chain chain({2, 3, 3});
    chain.then("a", conv_op(2, 1));
    std::vector<std::string> branches;
    for (int i = 0; i < 6; ++i) {
        branches.push_back("b" + std::to_string(i));
        chain.add(branches.back(), conv_op(2, 1), {"a"});
    }
    const Network network = chain.add("join", Concat{}, branches).build();
    const UnitGraph graph(network);
    const StateSpace whole(graph);
    // Before and after a, then every set of six branches (join ends the region).
    CHECK(whole.regions().size() == 2);
    CHECK(whole.size() == 1 + 64 + 1);
    const StateSpace cut(graph, 20);
    // The seven units of the second region fall in three and four: 8 and 8 states.
    CHECK(cut.regions().size() == 3);
    CHECK(cut.size() == 1 + 7 + 8 + 1);
    const std::vector<UnitId> over_the_cut{unit_id(3), unit_id(4)};
    CHECK(whole.after_all(state_id(1), over_the_cut).has_value());
    CHECK_FALSE(cut.after_all(state_id(1), over_the_cut).has_value());
}

TEST_CASE("strategies are named by what lies where", "[partition][strategy]") {
    const Network network = Chain({4, 6, 6}, "m0")
                                .then("conv", conv_op(4, 3, 1, 1))
                                .module("m1")
                                .then("dw", conv_op(4, 3, 1, 1, 4))
                                .then("pw", conv_op(4, 1))
                                .module("m2")
                                .then("pool", Pool{PoolKind::max, square(2, 2), false})
                                .build();
    const UnitGraph graph(network);
    const auto id = [&](const char* name) { return find_layer(network, name); };
    const auto strategies = [&](const Mapping& mapping) { return module_strategies(graph, mapping); };
    using enum Strategy;
    CHECK(strategies({}) == std::vector<Strategy>{gpu, gpu, gpu});
    CHECK(strategies({{{id("dw")}}, {}}) == std::vector<Strategy>{gpu, dwconv, gpu});
    CHECK(strategies({{{id("pw")}}, {}}) == std::vector<Strategy>{gpu, dwconv, gpu});
    CHECK(strategies({{{id("dw"), id("pw")}}, {}}) == std::vector<Strategy>{gpu, fused, gpu});
    CHECK(strategies({{{id("dw")}}, {{id("pw"), SplitAxis::filters, 1}}}) ==
          std::vector<Strategy>{gpu, gconv, gpu});
    CHECK(strategies({{{id("conv")}}, {{id("pw"), SplitAxis::filters, 1}}}) ==
          std::vector<Strategy>{fused, gconv, gpu});
    CHECK(strategies({{{id("conv"), id("dw"), id("pw"), id("pool")}}, {}}) ==
          std::vector<Strategy>{fpga, fpga, fpga});
    CHECK(strategies({{{id("conv"), id("dw")}, {id("pw"), id("pool")}}, {}}) ==
          std::vector<Strategy>{fpga, fpga, fpga});
}
