// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/logic_file.hpp"

#include "cleave/deploy/seeded.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

Network chain() {
    return Chain({4, 6, 6})
        .then("wide", conv_op(6, 3, 1, 1))
        .then("relu", Activation{})
        .then("norm", BatchNorm{})
        .then("groups", conv_op(6, 3, 1, 1, 3))
        .then("fc", FullyConnected{3, true})
        .build();
}

WeightLogic counted(const Network& network, Pick pick) {
    return weight_logic(UnitGraph(network), seeded_parameters(network, 7), pick, std::string(64, 'a'));
}

std::string faults_of_logic(const Network& network, const std::string& text) {
    FaultList faults;
    const std::optional<Node> root = parse_json(text, "logic.json", faults);
    REQUIRE(root);
    CHECK_FALSE(read_logic(*root, network, faults));
    return InputError(faults.faults()).what();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("logic of weights is read as it was written", "[config][logic_file]") {
    const Network network = chain();
    for (const Pick pick : {Pick::order, Pick::cheapest}) {
        const WeightLogic logic = counted(network, pick);
        FaultList faults;
        const std::optional<Node> root = parse_json(logic_json(network, logic), "logic.json", faults);
        REQUIRE(root);
        CHECK(read_logic(*root, network, faults) == logic);
        CHECK(faults.empty());
    }
}

TEST_CASE("logic that is not the network's is refused", "[config][logic_file]") {
    const Network network = chain();
    const std::string text = logic_json(network, counted(network, Pick::cheapest));
    CHECK(faults_of_logic(network, replaced(text, "\"wide\"", "\"narrow\"")).find("narrow") !=
          std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, R"("whole":")", R"("whole":"x )")).find("four numbers") !=
          std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, R"("shares":")", R"("shares":"1 2 3 4 )"))
              .find("needs 3 times four numbers") != std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, R"("order":")", R"("order":"7 )")).find("once") !=
          std::string::npos);
    CHECK(faults_of_logic(network, R"({"cleave_logic": 1, "weights_sha256": ")" + std::string(64, 'b') +
                                       R"(", "layers": []})")
              .find("groups") != std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, "cleave_logic", "cleave_front")).find("cleave_logic") !=
          std::string::npos);
    const auto with = [&](const std::string& layer) { return replaced(text, "[{", "[" + layer + ",{"); };
    CHECK(faults_of_logic(network, with(R"({"name":"in","whole":"0 0 0 0"})")).find("has no weights") !=
          std::string::npos);
    CHECK(faults_of_logic(network, with(R"({"name":"relu","whole":"0 0 0 0"})")).find("has no weights") !=
          std::string::npos);
    CHECK(faults_of_logic(network, with(R"({"name":"fc","whole":"0 0 0 0"})")).find("is listed twice") !=
          std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, R"("whole":")", R"("whole":"99999 1 1 1","was":")"))
              .find("more than the layer's weights can make") != std::string::npos);
    CHECK(faults_of_logic(network, replaced(text, R"(","order)", R"( ","order)")).find("single spaces") !=
          std::string::npos);
    // A batch norm that is hardware of its own.
    const std::size_t norm = text.find(R"({"name":"norm")");
    const std::size_t behind = text.find(R"({"name":)", norm + 1);
    REQUIRE(norm != std::string::npos);
    REQUIRE(behind != std::string::npos);
    CHECK(faults_of_logic(network, text.substr(0, norm) + text.substr(behind)).find("norm") !=
          std::string::npos);
}
