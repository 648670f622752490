// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_details.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>

using namespace cleave;

namespace {

const char* const kInterval = R"({"latency_s": [0.001, 0.002], "energy_j": [0.01, 0.02],
    "latency_speedup": [1.1, 1.2], "energy_gain": [1.3, 1.4], "feasible_share": 0.5, "nondominated_share": 0.25})";

std::string front(const std::string& head, const std::string& points) {
    return R"({"tool": {"name": "cleave", "version": "1.2.3"}, "design_points": "12345678901234567890", )" +
           head + R"("front": [)" + points + "]}";
}

FrontDetails details_of(const std::string& text) {
    FaultList faults;
    const std::optional<Node> document = parse_json(text, "front.json", faults);
    std::optional<FrontDetails> details = document ? read_front_details(*document, faults) : std::nullopt;
    faults.throw_if_any();
    return details.value();
}

}  // namespace

TEST_CASE("What a front says of itself is read", "[front]") {
    const FrontDetails details = details_of(
        front(R"("completeness": "exact", "uncertainty": {"draws": 20}, )",
              std::string(R"({"id": "p001", "uncertainty": )") + kInterval + R"(}, {"id": "p002"})"));
    CHECK(details.tool_version == "1.2.3");
    CHECK(details.completeness == Completeness::exact);
    CHECK_FALSE(details.gap);
    CHECK(details.design_points == "12345678901234567890");
    CHECK(details.draws == 20);
    REQUIRE(details.uncertainty.size() == 1);
    const PointUncertainty& point = details.uncertainty.at("p001");
    CHECK(point.latency_s.low == 0.001);
    CHECK(point.energy_gain.high == 1.4);
    CHECK(point.nondominated_share == 0.25);
}

TEST_CASE("Gaps of fronts that are not exact are read", "[front]") {
    CHECK(details_of(front(R"("completeness": "epsilon", "gap": 0.5, "epsilon": 0.01, )", "")).gap == 0.01);
    CHECK(details_of(front(R"("completeness": "stopped", "gap": 0.5, )", "")).gap == 0.5);
    const FrontDetails unknown = details_of(front(R"("completeness": "stopped", "gap": null, )", ""));
    CHECK(unknown.completeness == Completeness::stopped);
    CHECK_FALSE(unknown.gap);
}

TEST_CASE("Faults of what a front says are all reported", "[front]") {
    CHECK_THROWS_WITH(details_of(R"({"tool": {}, "completeness": "maybe", "design_points": "1e9",
 "front": [{"id": "p001", "uncertainty": {"latency_s": [1],
  "energy_j": [2, 1], "latency_speedup": [1, 2], "energy_gain": [1, "2"],
  "feasible_share": 2}}]})"),
                      "front.json:1:10: error: tool: missing key 'version'\n"
                      "front.json:1:30: error: completeness: must be exact, epsilon or stopped\n"
                      "front.json:1:56: error: design_points: must be a whole number in decimal digits\n"
                      "front.json:2:42: error: front[0].uncertainty: missing key 'nondominated_share'\n"
                      "front.json:2:56: error: front[0].uncertainty.latency_s: must have two numbers\n"
                      "front.json:3:15: error: front[0].uncertainty.energy_j: the first number must not be "
                      "above the second\n"
                      "front.json:3:69: error: front[0].uncertainty.energy_gain[1]: '2' is in quotes and so "
                      "a text (a number of "
                      "at least 0 is needed)\n"
                      "front.json:4:21: error: front[0].uncertainty.feasible_share: '2' is out of range (a "
                      "number from 0 to 1 is "
                      "needed)");
}
