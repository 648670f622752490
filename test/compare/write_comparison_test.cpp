// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/write_comparison.hpp"

#include "cleave/compare/read_summary.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace cleave;
using nlohmann::json;

namespace {

json point_json(const std::string& id, double latency, double energy) {
    return {{"id", id},
            {"latency_s", latency},
            {"energy_j", energy},
            {"latency_speedup", 2.0},
            {"energy_gain", nullptr},
            {"resources", {{"alm", 10}, {"dsp", 0}, {"m20k", 3}}},
            {"link_bytes", 77},
            {"interval_s", 0.5}};
}

json front_json() {
    return {{"schema_version", 1},
            {"tool", {{"name", "cleave"}, {"version", "0.1.0"}}},
            {"context", {{"network", {{"name", "net"}, {"macs", 5}}}, {"axes", {"channels", "filters"}}}},
            {"completeness", "exact"},
            {"design_points", "12"},
            {"objectives", {"latency", "energy"}},
            {"baseline", {{"gpu_only", {{"latency_s", 3}, {"energy_j", 4}}}}},
            {"selected", {{"min_latency", "p001"}, {"knee", "p002"}, {"min_energy", "p002"}}},
            {"front", {point_json("p001", 1, 3), point_json("p002", 2, 2)}}};
}

FrontSummary summary_of(const std::string& text) {
    FaultList faults;
    const std::optional<Node> document = parse_json(text, "front.json", faults);
    std::optional<FrontSummary> front = document ? read_front_summary(*document, faults) : std::nullopt;
    faults.throw_if_any();
    return front.value();
}

std::vector<std::string> faults(const json& front) {
    std::vector<std::string> lines;
    try {
        (void)summary_of(front.dump());
    } catch (const InputError& error) {
        for (const Fault& fault : error.faults()) {
            lines.push_back(format_fault(fault));
        }
    }
    return lines;
}

bool has(const std::vector<std::string>& messages, const std::string& part) {
    return std::any_of(messages.begin(), messages.end(),
                       [&](const std::string& m) { return m.find(part) != std::string::npos; });
}

std::string fact(const FrontSummary& front, const std::string& path) {
    for (const Fact& f : front.facts) {
        if (f.path == path) {
            return f.value;
        }
    }
    return "no such fact";
}

/// The characters that mean something to Markdown, HTML, or what makes links and mentions of text.
constexpr const char* kActive = "`*_{}[]()<>#+-.!|~@&:/\"'\\$";

}  // namespace

TEST_CASE("A front is read with its facts", "[compare]") {
    const FrontSummary front = summary_of(front_json().dump());
    CHECK(front.network == "net");
    REQUIRE(front.points.size() == 2);
    CHECK(front.points[1].latency == Seconds(2));
    CHECK(front.points[1].m20k == 3);
    CHECK(front.points[0].latency_speedup.value() == 2);
    CHECK_FALSE(front.points[0].energy_gain.has_value());
    CHECK(front.knee == 1);
    CHECK(front.gap.value() == 0);
    CHECK(front.baseline_energy == Joules(4));
    CHECK(fact(front, "network.macs") == "5");
    CHECK(fact(front, "axes") == "channels, filters");
    CHECK(fact(front, "design_points") == "12");
    CHECK(fact(front, "tool.version") == "0.1.0");
}

TEST_CASE("A stopped front may have no points and no gap", "[compare]") {
    json front = front_json();
    front["completeness"] = "stopped";
    front["gap"] = nullptr;
    front["front"] = json::array();
    front.erase("selected");
    const FrontSummary read = summary_of(front.dump());
    CHECK(read.points.empty());
    CHECK(read.completeness == Completeness::stopped);
    CHECK_FALSE(read.gap.has_value());
}

TEST_CASE("Every fault of a front is reported", "[compare]") {
    json front = front_json();
    front["completeness"] = "perhaps";
    front["objectives"] = {"energy"};
    front["front"][1]["latency_s"] = -1;
    front["front"][0].erase("link_bytes");
    front["baseline"].erase("gpu_only");
    const auto found = faults(front);
    CHECK(found.size() == 5);
    CHECK(has(found, "completeness: must be exact, epsilon or stopped"));
    CHECK(has(found, "objectives: must begin with latency and energy"));
    CHECK(has(found, "front[1].latency_s: '-1' is out of range (a number of at least 0 is needed)"));
    CHECK(has(found, "front[0]: missing key 'link_bytes'"));
    CHECK(has(found, "baseline: missing key 'gpu_only'"));

    front = front_json();
    front["selected"]["knee"] = "p009";
    CHECK(has(faults(front), "selected.knee: there is no point 'p009'"));
    std::swap(front["front"][0], front["front"][1]);
    CHECK(has(faults(front), "front[1]: is out of order"));
    front = front_json();
    front["front"][1]["id"] = "p001";
    CHECK(has(faults(front), "point 'p001' occurs twice"));
    front = front_json();
    front["schema_version"] = 2;
    const auto of_version_2 = faults(front);
    CHECK(of_version_2.size() == 1);
    CHECK(has(of_version_2, "schema_version: version '2' is not supported"));
    CHECK(has(faults(json::array()),
              "1:1: error: the document is a list (a map of keys and values is needed)"));
    CHECK(has(faults(json(3)), "1:1: error: the document is a number (a map of keys and values is needed)"));
    CHECK_THROWS_AS(summary_of("{"), InputError);
    CHECK_THROWS_AS(summary_of(""), InputError);
}

