// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/escape.hpp"

#include "cleave/report/canvas.hpp"
#include "cleave/report/figures.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave;

TEST_CASE("Markup characters become references", "[text]") {
    CHECK(escape_markup("</script><b>$(id)") == "&lt;/script&gt;&lt;b&gt;$(id)");
    CHECK(escape_markup("a & \"b\" 'c'") == "a &amp; &quot;b&quot; &#39;c&#39;");
    CHECK(escape_markup("caf\xC3\xA9 3x3") == "caf\xC3\xA9 3x3");
    CHECK(escape_markup(std::string("a\0b\x1B", 4)) ==
          "a\xEF\xBF\xBD"
          "b\xEF\xBF\xBD");
}

TEST_CASE("JSON in a script element cannot end it", "[text]") {
    CHECK(escape_script_json(R"({"a":"</script><!--&"})") == R"({"a":"\u003c/script\u003e\u003c!--\u0026"})");
    CHECK(escape_script_json("\"x\xE2\x80\xA8y\xE2\x80\xA9z\"") == R"("x\u2028y\u2029z")");
    // An em dash, which begins with the same two bytes.
    CHECK(escape_script_json("\"\xE2\x80\x94\"") == "\"\xE2\x80\x94\"");
    CHECK(escape_script_json("\"\xE2\x80") == "\"\xE2\x80");
}

TEST_CASE("Base64 as RFC 4648 has it", "[text]") {
    // Section 10 of the RFC: "", "f", "fo", "foo", "foob", "fooba", "foobar".
    CHECK(base64_of_hex("").empty());
    CHECK(base64_of_hex("66") == "Zg==");
    CHECK(base64_of_hex("666f") == "Zm8=");
    CHECK(base64_of_hex("666f6f") == "Zm9v");
    CHECK(base64_of_hex("666f6f62") == "Zm9vYg==");
    CHECK(base64_of_hex("666f6f6261") == "Zm9vYmE=");
    CHECK(base64_of_hex("666F6F626172") == "Zm9vYmFy");
}

TEST_CASE("Figures read well", "[text]") {
    CHECK(time_text(Nanoseconds(0)) == "0.00 ns");
    CHECK(time_text(Nanoseconds(711)) == "711 ns");
    CHECK(time_text(Nanoseconds(999'499)) == "999 us");
    CHECK(time_text(Nanoseconds(999'500)) == "1.00 ms");
    CHECK(time_text(Nanoseconds(12'345'678)) == "12.3 ms");
    CHECK(energy_text(Picojoules(61'234'000'000)) == "61.2 mJ");
    CHECK(energy_text(Picojoules(866'000'000)) == "866 uJ");
    CHECK(bytes_text(999) == "999 B");
    CHECK(bytes_text(1'500'000) == "1.50 MB");
    CHECK(count_text(0) == "0");
    CHECK(count_text(1234567) == "1,234,567");
    CHECK(count_text(-123) == "-123");
    CHECK(count_text(-1234) == "-1,234");
    CHECK(ratio_text(127, 100) == "1.27x");
    CHECK(ratio_text(1, 0) == "-");
    CHECK(large_count_text("123456789") == "123456789");
    CHECK(large_count_text("8540000000") == "8.54e9");
}

TEST_CASE("Axis ticks are round and inside", "[text]") {
    CHECK(axis_ticks(0, 10, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
    const std::vector<double> ticks = axis_ticks(5.09, 5.61, 6);
    REQUIRE(ticks.size() == 6);
    CHECK(tick_text(ticks.front(), 0.1) == "5.1");
    CHECK(tick_text(ticks.back(), 0.1) == "5.6");
    CHECK(axis_ticks(3, 3, 5).empty());
    CHECK(tick_text(20, 10) == "20");
    CHECK(tick_text(0.015, 0.005) == "0.015");
}

TEST_CASE("Texts are cut between characters", "[text]") {
    CHECK(shorten("layer", 5) == "layer");
    CHECK(shorten("layers", 5) == "laye\xE2\x80\xA6");
    CHECK(shorten("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\xC3\xA9\xE2\x80\xA6");
}

TEST_CASE("A canvas escapes what it draws", "[text]") {
    Canvas canvas;
    canvas.text(1, 2, Anchor::end, "cl-label", "<b>");
    canvas.circle(1, 2, 3, "cl-front", "\"&");
    CHECK(canvas.body() ==
          "<text class=\"cl-label\" x=\"1.0\" y=\"2.0\" text-anchor=\"end\">&lt;b&gt;</text>\n"
          "<circle class=\"cl-front\" cx=\"1.0\" cy=\"2.0\" r=\"3\"><title>&quot;&amp;</title></circle>\n");
}
