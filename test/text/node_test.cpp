// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/node.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cleave;

namespace {

Node parse(const std::string& text) {
    FaultList faults;
    std::optional<Node> root = parse_yaml(text, "f.yaml", faults);
    faults.throw_if_any();
    REQUIRE(root);
    return *root;
}

std::string faults_of(const std::string& text) {
    FaultList faults;
    (void)parse_yaml(text, "f.yaml", faults);
    return faults.empty() ? "" : InputError(faults.faults()).what();
}

}  // namespace

TEST_CASE("every value and key has its place", "[text][node]") {
    const Node root = parse("a: 1\nb:\n  - x\n  - {c: 'y', d: }\ne:\n");
    REQUIRE(root.kind == NodeKind::map);
    REQUIRE(root.keys.size() == 3);
    CHECK(root.keys[1].text == "b");
    CHECK(root.keys[1].place.line == 2);
    const Node* list = root.find("b");
    REQUIRE(list != nullptr);
    REQUIRE(list->children.size() == 2);
    CHECK(list->children[0].text == "x");
    CHECK(list->children[0].place.line == 3);
    CHECK(list->children[0].place.column == 5);
    const Node& map = list->children[1];
    CHECK(map.keys[1].place.column == 14);
    CHECK(map.find("c")->quoted);
    CHECK(map.find("d")->kind == NodeKind::null);
    CHECK_FALSE(list->children[0].quoted);
    CHECK(*map.place.file == "f.yaml");
    // A value that is not there stands where its key stands.
    CHECK(root.find("e")->kind == NodeKind::null);
    CHECK(root.find("e")->place.line == 5);
    CHECK(root.find("z") == nullptr);
}

TEST_CASE("numbers, booleans and dates stay text", "[text][node]") {
    const Node root = parse("[010, yes, 1e3, 2021-01-01, .nan]");
    REQUIRE(root.children.size() == 5);
    CHECK(root.children[0].text == "010");
    CHECK(root.children[1].text == "yes");
    CHECK(root.children[3].text == "2021-01-01");
}

TEST_CASE("an alias stands for a copy of its anchor's value", "[text][node]") {
    const Node root = parse("a: &x {k: [1, 2]}\nb: *x\n");
    const Node* copy = root.find("b")->find("k");
    REQUIRE(copy != nullptr);
    CHECK(copy->children.size() == 2);
    CHECK(copy->place.line == 1);
}

TEST_CASE("lines may end in carriage return and line feed", "[text][node]") {
    const Node root = parse("a: 1\r\nb: 2\r\n");
    CHECK(root.find("a")->text == "1");
    CHECK(root.find("b")->place.line == 2);
}

TEST_CASE("faults of one file are collected", "[text][node]") {
    CHECK(faults_of("a: 1\na: 2\nb: !x 3\n? [k]\n: 4\n<<: {c: 1}\n") ==
          "f.yaml:2:1: error: duplicate key 'a' (first given in line 1)\n"
          "f.yaml:3:4: error: the tag '!x' is not allowed (tags have no meaning here)\n"
          "f.yaml:4:3: error: a key must be a text, not a list or a map\n"
          "f.yaml:6:1: error: merge keys '<<' are not supported (write the keys out)");
    CHECK(faults_of("a: 1\n\"<<\": 2\n").empty());
}

TEST_CASE("what is missing at the end is reported there", "[text][node]") {
    CHECK(faults_of("a: [1, 2") == "f.yaml:1:9: error: not valid YAML: ',' or ']' is missing");
    CHECK(faults_of("a: {b: 1") == "f.yaml:1:9: error: not valid YAML: ',' or '}' is missing");
    CHECK(faults_of("a: 'x") == "f.yaml:1:6: error: not valid YAML: a quote is not closed");
}

TEST_CASE("nesting, size and aliases are limited", "[text][node]") {
    CHECK(faults_of(std::string(64, '[') + std::string(64, ']')).empty());
    CHECK(faults_of(std::string(65, '[') + std::string(65, ']')) ==
          "f.yaml:1:65: error: nested more than 64 levels deep");
    CHECK(faults_of(std::string(200000, '[')).find("nested more than 64") != std::string::npos);
    CHECK(faults_of(std::string((16 << 20) + 1, ' ')) == "f.yaml:1:1: error: is larger than 16 MiB");
    std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'k'; ++c) {
        bomb += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i) {
            bomb += std::string(i == 0 ? "*" : ", *") + static_cast<char>(c - 1);
        }
        bomb += "]\n";
    }
    CHECK(faults_of(bomb).find("more than 1000000 values") != std::string::npos);
}

TEST_CASE("an alias inside its own anchor is refused", "[text][node]") {
    CHECK(faults_of("a: &x\n  b: [*x]\n") ==
          "f.yaml:2:7: error: a.b: the alias stands inside the value that it refers to");
}

TEST_CASE("faults are sorted, and the same fault is listed once", "[text][fault]") {
    const InputError error({{"b", 1, 1, "", "x"},
                            {"a", 10, 1, "p", "y"},
                            {"a", 2, 5, "", "z"},
                            {"a", 10, 1, "p", "y"},
                            {"a", 10, 1, "p", "w"}});
    CHECK(std::string(error.what()) ==
          "a:2:5: error: z\na:10:1: error: p: y\na:10:1: error: p: w\nb:1:1: error: x");
    CHECK(error.faults().size() == 4);
}
