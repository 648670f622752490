// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/analysis.hpp"

#include "cleave/sweep/cases.hpp"
#include "cleave/sweep/write_report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace cleave;

namespace {

const std::string kHostile = "</script><b>$(id)`x`|\n@all";

CaseRecord solved(const std::string& network, const std::string& bandwidth, double bytes_per_second,
                  const std::string& clock, double latency_s, double energy_j) {
    CaseRecord record;
    record.parameters = {{"network", network}, {"fpga.clock", clock}, {"link.bandwidth", bandwidth}};
    record.name = case_names({record.parameters}).front();
    record.status = CaseStatus::exact;
    record.problem = CaseProblem{network, bytes_per_second, 12, 24};
    CasePoint point;
    point.latency_s = latency_s;
    point.energy_j = energy_j;
    record.front = CaseFront{"10", 1, point, point, point};
    return record;
}

/// Two networks, two bandwidths, two clocks; gains are whole numbers. No front for net_b at 2 GB/s and 50
/// MHz.
std::vector<CaseRecord> eight_cases() {
    std::vector<CaseRecord> cases{
        solved("net_a", "2 GB/s", 2e9, "50 MHz", 4, 6),  solved("net_a", "1 GB/s", 1e9, "50 MHz", 6, 8),
        solved("net_a", "2 GB/s", 2e9, "99 MHz", 3, 12), solved("net_a", "1 GB/s", 1e9, "99 MHz", 12, 12),
        solved("net_b", "2 GB/s", 2e9, "50 MHz", 1, 1),  solved("net_b", "1 GB/s", 1e9, "50 MHz", 6, 12),
        solved("net_b", "2 GB/s", 2e9, "99 MHz", 4, 3),  solved("net_b", "1 GB/s", 1e9, "99 MHz", 2, 6)};
    cases[4].status = CaseStatus::infeasible;
    cases[4].front.reset();
    return cases;
}

}  // namespace

TEST_CASE("names of cases are safe, short and different", "[sweep]") {
    const std::vector<std::vector<SweepParameter>> cases{
        {{"network", kHostile}},
        {{"network", "../../../etc/passwd"}},
        {{"network", ".._.._.._etc_passwd"}},
        {{"..", "x"}},
        {{"-rf", "x"}},
        {{"a", "x"}},
        {{"a", "X"}},
        {{"a", "[b, c]"}},
        {{"a", "b+c"}},
        {{"a", "76 MHz"}},
        {{"a", "76MHz"}},
        {{"a", std::string(500, 'y')}},
        {{"a", std::string(500, 'y') + "z"}},
        {{"a", ""}},
        {{"a", "\xc3\xa9"}},
        {{"a", "\xc3\xaa"}},
        {},
    };
    const std::vector<std::string> names = case_names(cases);
    REQUIRE(names.size() == cases.size());
    std::set<std::string> seen;
    for (const std::string& name : names) {
        CAPTURE(name);
        CHECK(name.size() <= 120);
        CHECK(
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+=,-") ==
            std::string::npos);
        CHECK(std::string("._+=,-").find(name.front()) == std::string::npos);
        std::string lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        CHECK(seen.insert(lower).second);
    }
    CHECK(case_names({{{"link.bandwidth", "2.5 GB/s"}, {"space.axes", "[filters, groups]"}}}).front() ==
          "link.bandwidth=2.5GBps,space.axes=filters+groups");
    CHECK(case_names(cases) == names);
}

TEST_CASE("the best case of each network and objective", "[sweep]") {
    const std::vector<BestCase> best = best_cases(eight_cases());
    REQUIRE(best.size() == 8);
    // net_a: latency 3 of case 2, energy 6 of case 0, gains 12 / 3 and 24 / 6.
    CHECK(best[0].index == 2);
    CHECK(best[0].value == 3);
    CHECK(best[1].index == 0);
    CHECK(best[1].value == 6);
    CHECK(best[2].index == 2);
    CHECK(best[2].value == 4);
    CHECK(best[3].index == 0);
    CHECK(best[3].value == 4);
    // net_b: case 4 would be best at everything, but has no front.
    CHECK(best[4].index == 7);
    CHECK(best[5].index == 6);
    CHECK(best[7].value == 8);
}

