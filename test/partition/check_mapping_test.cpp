// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/evaluate.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Network branching_network() {
    return Chain({4, 6, 6}, "m0")
        .then("conv", conv_op(4, 3, 1, 1))
        .then("bn", BatchNorm{})
        .then("relu", Activation{ActivationKind::relu})
        .module("m1")
        .add("left", conv_op(4, 1), {"relu"})
        .add("right", conv_op(4, 3, 1, 1), {"relu"})
        .add("join", Concat{}, {"left", "right"})
        .module("m2")
        .then("dw", conv_op(8, 3, 1, 1, 8))
        .then("swish", Activation{ActivationKind::swish})
        .then("pw", conv_op(6, 1))
        .then("fc", FullyConnected{3, true})
        .then("softmax", Softmax{})
        .build();
}

/// A network on a platform, ready to check mappings that name layers.
class Checker {
public:
    explicit Checker(Network network, const PlatformOptions& options = {})
        : network_(std::move(network)),
          platform_(make_platform(options)),
          units_(network_),
          states_(units_),
          costing_(units_, platform_) {}

    [[nodiscard]] LayerId id(const std::string& name) const { return find_layer(network_, name); }
    [[nodiscard]] FpgaRun run(std::initializer_list<const char*> names) const {
        FpgaRun run;
        for (const char* name : names) {
            run.push_back(id(name));
        }
        return run;
    }
    /// All messages, each behind the name of its layer.
    [[nodiscard]] std::vector<std::string> faults(Mapping mapping) const {
        normalize(mapping);
        std::vector<std::string> result;
        for (const MappingFault& fault : check_mapping(costing_, states_, mapping)) {
            result.push_back(network_.layer(fault.layer).name + ": " + fault.message);
        }
        return result;
    }
    [[nodiscard]] Score score(Mapping mapping) const {
        normalize(mapping);
        return evaluate(costing_, states_, mapping);
    }

private:
    Network network_;
    Platform platform_;
    UnitGraph units_;
    StateSpace states_;
    Costing costing_;
};

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("mappings that make sense have no faults", "[partition][mapping]") {
    const Checker check(branching_network());
    CHECK(check.faults({}).empty());
    CHECK(check.faults({{check.run({"conv", "left", "right", "join"})}, {}}).empty());
    // Two layers that read the same map are one pipeline.
    CHECK(check.faults({{check.run({"left", "right"})}, {}}).empty());
    CHECK(check
              .faults({{check.run({"left"}), check.run({"right"}), check.run({"pw"})},
                       {{check.id("conv"), SplitAxis::filters, 3}, {check.id("dw"), SplitAxis::channels, 1}}})
              .size() == 1);
    // What follows a channel split stays on the GPU, so swish does not matter there.
    CHECK(check.faults({{}, {{check.id("pw"), SplitAxis::channels, 7}}}).empty());
}

TEST_CASE("each bad placement of a layer is named", "[partition][mapping]") {
    const Checker check(branching_network());
    CHECK(check.faults({{check.run({"in"})}, {}}) ==
          Messages{"in: the network input is not computed anywhere"});
    CHECK(check.faults({{check.run({"bn"})}, {}}) ==
          Messages{"bn: 'bn' goes along with 'conv': name that layer instead"});
    CHECK(check.faults({{check.run({"conv"})}, {{check.id("conv"), SplitAxis::filters, 1}}}) ==
          Messages{"conv: layer 'conv' is placed twice"});
    CHECK(check.faults({{check.run({"conv", "conv"})}, {}}) ==
          Messages{"conv: layer 'conv' is placed twice"});
    CHECK(check.faults({{check.run({"left"}), check.run({"left", "right"})}, {}}) ==
          Messages{"left: layer 'left' is placed twice"});
    CHECK(check.faults({{{}}, {}}) == Messages{"in: a run needs a layer"});
}

