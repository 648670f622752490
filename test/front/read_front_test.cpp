// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_front.hpp"

#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
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

std::vector<std::string> faults_of(const std::string& text) {
    try {
        (void)read_front(text);
    } catch (const FormatError& error) {
        return error.messages();
    }
    return {};
}

std::vector<std::string> mapping_faults(const std::string& text) {
    const Network made = network();
    const UnitGraph units(made);
    try {
        (void)mapping_of(read_front(text).points.front(), units);
    } catch (const FormatError& error) {
        return error.messages();
    }
    return {};
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("a front gives its points and their mappings", "[io][front]") {
    const FrontFile front = read_front(front_text());
    CHECK(front.network == "test");
    CHECK(front.inputs.link == kHash);
    REQUIRE(front.points.size() == 1);
    CHECK(front.points[0].latency_s == 0.001);
    CHECK(front.points[0].link_bytes == 12);
    const Network made = network();
    const UnitGraph units(made);
    const Mapping mapping = mapping_of(front.points[0], units);
    CHECK(mapping.runs == std::vector<FpgaRun>{{find_layer(made, "a")}});
    CHECK(mapping.splits == std::vector<Split>{{find_layer(made, "b"), SplitAxis::channels, 2}});
}

TEST_CASE("every fault of a front is reported with its path", "[io][front]") {
    std::string text = replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": "fast")");
    text = replaced(text, R"("link_bytes": 12)", R"("link_bytes": -1)");
    text = replaced(text, R"("axis": "channels")", R"("axis": "rows")");
    text = replaced(text, R"("fpga_share": 2)", R"("fpga_share": 2.5)");
    text = replaced(text, R"("knee": "p001")", R"("knee": "p009")");
    text = replaced(text, R"("config": ")" + kHash, R"("config": "abc)");
    CHECK(faults_of(text) ==
          Messages{"context.inputs.config: must be a SHA-256: 64 digits of 0-9 and a-f",
                   "front[0].latency_s: must be a number that is not negative, not string",
                   "front[0].link_bytes: must be a whole number from 0 up, not the number -1",
                   "front[0].modules[0].layers[2].fpga_share: must be a whole number from 1 to 1048576, not "
                   "the number 2.5",
                   "front[0].modules[0].layers[2].axis: must be channels, filters or groups",
                   "selected.knee: there is no point 'p009'"});
}

TEST_CASE("what is no front is told from one that is wrong", "[io][front]") {
    CHECK_THAT(faults_of("{").front(), Catch::StartsWith("is no JSON: parse error at line 1"));
    CHECK(faults_of("[]") == Messages{"must be an object, not array", "must be an object, not array",
                                      "must be an object, not array"});
    CHECK(faults_of(R"({"schema_version": 2})") ==
          Messages{"schema_version: must be a whole number from 1 to 1, not the number 2"});
    CHECK(faults_of(replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": 1, "latency_s": 2)")) ==
          Messages{"key 'latency_s' occurs twice in one object"});
    CHECK(faults_of(std::string(100000, '[')).size() == 1);
    CHECK(faults_of(replaced(front_text(), R"("latency_s": 0.001)", R"("latency_s": 1e999)")).size() == 1);
    CHECK_THAT(faults_of(replaced(front_text(), R"("inputs")", R"("output")")).front(),
               Catch::StartsWith("context: key 'inputs' is missing"));
}

TEST_CASE("a point's layers must be the network's, placed as a mapping can", "[io][front]") {
    CHECK(mapping_faults(replaced(front_text(), R"("name": "b")", R"("name": "c")")) ==
          Messages{"front[0].modules[0].layers[2].name: is 'c', but layer 3 of network 'test' is 'b'"});
    CHECK(mapping_faults(replaced(front_text(), R"("name": "a_relu", "device": "fpga", "fpga_run": 0)",
                                  R"("name": "a_relu", "device": "gpu")"))
              .size() == 1);
    CHECK(mapping_faults(replaced(front_text(), R"("name": "a", "device": "fpga", "fpga_run": 0)",
                                  R"("name": "a", "device": "fpga", "fpga_run": 7)"))
              .size() == 1);
    CHECK(mapping_faults(replaced(front_text(), R"(,
   {"name": "b_relu", "device": "gpu"})",
                                  "")) == Messages{"front[0]: has 3 layers, but network 'test' has 4"});
}