TEST_CASE("Text from outside is inert in Markdown", "[compare]") {
    CHECK(markdown_code("a 1") == "<code>a 1</code>");
    CHECK(markdown_code("|") == "<code>&#124;</code>");
    CHECK(markdown_code("@octocat") == "<code>&#64;octocat</code>");
    CHECK(markdown_code("\xC3\xA9") == "<code>\xC3\xA9</code>");
    // Line ends, bytes that are not UTF-8, C1 controls and right-to-left override.
    for (const std::string bad :
         {"\n", "\r", "\x1b", "\x7f", "\xFF", "\xC2\x85", "\xE2\x80\xAE", "\xC0\xAF"}) {
        const std::string code = markdown_code(bad);
        CHECK(code.find(bad) == std::string::npos);
        CHECK(code.find("\xEF\xBF\xBD") != std::string::npos);
    }
    std::string all;
    for (int c = 0; c < 256; ++c) {
        all += static_cast<char>(c);
    }
    std::string code = markdown_code(all + "</script><b>$(id)[x](y)");
    REQUIRE(code.starts_with("<code>"));
    REQUIRE(code.ends_with("</code>"));
    code = code.substr(6, code.size() - 13);
    // What is left of active characters are the entities themselves.
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '&') {
            REQUIRE(code[i + 1] == '#');
            i = code.find(';', i);
            REQUIRE(i != std::string::npos);
        } else {
            CHECK(std::string(kActive).find(code[i]) == std::string::npos);
        }
    }
}

TEST_CASE("A comparison is written as Markdown and JSON", "[compare]") {
    json changed = front_json();
    changed["context"]["network"]["name"] = "</code>|@evil\n# `x` <b>";
    changed["front"][0]["energy_j"] = 3.5;
    ComparisonResult result{summary_of(front_json().dump()), summary_of(changed.dump()), {}, {}};
    result.comparison = compare(result.old_front, result.new_front);
    const Condition condition{"hypervolume<1", {"hypervolume"}, Condition::Relation::less, 1};
    result.judged = {judge(condition, result.old_front, result.new_front, result.comparison)};
    const std::string text = comparison_markdown(result);
    CHECK(text.find("@evil") == std::string::npos);
    CHECK(text.find("<b>") == std::string::npos);
    CHECK(text.find("# `") == std::string::npos);
    CHECK(text.find("**Failed.** 1 of 1 conditions to fail is met") != std::string::npos);
    CHECK(text.find("| min latency | 1.00 s | 1.00 s | same | 3.00 J | 3.50 J | **+16.67 %** (worse) |") !=
          std::string::npos);
    CHECK(text.find("> **Warning:** These are fronts of different networks") != std::string::npos);
    const json written = json::parse(comparison_json(result));
    // Reference (2.2, 3.85): old 1.2 * 0.85 + 0.2 * 1 = 1.22, new 1.2 * 0.35 + 0.2 * 1.5 = 0.72.
    CHECK(written["hypervolume"]["old"].get<double>() == Approx(1.22));
    CHECK(written["hypervolume"]["ratio"].get<double>() == Approx(0.72 / 1.22));
    CHECK(written["conditions"][0]["failed"] == true);
    CHECK(written["old"]["points"][0]["fate"] == "lost");
    CHECK(written["new"]["points"][0]["fate"] == "dominated");
    CHECK(written["changes"][0]["path"] == "network.name");
    CHECK(written["matched_points"][0]["energy_ratio"].get<double>() == Approx(3.5 / 3));
}

TEST_CASE("A condition without a value fails", "[compare]") {
    const FrontSummary front = summary_of(front_json().dump());
    const Condition condition{"knee.energy_gain>9", {"knee.energy_gain"}, Condition::Relation::greater, 9};
    CHECK(fails(judge(condition, front)));
    const Condition met{"front.size>1", {"front.size"}, Condition::Relation::greater, 1};
    CHECK(fails(judge(met, front)));
    const Condition unmet{"front.size>2", {"front.size"}, Condition::Relation::greater, 2};
    CHECK_FALSE(fails(judge(unmet, front)));
}
