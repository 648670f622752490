// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/messages.hpp"

#include <catch2/catch.hpp>

using namespace cleave;

TEST_CASE("text that could confuse a terminal is escaped", "[text]") {
    CHECK(printable("plain, 5 µs") == "plain, 5 µs");
    CHECK(printable("a\nb\tc") == "a\\nb\\tc");
    CHECK(printable("\x1b[31m") == "\\x1b[31m");
    CHECK(printable(std::string_view("\0", 1)) == "\\x00");
    CHECK(printable("\xff\xc0\x80") == "\\xff\\xc0\\x80");
    CHECK(printable("a\u202Eb") == "a\\u202eb");
    CHECK(printable("\u009b31m") == "\\x9b31m");
    CHECK(quote("it") == "'it'");
    CHECK(quote(std::string(200, 'x')) == "'" + std::string(80, 'x') + "...'");
}

TEST_CASE("a long quotation is not cut inside a character", "[text]") {
    CHECK(quote(std::string(79, 'x') + "µµ") == "'" + std::string(79, 'x') + "...'");
}

TEST_CASE("edit distance counts insertions, deletions, substitutions and swaps", "[text]") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("stride", "stide") == 1);
    CHECK(edit_distance("stride", "strides") == 1);
    CHECK(edit_distance("stride", "stryde") == 1);
    CHECK(edit_distance("graph", "grpah") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a near name is suggested, a distant one is not", "[text]") {
    const std::vector<std::string> names{"relu", "relu6", "sigmoid", "MHz"};
    CHECK(nearest("relu7", names) == "relu6");
    CHECK(nearest("sigmod", names) == "sigmoid");
    CHECK(nearest("Mhz", names) == "MHz");
    CHECK_FALSE(nearest("softplus", names));
    // What other tools call it, where that is one of the names.
    CHECK(nearest("BN", {"conv", "batch_norm"}) == "batch_norm");
    CHECK(nearest("dwconv", {"conv", "depthwise"}) == "depthwise");
    CHECK(nearest("dwconv", {"conv", "relu"}) == "conv");
    CHECK_FALSE(nearest("bn", {"conv", "relu"}));
    CHECK_FALSE(nearest("", names));
    CHECK_FALSE(nearest(std::string(100000, 'x'), {std::string(100000, 'x')}));
    CHECK(hint("rleu", {"relu", "tanh"}) == "(did you mean 'relu'?; allowed: relu, tanh)");
    CHECK(hint("softplus", {"relu", "tanh"}) == "(allowed: relu, tanh)");
}

TEST_CASE("long lists of names are cut", "[text]") {
    const std::string list = join(std::vector<std::string>(100, "x"));
    CHECK(list.size() == 3 * 32 + 3);
    CHECK(list.substr(list.size() - 9) == "x, x, ...");
}

TEST_CASE("bytes that are not UTF-8 are found", "[text]") {
    CHECK_FALSE(first_invalid_utf8("aµ€\U0001F600"));
    CHECK(first_invalid_utf8("ab\xe9") == 2);
    CHECK(first_invalid_utf8("\xc0\xaf") == 0);           // longer than needed
    CHECK(first_invalid_utf8("\xed\xa0\x80") == 0);       // half of a pair
    CHECK(first_invalid_utf8("a\xf4\x90\x80\x80") == 1);  // beyond the last code point
}