TEST_CASE("each bad split is named", "[partition][mapping]") {
    const Checker check(branching_network());
    const auto split = [&](const char* layer, SplitAxis axis, std::int64_t share) {
        return check.faults({{}, {{check.id(layer), axis, share}}});
    };
    CHECK(split("conv", SplitAxis::groups, 1) == Messages{"conv: layer 'conv' cannot be split along groups"});
    CHECK(split("dw", SplitAxis::channels, 1) == Messages{"dw: layer 'dw' cannot be split along channels"});
    CHECK(split("dw", SplitAxis::filters, 1) == Messages{"dw: layer 'dw' cannot be split along filters"});
    CHECK(split("join", SplitAxis::filters, 1) ==
          Messages{"join: layer 'join' cannot be split along filters"});
    CHECK(split("fc", SplitAxis::channels, 1) == Messages{"fc: layer 'fc' cannot be split along channels"});
    for (const std::int64_t share : {-1, 0, 4, 5}) {
        CHECK(split("conv", SplitAxis::channels, share) ==
              Messages{"conv: fpga_share must be 1 to 3 of the 4 channels of 'conv', not " +
                       std::to_string(share)});
    }
    CHECK(split("pw", SplitAxis::filters, 6) ==
          Messages{"pw: fpga_share must be 1 to 5 of the 6 filters of 'pw', not 6"});
    CHECK(split("dw", SplitAxis::groups, 8) ==
          Messages{"dw: fpga_share must be 1 to 7 of the 8 groups of 'dw', not 8"});
    CHECK(split("dw", SplitAxis::groups, 3) ==
          Messages{"dw: the FPGA has no hardware for what follows 'dw'"});
}

TEST_CASE("each bad run is named", "[partition][mapping]") {
    const Checker check(branching_network());
    const auto run = [&](std::initializer_list<const char*> names) {
        return check.faults({{check.run(names)}, {}});
    };
    CHECK(run({"softmax"}) == Messages{"softmax: the FPGA has no hardware for layer 'softmax'"});
    // A fully connected layer on a map of more than one position.
    CHECK(run({"pw", "fc"}) == Messages{"fc: the FPGA has no hardware for layer 'fc'"});
    CHECK(run({"conv", "pw"}) ==
          Messages{"conv: the run from 'conv' to 'pw' is not one pipeline: its layers are not connected"});
    CHECK(
        run({"conv", "left", "join"}) ==
        Messages{"conv: the run from 'conv' to 'join' cannot be one pipeline: a layer between its layers is "
                 "not in it"});
    // swish has no hardware, and goes along with dw.
    CHECK(run({"dw"}) == Messages{"dw: the FPGA has no hardware for layer 'dw'"});
}

TEST_CASE("a run leaves its module only where resources are shared", "[partition][mapping]") {
    PlatformOptions options;
    options.resource_scope = ResourceScope::module;
    const Checker check(branching_network(), options);
    CHECK(
        check.faults({{check.run({"conv", "left"})}, {}}) ==
        Messages{"conv: the run from 'conv' to 'left' leaves its module, which resources.scope: module does "
                 "not allow"});
    CHECK(check.faults({{check.run({"left", "right", "join"})}, {}}).empty());
    CHECK(Checker(branching_network()).faults({{check.run({"conv", "left"})}, {}}).empty());
}

TEST_CASE("runs that wait for each other are named", "[partition][mapping]") {
    const Network network = Chain({2, 3, 3})
                                .add("a", conv_op(2, 1), {"in"})
                                .add("b", conv_op(2, 1), {"in"})
                                .add("c", Add{}, {"a", "b"})
                                .add("d", Concat{}, {"b", "a"})
                                .add("e", Concat{}, {"c", "d"})
                                .build();
    const Checker check(network);
    CHECK(check.faults({{check.run({"a", "c"}), check.run({"b", "d"})}, {}}) ==
          Messages{"a: the run from 'a' to 'c' cannot start: it and other runs wait for each other"});
    // Either alone is possible, and so are both in one.
    CHECK(check.faults({{check.run({"a", "c"})}, {}}).empty());
    CHECK(check.faults({{check.run({"b", "d"})}, {}}).empty());
    CHECK(check.faults({{check.run({"a", "b", "c", "d"})}, {}}).empty());
}

TEST_CASE("all faults of placement come at once, and evaluate throws the first", "[partition][mapping]") {
    const Checker check(branching_network());
    const Mapping bad{{check.run({"relu"}), check.run({"in"})},
                      {{check.id("conv"), SplitAxis::groups, 1}, {check.id("pw"), SplitAxis::filters, 9}}};
    CHECK(check.faults(bad).size() == 4);
    CHECK_THROWS_AS(check.score(bad), std::invalid_argument);
    CHECK_THROWS_WITH(check.score({{check.run({"softmax"})}, {}}),
                      "the FPGA has no hardware for layer 'softmax'");
}
