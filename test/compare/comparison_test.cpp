// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/comparison.hpp"

#include "cleave/compare/comparison_rows.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <random>

using namespace cleave;

namespace {

/// Points from (latency, energy), sorted; the first has the least latency, the last the least energy.
FrontSummary front_of(const std::vector<std::pair<double, double>>& costs) {
    FrontSummary front;
    front.network = "net";
    front.objectives = {"latency", "energy"};
    front.baseline_latency = Seconds(10);
    front.baseline_energy = Joules(10);
    for (const auto& [latency, energy] : costs) {
        SummaryPoint point;
        point.id = "p" + std::to_string(front.points.size() + 1);
        point.latency = Seconds(latency);
        point.energy = Joules(energy);
        front.points.push_back(point);
    }
    front.min_energy = costs.empty() ? 0 : costs.size() - 1;
    return front;
}

bool says(const std::vector<std::string>& warnings, const std::string& part) {
    return std::any_of(warnings.begin(), warnings.end(),
                       [&](const std::string& w) { return w.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("Hypervolume is the area up to the reference point", "[compare]") {
    // Reference (4, 4). Column from 1 to 2 is 4 - 3 = 1 high, from 2 to 3: 4 - 2 = 2, from 3 to 4: 4 - 1 = 3.
    const FrontSummary front = front_of({{1, 3}, {2, 2}, {3, 1}});
    CHECK(hypervolume(front.points, {Seconds(4), Joules(4)}) == Approx(6));
    // (2, 2) hides nothing of (2, 3); points not better than the reference add nothing.
    CHECK(hypervolume(front_of({{1, 3}, {2, 2}, {2, 3}, {3, 1}, {4, 0.5}}).points, {Seconds(4), Joules(4)}) ==
          Approx(6));
    CHECK(hypervolume({}, {Seconds(4), Joules(4)}) == 0);
}

TEST_CASE("Hypervolume agrees with counting cells", "[compare]") {
    std::mt19937 random(7);
    std::uniform_int_distribution<int> coordinate(0, 12);
    for (int trial = 0; trial < 200; ++trial) {
        std::vector<std::pair<double, double>> costs;
        for (int i = 0; i < trial % 9; ++i) {
            costs.emplace_back(coordinate(random), coordinate(random));
        }
        std::sort(costs.begin(), costs.end());
        constexpr int kReference = 10;
        int cells = 0;
        for (int x = 0; x < kReference; ++x) {
            for (int y = 0; y < kReference; ++y) {
                cells += std::any_of(costs.begin(), costs.end(),
                                     [&](const auto& c) { return c.first <= x && c.second <= y; })
                             ? 1
                             : 0;
            }
        }
        CHECK(hypervolume(front_of(costs).points, {Seconds(kReference), Joules(kReference)}) ==
              Approx(cells));
    }
}

TEST_CASE("The reference point lies a tenth beyond the joint nadir", "[compare]") {
    const Cost reference =
        reference_point(front_of({{1, 30}, {2, 20}}).points, front_of({{1.5, 20}, {5, 10}}).points);
    CHECK(reference.latency.value() == Approx(5.5));
    CHECK(reference.energy.value() == Approx(33));
    // (9, 25) is dominated in the two objectives: a third one keeps it on its front.
    const Cost third = reference_point(front_of({{1, 30}, {2, 20}, {9, 25}}).points, {});
    CHECK(third.latency.value() == Approx(2.2));
    CHECK(third.energy.value() == Approx(33));
}

TEST_CASE("Fronts of one point have a volume", "[compare]") {
    // Reference (2.2, 1.1): old 1.2 * 0.1, new 0.2 * 0.1.
    const Comparison worse = compare(front_of({{1, 1}}), front_of({{2, 1}}));
    CHECK(worse.old_volume == Approx(0.12));
    CHECK(worse.new_volume == Approx(0.02));
    CHECK(worse.volume_ratio.value() == Approx(1.0 / 6));
    CHECK(compare(front_of({{1, 1}}), front_of({{1, 1}})).volume_ratio.value() == 1);
    CHECK_FALSE(compare(front_of({}), front_of({{1, 1}})).volume_ratio.has_value());
    CHECK(compare(front_of({{1, 1}}), front_of({})).volume_ratio.value() == 0);
}

TEST_CASE("Each point has its fate", "[compare]") {
    // Old (1, 9) kept; (2, 7) dominated by (2, 6); (4, 3): nothing as good in both; new (3, 5): as good in
    // both is no old point, (5, 4): dominated by old (4, 3).
    const Comparison c =
        compare(front_of({{1, 9}, {2, 7}, {4, 3}}), front_of({{1, 9}, {2, 6}, {3, 5}, {5, 4}}));
    CHECK(c.old_fates == std::vector{Fate::kept, Fate::improved, Fate::lost});
    CHECK(c.new_fates == std::vector{Fate::kept, Fate::gained, Fate::gained, Fate::dominated});
    CHECK(c.count(Fate::gained) == 2);
    CHECK(c.count(Fate::lost) == 1);
}

TEST_CASE("Old points are matched with the least energy that is as fast", "[compare]") {
    const Comparison c = compare(front_of({{1, 9}, {2, 8}, {4, 4}}), front_of({{2, 6}, {3, 5}}));
    REQUIRE(c.matched.size() == 3);
    CHECK_FALSE(c.matched[0].new_point.has_value());
    CHECK(c.matched[1].new_point.value() == 0);
    CHECK(c.matched[1].energy_ratio.value() == Approx(0.75));
    CHECK(c.matched[2].new_point.value() == 1);
    CHECK(c.matched[2].energy_ratio.value() == Approx(1.25));
    CHECK(c.unmatched() == 1);
    REQUIRE(c.energy_ratios().size() == 2);
    CHECK(c.energy_ratios().back() == Approx(1.25));
}

TEST_CASE("Changes and reasons for doubt are listed", "[compare]") {
    FrontSummary a = front_of({{1, 1}});
    FrontSummary b = a;
    CHECK(compare(a, b).changes.empty());
    CHECK(compare(a, b).warnings.empty());
    a.facts = {{"models.fpga.clock_hz", "76"}, {"space.longest_run", "3"}, {"network.name", "net"}};
    b.facts = {{"models.fpga.clock_hz", "80"}, {"network.name", "net"}, {"scope.energy", "active"}};
    b.network = "other";
    b.objectives.emplace_back("alm");
    b.completeness = Completeness::stopped;
    b.gap = 0.03;
    const Comparison c = compare(a, b);
    REQUIRE(c.changes.size() == 3);
    CHECK(c.changes[0].path == "models.fpga.clock_hz");
    CHECK(c.changes[0].old_value.value() == "76");
    CHECK(c.changes[0].new_value.value() == "80");
    CHECK_FALSE(c.changes[1].new_value.has_value());
    CHECK_FALSE(c.changes[2].old_value.has_value());
    CHECK(c.warnings.size() == 4);
    CHECK(says(c.warnings, "different networks, 'net' and 'other'"));
    CHECK(says(c.warnings, "(latency, energy; latency, energy, alm)"));
    CHECK(says(c.warnings, "better by up to 3 %"));
    CHECK(says(c.warnings, "(scope)"));
}

TEST_CASE("Changes are shown as people read them, hashes last", "[compare]") {
    const std::string hash(64, 'a');
    Comparison comparison;
    comparison.changes = {{"config_sha256", hash, std::string(64, 'b')},
                          {"inputs.config", std::nullopt, hash},
                          {"models.fpga.clock_hz", "76000000.0", "62500000.0"},
                          {"platform.gpu", "other", std::nullopt}};
    const std::vector<ChangeRow> rows = change_rows(comparison);
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].path == "models.fpga.clock_hz");
    CHECK(rows[0].before == "76 MHz");
    CHECK(rows[0].now == "62.5 MHz");
    CHECK(rows[1].before == "other");
    CHECK(rows[1].now == "(absent)");
    CHECK(rows[2].path == "config_sha256");
    CHECK(rows[2].now == "bbbbbbbbbbbb");
    CHECK(rows[3].before == "(absent)");
    CHECK(rows[3].now == "aaaaaaaaaaaa");
}

TEST_CASE("Shifts say how much, and whether that is better", "[compare]") {
    CHECK(shift(2, 1.5).text == "-25.00 %");
    CHECK(shift(2, 1.5).trend == Trend::better);
    CHECK(shift(2, 2.5).text == "+25.00 %");
    CHECK(shift(2, 2.5).trend == Trend::worse);
    CHECK(shift(2, 2).text == "same");
    CHECK(shift(1, 1 + 1e-7).text == "+1.0e-05 %");
    CHECK(shift(std::nullopt, 1).trend == Trend::unknown);
    CHECK(shift(0, 1).text == "-");
}
