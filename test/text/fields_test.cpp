// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/fields.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>

using namespace cleave;
using namespace cleave;

namespace {

/// A document, the list that takes its faults, and their text.
struct Source {
    explicit Source(const std::string& text) : root(*parse_yaml(text, "f", faults)) {
        REQUIRE(faults.empty());
    }
    [[nodiscard]] std::string text() const {
        return faults.empty() ? "" : InputError(faults.faults()).what();
    }

    FaultList faults;
    Node root;
};

}  // namespace

TEST_CASE("fields are claimed, and what is left or missing is reported", "[text][fields]") {
    Source source("stide: 2\nname: x\n");
    Fields fields(source.root, source.faults);
    CHECK(fields.require("name")->string() == "x");
    CHECK_FALSE(fields.find("stride"));
    CHECK_FALSE(fields.require("kernel"));
    fields.done();
    CHECK(source.text() ==
          "f:1:1: error: unknown key 'stide' (did you mean 'stride'?; allowed: name, stride, kernel)\n"
          "f:1:1: error: missing key 'kernel'");
}

TEST_CASE("a misspelt required key is one fault", "[text][fields]") {
    Source source("kernal: 2\n");
    Fields fields(source.root, source.faults);
    CHECK_FALSE(fields.require("kernel"));
    fields.done();
    CHECK(source.text() == "f:1:1: error: unknown key 'kernal' (did you mean 'kernel'?; allowed: kernel)");
}

TEST_CASE("fields of something that is no map give nothing and one fault", "[text][fields]") {
    Source source("[1, 2]");
    Fields fields(source.root, source.faults);
    CHECK_FALSE(fields.require("a"));
    CHECK_FALSE(fields.find("b"));
    fields.done();
    CHECK(source.text() == "f:1:1: error: the document is a list (a map of keys and values is needed)");
}

TEST_CASE("getters accept one spelling only", "[text][fields]") {
    Source source("{t: true, f: false, i: -7, r: 0.5, c: 76 MHz, n: name, l: [1, 2], q: '76 MHz'}");
    Fields fields(source.root, source.faults);
    CHECK(fields.find("t")->boolean() == true);
    CHECK(fields.find("f")->boolean() == false);
    CHECK(fields.find("i")->integer({-10, 10}) == -7);
    CHECK(fields.find("r")->real({0, 1}) == 0.5);
    CHECK(fields.find("c")->quantity<Hertz>() == Hertz(76e6));
    CHECK(fields.find("q")->quantity<Hertz>() == Hertz(76e6));
    CHECK(fields.find("n")->name() == "name");
    CHECK(fields.find("l")->items("numbers").size() == 2);
    CHECK(fields.find("n")->choice(Choices<int>{{"other", 1}, {"name", 2}}, "thing") == 2);
    fields.done();
    CHECK(source.text().empty());
}

TEST_CASE("a getter of another type reports and gives nothing", "[text][fields]") {
    Source source("{a: yes, b: 'true', c: 1.5, d: 11, e: 2, f: , g: {}, h: x}");
    Fields fields(source.root, source.faults);
    CHECK_FALSE(fields.find("a")->boolean());
    CHECK_FALSE(fields.find("b")->boolean());
    CHECK_FALSE(fields.find("c")->integer({}));
    CHECK_FALSE(fields.find("d")->integer({0, 10}));
    CHECK_FALSE(fields.find("e")->real({0, 1}));
    CHECK_FALSE(fields.find("f")->quantity<Seconds>());
    CHECK_FALSE(fields.find("g")->string());
    CHECK_FALSE(fields.find("h")->one_of({"y", "z"}, "letter"));
    CHECK(source.text() ==
          "f:1:5: error: a: 'yes' is neither true nor false\n"
          "f:1:13: error: b: 'true' is in quotes and so a text (true or false is needed)\n"
          "f:1:24: error: c: '1.5' is not an integer (an integer is needed)\n"
          "f:1:32: error: d: '11' is out of range (an integer from 0 to 10 is needed)\n"
          "f:1:39: error: e: '2' is out of range (a number from 0 to 1 is needed)\n"
          "f:1:42: error: f: has no value (a time such as '13 us' is needed)\n"
          "f:1:50: error: g: is a map (a text is needed)\n"
          "f:1:57: error: h: unknown letter 'x' (did you mean 'y'?; allowed: y, z)");
}

TEST_CASE("integers beyond 64 bits are out of range, not wrapped", "[text][fields]") {
    Source source("{a: 9223372036854775807, b: 9223372036854775808, c: -9223372036854775808}");
    Fields fields(source.root, source.faults);
    CHECK(fields.find("a")->integer({}) == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(fields.find("b")->integer({}));
    CHECK(fields.find("c")->integer({}) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("a document of another kind is named", "[text][fields]") {
    for (const std::string kind : {"mapping", "platform"}) {
        Source source("cleave_" + kind + ": 1\n");
        Fields fields(source.root, source.faults);
        CHECK_FALSE(check_version(fields, "cleave_config"));
        CHECK(source.text() == "f:1:1: error: this file is a " + kind +
                                   " (one that starts with 'cleave_config: 1' is needed)");
    }
}

TEST_CASE("fields of JSON take texts for texts and numbers for numbers", "[text][fields]") {
    FaultList faults;
    const std::optional<Node> root = parse_json(
        R"({"later": 0, "five": 5, "text": "5", "flag": true, "small": -1.5e-3, "tiny": 1E-5, "none": "",
 "hash": "abc", "list": []})",
        "f", faults);
    REQUIRE(root);
    Fields fields(*root, faults, OtherKeys::allowed);
    CHECK(fields.text("text") == "5");
    CHECK(fields.text("none").empty());
    CHECK(fields.integer("five", {1, 5}) == 5);
    CHECK(fields.real("small", {-1}) == -0.0015);
    CHECK(fields.real("tiny", {0}) == 0.00001);
    CHECK(fields.require("flag")->boolean() == true);
    REQUIRE(faults.empty());
    CHECK(fields.text("five").empty());
    CHECK(fields.text("flag").empty());
    CHECK(fields.integer("text", {0}) == 0);
    CHECK(fields.integer("five", {6}) == 6);
    CHECK(fields.sha256("hash").empty());
    CHECK(fields.text("list").empty());
    CHECK(fields.require("five")->items("names").empty());
    CHECK_FALSE(fields.require("other"));
    CHECK(std::string(InputError(faults.faults()).what()) ==
          "f:1:1: error: missing key 'other'\n"
          "f:1:22: error: five: is a number (a text is needed)\n"
          "f:1:22: error: five: '5' is out of range (an integer of at least 6 is needed)\n"
          "f:1:22: error: five: is a number (a list of names is needed)\n"
          "f:1:33: error: text: '5' is in quotes and so a text (an integer of at least 0 is needed)\n"
          "f:1:46: error: flag: is true (a text is needed)\n"
          "f:2:10: error: hash: must be a SHA-256: 64 digits of 0-9 and a-f\n"
          "f:2:25: error: list: is a list (a text is needed)");
}
