// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_mapping.hpp"

#include "cleave/config/read_network.hpp"
#include "support/networks.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

Network tiny() { return load_network(source_dir() + "/test/rejected/data/network_specs/tiny.yaml").network; }

MappingFile mapping_of(const Network& network, const std::string& text) {
    FaultList faults;
    const std::optional<Node> root = parse_yaml(text, "m.yaml", faults);
    auto file = root ? read_mapping(*root, network, {{"csd", 1}, {"folded", 3}}, faults) : std::nullopt;
    faults.throw_if_any();
    REQUIRE(file);
    return *file;
}

}  // namespace

TEST_CASE("a mapping is read to its normal form", "[config][mapping]") {
    const Network network = tiny();
    const auto file = mapping_of(network,
                                 "cleave_mapping: 1\nnetwork: tiny\n"
                                 "fpga_runs: [[b/add, b/depthwise]]\n"
                                 "splits:\n"
                                 "  - {layer: b/pointwise, axis: channels, fpga_share: 3}\n"
                                 "  - {layer: a/conv, axis: filters, fpga_share: 4}\n");
    const LayerId conv = find_layer(network, "a/conv");
    REQUIRE(file.mapping.runs.size() == 1);
    CHECK(file.mapping.runs[0] == FpgaRun{find_layer(network, "b/depthwise"), find_layer(network, "b/add")});
    REQUIRE(file.mapping.splits.size() == 2);
    CHECK(file.mapping.splits[0] == Split{conv, SplitAxis::filters, 4});
    CHECK(file.mapping.splits[1].axis == SplitAxis::channels);
}

TEST_CASE("a mapping names hardware of layers on the FPGA", "[config][mapping]") {
    const Network network = tiny();
    const auto file = mapping_of(network,
                                 "cleave_mapping: 1\nnetwork: tiny\n"
                                 "hardware:\n"
                                 "  - {layer: b/pointwise, implementation: folded, pe: 2, simd: 8}\n"
                                 "  - {layer: b/depthwise, implementation: folded, pe: 4, simd: 1,"
                                 " multipliers: logic, columns: true}\n"
                                 "  - {layer: a/conv, implementation: csd}\n"
                                 "fpga_runs: [[b/depthwise, b/pointwise]]\n"
                                 "splits: [{layer: a/conv, axis: filters, fpga_share: 4}]\n");
    CHECK(file.mapping.hardware ==
          std::vector<LayerChoice>{
              {find_layer(network, "a/conv"), {1, std::nullopt}},
              {find_layer(network, "b/depthwise"), {3, Fold{4, 1, Multipliers::logic, true}}},
              {find_layer(network, "b/pointwise"), {3, Fold{2, 8, Multipliers::dsp, false}}}});
}

TEST_CASE("a split may pick its numbers", "[config][mapping]") {
    const Network network = tiny();
    const auto split_of = [&](const std::string& picked) {
        return mapping_of(network,
                          "cleave_mapping: 1\nnetwork: tiny\nsplits:\n"
                          "  - {layer: a/conv, axis: filters, fpga_share: 2, picked: " +
                              picked + "}\n")
            .mapping.splits.at(0);
    };
    CHECK(split_of("[1, 3]").picked == std::vector<std::int64_t>{1, 3});
    // Which says nothing.
    CHECK(split_of("[0, 1]").picked.empty());
}

TEST_CASE("a mapping without runs and splits leaves everything on the GPU", "[config][mapping]") {
    const auto file = mapping_of(tiny(), "cleave_mapping: 1\nnetwork: tiny\n");
    CHECK(file.mapping == Mapping{});
}

TEST_CASE("faults found later are placed at the layer's name", "[config][mapping]") {
    const Network network = tiny();
    const auto file = mapping_of(network,
                                 "cleave_mapping: 1\nnetwork: tiny\n"
                                 "fpga_runs: [[b/depthwise]]\n"
                                 "splits:\n  - {layer: a/conv, axis: filters, fpga_share: 4}\n");
    FaultList faults;
    file.report({{find_layer(network, "a/conv"), "is split badly"},
                 {find_layer(network, "b/depthwise"), "runs badly"},
                 {find_layer(network, "b/add"), "is not named"}},
                faults);
    CHECK(std::string(InputError(faults.faults()).what()) ==
          "m.yaml:1:1: error: is not named\n"
          "m.yaml:3:14: error: fpga_runs[0][0]: runs badly\n"
          "m.yaml:5:13: error: splits[0].layer: is split badly");
}