TEST_CASE("the best platform counts only where every network has a front", "[sweep]") {
    const std::vector<BestPlatform> best = best_platforms(eight_cases());
    REQUIRE(best.size() == 2);
    // Speed-ups of net_a and net_b: 50 MHz and 1 GB/s 2, 2; 99 MHz and 2 GB/s 4, 3; 99 MHz and 1 GB/s 1, 6.
    CHECK(best[0].platform == "fpga.clock=99 MHz, link.bandwidth=2 GB/s");
    CHECK(best[0].value == Approx(std::sqrt(12.0)));
    // Energy gains: 3, 2; 2, 8; 2, 4.
    CHECK(best[1].platform == "fpga.clock=99 MHz, link.bandwidth=2 GB/s");
    CHECK(best[1].value == Approx(4));
}

TEST_CASE("gains by bandwidth, one column for each other setting", "[sweep]") {
    const std::vector<LinkSensitivity> found = link_sensitivity(eight_cases());
    REQUIRE(found.size() == 2);
    CHECK(found[0].network == "net_a");
    CHECK(found[0].bandwidths == std::vector<double>{1e9, 2e9});
    CHECK(found[0].settings == std::vector<std::string>{"fpga.clock=50 MHz", "fpga.clock=99 MHz"});
    CHECK(found[0].gains[0][0].value().speedup == 2);
    CHECK(found[0].gains[1][0].value().energy_gain == 4);
    CHECK(found[0].gains[1][1].value().speedup == 4);
    CHECK(!found[1].gains[1][0]);
    // One bandwidth: nothing to say.
    CHECK(link_sensitivity({eight_cases()[0], eight_cases()[2]}).empty());
}

TEST_CASE("effects compare like with like", "[sweep]") {
    // Case 4, net_b at 2 GB/s and 50 MHz, has no front: what it would be compared with does not count either.
    const std::vector<ParameterEffect> effects = parameter_effects(eight_cases());
    REQUIRE(effects.size() == 6);
    CHECK(effects[0].key == "network");
    CHECK(effects[0].cases == 3);
    CHECK(effects[0].mean.speedup == Approx(std::cbrt(2.0 * 4 * 1)));
    CHECK(effects[1].value == "net_b");
    CHECK(effects[1].cases == 3);
    CHECK(effects[2].value == "50 MHz");
    // net_a at both bandwidths, net_b at 1 GB/s.
    CHECK(effects[2].mean.energy_gain == Approx(std::cbrt(4.0 * 3 * 2)));
    CHECK(effects[3].mean.energy_gain == Approx(std::cbrt(2.0 * 2 * 4)));
    // In the order of the cases, not of those that are solved.
    CHECK(effects[4].value == "2 GB/s");
    CHECK(effects[5].value == "1 GB/s");
    // Nothing in common: no effect is stated.
    CHECK(parameter_effects({eight_cases()[0], eight_cases()[3], eight_cases()[5]}).empty());
}

TEST_CASE("stopped searches take no part in comparisons", "[sweep]") {
    std::vector<CaseRecord> cases = eight_cases();
    cases[0].status = CaseStatus::stopped;
    CHECK(!link_sensitivity(cases)[0].gains[1][0]);
    CHECK(parameter_effects(cases)[2].cases == 2);
    const std::string text = sweep_markdown("x", cases);
    CHECK(text.find("(stopped) |") != std::string::npos);
    CHECK(text.find("Where the search was stopped (1 case), better points may exist") != std::string::npos);
    CHECK(sweep_markdown("x", eight_cases()).find("stopped") == std::string::npos);
}

