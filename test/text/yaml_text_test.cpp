// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/yaml_text.hpp"

#include "cleave/text/node.hpp"
#include "cleave/text/write_yaml.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;

namespace {

/// Texts that some YAML takes for something else when they stand without quotes (and "2 W", which only looks
/// so), or that cannot stand so at all. What Python's yaml makes of them is in cli_test.py.
const std::vector<std::string> kOdd{
    "",      "yes",     "No",       "ON",      "off",     "y",          "N",     "true",  "False",
    "NULL",  "Null",    "null",     "~",       "007",     "0o7",        "0x1f",  "0b1",   "1_000",
    "12:30", "1:30:59", "1e5",      "1.5",     "-1",      "+1",         ".5",    ".inf",  "-.INF",
    ".nan",  "2 W",     "=",        "<<",      "- a",     "-",          "?",     "? a",   ": a",
    "a: b",  "a:",      "a #b",     "#a",      "[a]",     "{a}",        "a, b",  "*a",    "&a",
    "!a",    "%a",      "@a",       "`a",      "|",       ">-",         "'a'",   "\"a\"", "a\\n",
    " a",    "a ",      "a\nb",     "\ta",     "a\tb",    "---",        "...",   "a\rb",  "2001-12-14",
    "é",     "\u0085",  "a\u2028b", "\u200bx", "\ufeffx", "\U0001F600", "\x01x", "\x7f",  "a\"b",
    "1,2",   "\ufffe"};

/// Texts that need no quotes.
const std::vector<std::string> kPlain{
    "a",  "conv1",  "fire2/expand3x3", "Jetson TX2 (15 W)",   "_x", "dhm-csd", "nothing", "inf", "nan",
    "e5", "yes.no", "It's 5 *a",       "a = 2^3; b + c - 50%"};

std::optional<Node> node_of(const std::string& text) {
    FaultList faults;
    std::optional<Node> root = parse_yaml(text, "text", faults);
    return faults.empty() ? std::move(root) : std::nullopt;
}

Node scalar(const std::string& text, bool quoted) {
    Node node;
    node.kind = NodeKind::scalar;
    node.text = text;
    node.quoted = quoted;
    return node;
}

Node map_of(const std::string& key, Node value) {
    Node map;
    map.kind = NodeKind::map;
    map.keys.push_back({key, {}});
    map.children.push_back(std::move(value));
    return map;
}

}  // namespace

TEST_CASE("texts that YAML takes for something else are in double quotes", "[text]") {
    for (const std::string& text : kOdd) {
        CAPTURE(text);
        CHECK(yaml_text(text).front() == '"');
        CHECK(yaml_text(text).find('\n') == std::string::npos);
    }
    for (const std::string& text : kPlain) {
        CHECK(yaml_text(text) == text);
    }
}

TEST_CASE("texts come back from YAML as they were, as keys and in lists of one line as well", "[text]") {
    std::vector<std::string> texts = kOdd;
    texts.insert(texts.end(), kPlain.begin(), kPlain.end());
    texts.push_back(std::string(70, 'a') + "\u2028 " + std::string(70, 'b'));
    texts.push_back("- " + std::string(70, 'a') + " # " + std::string(70, 'b'));
    for (const std::string& text : texts) {
        CAPTURE(text);
        Node list;
        list.kind = NodeKind::sequence;
        list.children = {scalar(text, true), scalar("x", true)};
        const Node tree = map_of("key", map_of(text, map_of("list", list)));
        const std::optional<Node> root = node_of(write_yaml(tree, ""));
        REQUIRE(root);
        REQUIRE(root->children.at(0).keys.size() == 1);
        CHECK(root->children[0].keys[0].text == text);
        const Node* read_list = root->children[0].children[0].find("list");
        REQUIRE(read_list != nullptr);
        REQUIRE(read_list->children.size() == 2);
        CHECK(read_list->children[0].kind == NodeKind::scalar);
        CHECK(read_list->children[0].text == text);

        const std::optional<Node> alone =
            node_of(write_yaml(map_of("text", scalar(text, true)), "A header."));
        REQUIRE(alone);
        CHECK(alone->children.at(0).kind == NodeKind::scalar);
        CHECK(alone->children[0].text == text);
    }
}

TEST_CASE("numbers and words that were not in quotes get none", "[text]") {
    for (const std::string text : {"1.5", "-1", ".5", "2 GB/s", "true", "No", "1e-05"}) {
        CHECK(yaml_plain(text) == text);
        const std::optional<Node> root = node_of(write_yaml(map_of("value", scalar(text, false)), ""));
        REQUIRE(root);
        CHECK_FALSE(root->children.at(0).quoted);
        CHECK(root->children[0].text == text);
    }
    CHECK(yaml_plain("a: b") == "\"a: b\"");
}

TEST_CASE("a header cannot leave its comment", "[text]") {
    CHECK(yaml_comment("one\n\ntwo\rkey: 1") == "# one\n#\n# two\\x0dkey: 1\n");
    CHECK(yaml_comment("").empty());
}

TEST_CASE("names that begin with a digit need no quotes where no YAML takes them for numbers", "[text]") {
    for (const std::string name : {"1x1", "3x3_reduce", "5x5/relu", "2W", "conv1"}) {
        CHECK(yaml_name(name) == name);
        CHECK(node_of("{name: " + yaml_name(name) + "}").value().children.front().text == name);
    }
    for (const std::string& text : kOdd) {
        CAPTURE(text);
        CHECK(yaml_name(text).front() == '"');
    }
}
