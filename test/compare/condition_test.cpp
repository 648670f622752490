// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/condition.hpp"

#include "cleave/compare/read_condition.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace cleave;

namespace {

FrontSummary front_with_knee(double latency, double energy) {
    FrontSummary front;
    front.objectives = {"latency", "energy"};
    front.baseline_latency = Seconds(0.01);
    front.baseline_energy = Joules(0.1);
    SummaryPoint point;
    point.id = "p001";
    point.latency = Seconds(latency);
    point.energy = Joules(energy);
    point.energy_gain = 0.1 / energy;
    point.alm = 500;
    front.points = {point};
    return front;
}

bool holds(const std::string& text, const FrontSummary& front) {
    return judge(read_conditions("--require", {text}, front_metrics()).at(0), front).holds();
}

std::string fault(const std::string& text) {
    try {
        (void)read_conditions("--fail-if", {text}, comparison_metrics());
    } catch (const InputError& error) {
        return error.what();
    }
    return "no fault";
}

}  // namespace

TEST_CASE("Conditions are read with units and judged exactly", "[compare]") {
    const FrontSummary front = front_with_knee(0.005, 0.05);
    CHECK(holds("knee.latency_s<=5ms", front));
    CHECK_FALSE(holds("knee.latency_s<5 ms", front));
    CHECK(holds("knee.latency_s==0.005", front));
    CHECK(holds(" min_energy.energy_j > 49999 uJ ", front));
    CHECK(holds("min_latency.energy_gain>=2", front));
    CHECK_FALSE(holds("min_latency.energy_gain!=2", front));
    CHECK(holds("front.size==1", front));
    CHECK(holds("front.gap<=0", front));
    CHECK(holds("baseline.energy_j==100mJ", front));
    CHECK(holds("knee.alm<501", front));
}

TEST_CASE("A figure that is not defined meets no condition", "[compare]") {
    FrontSummary front = front_with_knee(0.005, 0.05);
    CHECK_FALSE(holds("knee.interval_s<1", front));
    CHECK_FALSE(holds("knee.interval_s>=0", front));
    CHECK_FALSE(holds("knee.latency_speedup!=1", front));
    front.points.clear();
    CHECK_FALSE(holds("knee.latency_s<1", front));
    CHECK(holds("front.size==0", front));
}

TEST_CASE("Conditions on two fronts see both", "[compare]") {
    const FrontSummary a = front_with_knee(0.004, 0.05);
    const FrontSummary b = front_with_knee(0.005, 0.025);
    const Comparison comparison = compare(a, b);
    const auto value = [&](const std::string& name) {
        return judge(read_conditions("--fail-if", {name + "<1"}, comparison_metrics()).at(0), a, b,
                     comparison)
            .actual;
    };
    CHECK(value("knee.latency_s").value() == 0.005);
    CHECK(value("old.knee.latency_s").value() == 0.004);
    CHECK(value("ratio.knee.latency_s").value() == Approx(1.25));
    CHECK(value("ratio.knee.energy_j").value() == Approx(0.5));
    CHECK_FALSE(value("ratio.front.gap").has_value());
    // Reference (5.5 ms, 55 mJ): old 1.5 * 5, new 0.5 * 30.
    CHECK(value("hypervolume").value() == Approx(2));
    CHECK(value("points.lost").value() == 1);
    CHECK(value("points.gained").value() == 1);
    CHECK(value("matched.missing").value() == 1);
    CHECK_FALSE(value("matched.worst_energy_ratio").has_value());
}

TEST_CASE("Every figure has a value of its own", "[compare]") {
    const FrontSummary front = front_with_knee(0.004, 0.05);
    const Comparison comparison = compare(front, front);
    std::set<std::string> names;
    for (const Metric& metric : comparison_metrics()) {
        names.insert(metric.name);
        CHECK_NOTHROW((void)judge({metric.name + "<1", metric, Condition::Relation::less, 1}, front, front,
                                  comparison));
    }
    // 3 points of 9 fields, 4 of the front; of the new, the old and as ratios; 9 of the comparison.
    CHECK(front_metrics().size() == 31);
    CHECK(names.size() == 3 * 31 + 9);
}

TEST_CASE("Mistakes in conditions say where and what would be right", "[compare]") {
    CHECK(fault("hypervolum<0.99")
              .find("--fail-if hypervolum<0.99:1:1: error: there is no figure "
                    "'hypervolum' (did you mean 'hypervolume'?; allowed: hypervolume, "
                    "points.kept, points.improved, ") == 0);
    CHECK(fault("hypervolum<0.99").find(", or front, old.front or ratio.front followed by .size or .gap)") !=
          std::string::npos);
    CHECK(fault("knee.latency_s<5mJ").find(":1:16: error: '5mJ' is an energy") != std::string::npos);
    CHECK(fault("front.size<3ms").find(":1:12: error: '3ms' is not a number") != std::string::npos);
    CHECK(fault("front.size").find("no relation") != std::string::npos);
    CHECK(fault("front.size=3").find(":1:11: error: '=' is no relation (allowed: <, <=") !=
          std::string::npos);
    CHECK(fault("front.size<").find(":1:12: error: the number is missing") != std::string::npos);
    CHECK(fault("<3").find("the name of a figure is missing") != std::string::npos);
    CHECK(fault("front.size<nan").find(":1:12: error: ") != std::string::npos);
    CHECK(fault("front.size<3 or knee.alm<4").find("error") != std::string::npos);
    CHECK(fault("").find("no relation") != std::string::npos);
    // All at once.
    try {
        (void)read_conditions("--require", {"a<1", "front.size<1", "b<1"}, front_metrics());
        FAIL("read");
    } catch (const InputError& error) {
        CHECK(error.faults().size() == 2);
    }
    // What needs two fronts is not there for one.
    CHECK_THROWS_AS(read_conditions("--require", {"hypervolume<1"}, front_metrics()), InputError);
}
