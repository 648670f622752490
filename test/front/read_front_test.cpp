// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_front.hpp"

#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kHash(64, 'a');

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

/// A front of one point over the network below.
std::string front_text() {
    return R"({"schema_version": 1, "context": {"network": {"name": "test"}, "inputs": {"config": ")" +
           kHash + R"(", "network": ")" + kHash + R"(", "gpu": ")" + kHash + R"(", "fpga": ")" + kHash +
           R"(", "link": ")" + kHash + R"("}},
 "selected": {"min_latency": "p001", "knee": "p001", "min_energy": "p001"},
 "front": [{"id": "p001", "latency_s": 0.001, "energy_j": 0.002, "link_bytes": 12, "modules": [{"layers": [
   {"name": "a", "device": "fpga", "fpga_run": 0},
   {"name": "a_relu", "device": "fpga", "fpga_run": 0},
   {"name": "b", "device": "split", "axis": "channels", "fpga_share": 2},
   {"name": "b_relu", "device": "gpu"}]}]}]})";
}

Network network() {
    return Chain({3, 4, 4})
        .then("a", conv_op(4, 1))
        .then("a_relu", Activation{})
        .then("b", conv_op(4, 1))
        .then("b_relu", Activation{})
        .build();
}

FrontFile front_of(const std::string& text) {
    FaultList faults;
    const std::optional<Node> document = parse_json(text, "f", faults);
    std::optional<FrontFile> front = document ? read_front(*document, faults) : std::nullopt;
    faults.throw_if_any();
    return front.value();
}

/// Lines without the name of the file and "error".
std::vector<std::string> lines_of(const InputError& error) {
    std::vector<std::string> lines;
    for (const Fault& fault : error.faults()) {
        lines.push_back(replaced(format_fault(fault).substr(2), " error:", ""));
    }
    return lines;
}

std::vector<std::string> faults_of(const std::string& text) {
    try {
        (void)front_of(text);
    } catch (const InputError& error) {
        return lines_of(error);
    }
    return {};
}

std::vector<std::string> mapping_faults(const std::string& text, const PlatformOptions& options = {}) {
    const Network made = network();
    const UnitGraph units(made);
    try {
        (void)mapping_of(front_of(text).points.front(), units, make_platform(options).fpga);
    } catch (const InputError& error) {
        return lines_of(error);
    }
    return {};
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("a front gives its points and their mappings", "[front]") {
    const FrontFile front = front_of(front_text());
    CHECK(front.network == "test");
    CHECK(front.inputs.link == kHash);
    REQUIRE(front.points.size() == 1);
    CHECK(front.points[0].latency_s == 0.001);
    CHECK(front.points[0].link_bytes == 12);
    const Network made = network();
    const UnitGraph units(made);
    const Mapping mapping = mapping_of(front.points[0], units, make_platform().fpga);
    CHECK(mapping.runs == std::vector<FpgaRun>{{find_layer(made, "a")}});
    CHECK(mapping.splits == std::vector<Split>{{find_layer(made, "b"), SplitAxis::channels, 2}});
}

TEST_CASE("every fault of a front is reported with its path", "[front]") {
    std::string text = replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": "fast")");
    text = replaced(text, R"("link_bytes": 12)", R"("link_bytes": -1)");
    text = replaced(text, R"("axis": "channels")", R"("axis": "rows")");
    text = replaced(text, R"("fpga_share": 2)", R"("fpga_share": 2.5)");
    text = replaced(text, R"("knee": "p001")", R"("knee": "p009")");
    text = replaced(text, R"("config": ")" + kHash, R"("config": "abc)");
    CHECK(
        faults_of(text) ==
        Messages{
            "1:85: context.inputs.config: must be a SHA-256: 64 digits of 0-9 and a-f",
            "2:46: selected.knee: there is no point 'p009'",
            "3:40: front[0].latency_s: 'fast' is in quotes and so a text (a number of at least 0 is needed)",
            "3:81: front[0].link_bytes: '-1' is out of range (an integer of at least 0 is needed)",
            "6:45: front[0].modules[0].layers[2].axis: must be channels, filters or groups",
            "6:67: front[0].modules[0].layers[2].fpga_share: '2.5' is not an integer (an integer from 1 to "
            "1048576 is needed)"});
    CHECK(faults_of(replaced(front_text(), R"("link_bytes": 12, )", "")) ==
          Messages{"3:12: front[0]: missing key 'link_bytes'"});
}