TEST_CASE("networks without two bandwidths to compare are named", "[sweep]") {
    std::vector<CaseRecord> cases = eight_cases();
    CHECK(without_sensitivity(cases).empty());
    cases[6].status = CaseStatus::infeasible;
    cases[6].front.reset();
    CHECK(without_sensitivity(cases) == std::vector<std::string>{"net_b"});
    CHECK(sweep_markdown("x", cases).find("- net_b is left out: it has proved fronts at less than two") !=
          std::string::npos);
}

TEST_CASE("the trend over bandwidths is that of complete series", "[sweep]") {
    const LinkTrend trend = link_trend(link_sensitivity(eight_cases()));
    // Not net_b at 50 MHz.
    CHECK(trend.series == 3);
    REQUIRE(trend.means.size() == 2);
    CHECK(trend.means[0].speedup == Approx(std::cbrt(2.0 * 1 * 6)));
    CHECK(trend.means[1].energy_gain == Approx(std::cbrt(4.0 * 2 * 8)));
    CHECK(link_trend({}).series == 0);
}

TEST_CASE("a part of a sweep compares nothing", "[sweep]") {
    const std::string text = sweep_markdown("x", {eight_cases()[0], eight_cases()[1]}, SweepPart{2, 4, 8});
    CHECK(text.find("Shard 2/4, 2 of 8 cases: `cleave merge` joins all shards") != std::string::npos);
    CHECK(text.find("## Best") == std::string::npos);
    CHECK(text.find("## Effect") == std::string::npos);
    CHECK(text.find("## Gains") == std::string::npos);
}

TEST_CASE("plots of gains have round scales with 1 among them", "[sweep]") {
    const std::string svg = sensitivity_svg(link_sensitivity(eight_cases()));
    for (const char* tick : {">1.0x<", ">2.0x<", ">8.0x<"}) {
        CHECK(svg.find(tick) != std::string::npos);
    }
    CHECK(svg.find("class=\"even\"") != std::string::npos);
    CHECK(svg.find("<polyline") != std::string::npos);
}

TEST_CASE("the report answers whether gains grow with the link", "[sweep]") {
    const std::string text = sweep_markdown("x", eight_cases());
    CHECK(text.find("8 cases: 7 exact, 1 infeasible.") != std::string::npos);
    // Series: net_a at both clocks, net_b at 50 MHz (one case only) and 99 MHz (12 / 2 to 12 / 4 falls).
    CHECK(text.find("The latency speed-up grows with the bandwidth in 2 of 4 series (a network with one "
                    "setting), and falls somewhere in 1.") != std::string::npos);
    CHECK(text.find(
              "| fpga.clock=50 MHz | 3.000x to 4.000x, never falling | 2.000x to 3.000x, never falling |") !=
          std::string::npos);
    CHECK(text.find("| 2 GB/s | - |") != std::string::npos);
}

TEST_CASE("texts of users are harmless in report and plot", "[sweep]") {
    std::vector<CaseRecord> cases{solved(kHostile, "1 GB/s", 1e9, kHostile, 3, 3),
                                  solved(kHostile, "2 GB/s", 2e9, kHostile, 2, 2),
                                  solved(kHostile, "2 GB/s", 2e9, "9 MHz", 2, 2)};
    cases[2].status = CaseStatus::bad_input;
    cases[2].front.reset();
    cases[2].error = kHostile;
    const std::string markdown = sweep_markdown(kHostile, cases);
    CHECK(markdown.find('<') == std::string::npos);
    CHECK(markdown.find("@all") == std::string::npos);
    CHECK(markdown.find("&lt;/script&gt;&lt;b&gt;\\$(id)\\`x\\`\\| ") != std::string::npos);
    const std::string svg = sensitivity_svg(link_sensitivity(cases));
    CHECK(svg.find("</script>") == std::string::npos);
    CHECK(svg.find("<b>") == std::string::npos);
    CHECK(svg.find("&lt;/script&gt;&lt;b&gt;$(id)") != std::string::npos);
}
