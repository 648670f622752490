// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/node.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cleave;

namespace {

Node json_of(const std::string& text) {
    FaultList faults;
    std::optional<Node> root = parse_json(text, "f.json", faults);
    faults.throw_if_any();
    REQUIRE(root);
    return *root;
}

/// What is wrong with a text that is no JSON, or not as it is wanted here.
std::string json_faults(const std::string& text) {
    FaultList faults;
    CHECK_FALSE(parse_json(text, "f.json", faults));
    REQUIRE_FALSE(faults.empty());
    return InputError(faults.faults()).what();
}

/// "line:column"
std::string place(const Place& place) {
    return std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("every value and key of JSON has its place", "[text][json]") {
    const Node root = json_of("{\"a\": [1,\n  \"x\\\"],\" , {\"b\" :null}],\n \"c\":true}\n");
    REQUIRE(root.kind == NodeKind::map);
    CHECK(place(root.place) == "1:1");
    CHECK(*root.place.file == "f.json");
    REQUIRE(root.keys.size() == 2);
    CHECK(place(root.keys[0].place) == "1:2");
    CHECK(place(root.keys[1].place) == "3:2");
    CHECK(place(root.find("c")->place) == "3:6");
    const Node& list = *root.find("a");
    REQUIRE(list.kind == NodeKind::sequence);
    CHECK(place(list.place) == "1:7");
    REQUIRE(list.children.size() == 3);
    CHECK(place(list.children[0].place) == "1:8");
    CHECK(place(list.children[1].place) == "2:3");
    CHECK(list.children[1].text == "x\"],");
    CHECK(place(list.children[2].place) == "2:13");
    CHECK(place(list.children[2].keys[0].place) == "2:14");
    CHECK(place(list.children[2].children[0].place) == "2:19");
    CHECK(list.children[2].children[0].kind == NodeKind::null);
}

TEST_CASE("columns of JSON count bytes, and lines may end with CR LF", "[text][json]") {
    // In UTF-8 "é" has two bytes; as an escape it has six.
    const Node root = json_of("{\r\n\"\xC3\xA9\": \"\xC3\xA9\", \"n\": \"\\u00e9\", \"m\": 1}");
    CHECK(root.keys[0].text == "\xC3\xA9");
    CHECK(place(root.children[0].place) == "2:7");
    CHECK(place(root.keys[1].place) == "2:13");
    CHECK(root.children[1].text == "\xC3\xA9");
    CHECK(place(root.keys[2].place) == "2:28");
    CHECK(place(root.children[2].place) == "2:33");
    // A byte order mark is no part of the value.
    CHECK(place(json_of("\xEF\xBB\xBF[]").place) == "1:4");
}

TEST_CASE("scalars of JSON are texts, or numbers as they are written", "[text][json]") {
    const Node root = json_of(R"(["12", 12, -0, 1e-3, 1.5E+10, 123456789012345678901234567890, true, ""])");
    REQUIRE(root.children.size() == 8);
    CHECK(root.children[0].quoted);
    CHECK_FALSE(root.children[0].literal);
    CHECK(root.children[7].quoted);
    std::string texts;
    for (std::size_t i = 1; i < 7; ++i) {
        CHECK(root.children[i].kind == NodeKind::scalar);
        CHECK(root.children[i].literal);
        CHECK_FALSE(root.children[i].quoted);
        texts += root.children[i].text + " ";
    }
    CHECK(texts == "12 -0 1e-3 1.5E+10 123456789012345678901234567890 true ");
    CHECK(json_of(" 7 ").text == "7");
}

TEST_CASE("what is no JSON says where", "[text][json]") {
    CHECK_THAT(json_faults(""), Catch::StartsWith("f.json:1:1: error: is no JSON: syntax error"));
    CHECK_THAT(json_faults("{"), Catch::StartsWith("f.json:1:2: error: is no JSON: syntax error"));
    CHECK_THAT(json_faults("{\"a\": [1,\n 2"), Catch::StartsWith("f.json:2:3: error: is no JSON: "));
    CHECK_THAT(json_faults("{\"a\": \"cut"), Catch::StartsWith("f.json:1:11: error: is no JSON: "));
    CHECK_THAT(json_faults("[1, 2,\n]"), Catch::StartsWith("f.json:2:1: error: is no JSON: "));
    CHECK_THAT(json_faults("[]\n x"), Catch::StartsWith("f.json:2:2: error: is no JSON: "));
    CHECK_THAT(json_faults("[NaN]"), Catch::StartsWith("f.json:1:2: error: is no JSON: "));
    CHECK_THAT(json_faults("[01]"), Catch::StartsWith("f.json:1:3: error: is no JSON: "));
    CHECK_THAT(json_faults("[\"ab\xFF\"]"), Catch::StartsWith("f.json:1:5: error: is no JSON: "));
    CHECK(json_faults("[1,\n  1e999]") == "f.json:2:3: error: is no JSON: number overflow parsing '1e999'");
}

TEST_CASE("repeated keys of JSON are reported where they stand", "[text][json]") {
    CHECK(json_faults("{\"a\": {\"b\": 1,\n \"c\": 2, \"b\": 3},\n\"a\": 4}") ==
          "f.json:2:10: error: key 'b' occurs twice in one object\n"
          "f.json:3:1: error: key 'a' occurs twice in one object");
    CHECK(json_of(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})").children.size() == 2);
}

TEST_CASE("JSON is nested at most as deep as YAML", "[text][json]") {
    CHECK(json_of(nested(kDeepestNesting)).children.size() == 1);
    CHECK(json_faults(" " + nested(kDeepestNesting + 1)) ==
          "f.json:1:66: error: is nested more than 64 deep");
    CHECK(json_faults(std::string(1'000'000, '[')) == "f.json:1:65: error: is nested more than 64 deep");
}