TEST_CASE("what is no front is told from one that is wrong", "[front]") {
    CHECK_THAT(faults_of("{").front(), Catch::StartsWith("1:2: is no JSON: syntax error"));
    CHECK(faults_of("[]") == Messages{"1:1: the document is a list (a map of keys and values is needed)"});
    CHECK(faults_of(R"({"schema_version": 2})") ==
          Messages{"1:20: schema_version: version '2' is not supported (this release reads version 1)"});
    CHECK(faults_of(R"({"schema_version": 1})") ==
          Messages{"1:1: missing key 'context'", "1:1: missing key 'front'"});
    CHECK(faults_of(replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": 1, "latency_s": 2)")) ==
          Messages{"3:43: key 'latency_s' occurs twice in one object"});
    CHECK(faults_of(std::string(100000, '[')).size() == 1);
    CHECK(faults_of(replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": 1e999)")).size() == 1);
    CHECK_THAT(
        faults_of(replaced(front_text(), R"("inputs")", R"("output")")).front(),
        Catch::StartsWith("1:34: context: missing key 'inputs': the front was written by an older version"));
}

TEST_CASE("a front of a later version may say more", "[front]") {
    CHECK(front_of(replaced(front_text(), R"("axis")", R"("later": [{"a": null}], "axis")")).points.size() ==
          1);
}

TEST_CASE("a point's layers must be the network's, placed as a mapping can", "[front]") {
    CHECK(mapping_faults(replaced(front_text(), R"("name": "b")", R"("name": "c")")) ==
          Messages{"6:4: front[0].modules[0].layers[2].name: is 'c', but layer 3 of network 'test' is 'b'"});
    CHECK(mapping_faults(replaced(front_text(), R"("name": "a_relu", "device": "fpga", "fpga_run": 0)",
                                  R"("name": "a_relu", "device": "gpu")"))
              .size() == 1);
    CHECK(mapping_faults(replaced(front_text(), R"("name": "a", "device": "fpga", "fpga_run": 0)",
                                  R"("name": "a", "device": "fpga", "fpga_run": 7)"))
              .size() == 1);
    CHECK(mapping_faults(replaced(front_text(), R"(,
   {"name": "b_relu", "device": "gpu"})",
                                  "")) == Messages{"3:12: front[0]: has 3 layers, but network 'test' has 4"});
}

TEST_CASE("a point says the hardware of its layers where there is a choice", "[front]") {
    const std::string a = R"("name": "a", "device": "fpga", "fpga_run": 0)";
    const std::string relu = R"("name": "a_relu", "device": "fpga", "fpga_run": 0)";
    const std::string b = R"("axis": "channels", "fpga_share": 2)";
    std::string text = replaced(front_text(), relu, relu + R"(, "implementation": "folded")");
    text = replaced(text, a, a + R"(, "implementation": "folded", "fold": {"pe": 2, "simd": 3,
        "multipliers": "logic", "columns": true})");
    text = replaced(text, b, b + R"(, "implementation": "fitted")");
    const Network made = network();
    const UnitGraph units(made);
    PlatformOptions options;
    options.form = Form::folded_beside_csd;
    const Fpga both = make_platform(options).fpga;
    CHECK(mapping_of(front_of(text).points[0], units, both).hardware ==
          std::vector<LayerChoice>{{find_layer(made, "a"), {0, Fold{2, 3, Multipliers::logic, true}}},
                                   {find_layer(made, "b"), {1, std::nullopt}}});

    CHECK(mapping_faults(replaced(text, R"(, "implementation": "fitted")", ""), options) ==
          Messages{"7:4: front[0].modules[0].layers[2]: missing key 'implementation'"});
    CHECK(mapping_faults(replaced(text, R"("fitted")", R"("csd")"), options) ==
          Messages{"7:4: front[0].modules[0].layers[2].implementation: is 'csd', which the platform in "
                   "inputs/ does not use"});
    CHECK_THAT(mapping_faults(replaced(text, relu + R"(, "implementation": "folded")",
                                       relu + R"(, "implementation": "fitted")"),
                              options),
               Catch::Matchers::Predicate<Messages>([](const Messages& all) {
                   return all.size() == 1 && all[0].find("is not where it must be") != std::string::npos;
               }));
    CHECK(faults_of(replaced(text, R"("pe": 2, )", "")) ==
          Messages{"4:87: front[0].modules[0].layers[0].fold: missing key 'pe'"});
    CHECK(faults_of(replaced(text, R"("logic")", R"("lut")")).size() == 1);
}

TEST_CASE("where there is no choice, a point's implementations are no part of the mapping", "[front]") {
    const std::string a = R"("name": "a", "device": "fpga", "fpga_run": 0)";
    const std::string relu = R"("name": "a_relu", "device": "fpga", "fpga_run": 0)";
    const std::string b = R"("axis": "channels", "fpga_share": 2)";
    std::string text = front_text();
    for (const std::string& layer : {a, relu, b}) {
        text = replaced(text, layer, layer + R"(, "implementation": "csd")");
    }
    const Network made = network();
    const UnitGraph units(made);
    const Fpga only = make_platform().fpga;
    CHECK(mapping_of(front_of(text).points[0], units, only) ==
          mapping_of(front_of(front_text()).points[0], units, only));
}
