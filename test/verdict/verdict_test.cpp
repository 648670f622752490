// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/explore.hpp"
#include "cleave/search/find_front.hpp"
#include "cleave/search/fit_probability.hpp"
#include "cleave/verdict/readings.hpp"
#include "cleave/verdict/verdict_words.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"
#include "support/roomy_platform.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

FrontPoint point(std::int64_t latency, std::int64_t energy) {
    FrontPoint result;
    result.score.latency = Nanoseconds(latency);
    result.score.energy = Picojoules(energy);
    return result;
}

ExploreResult front(std::vector<FrontPoint> points) {
    ExploreResult result;
    result.baseline = point(100, 100);
    result.front = std::move(points);
    return result;
}

bool in(const std::string& part, const std::string& text) { return text.find(part) != std::string::npos; }

ExploreRequest request_on(const PlatformOptions& options, std::uint32_t seed) {
    Random random(seed);
    Network network = random_network(random, 3);
    ExploreRequest request{std::move(network), make_platform(options), {}, {}, {1, {}, {}}};
    request.limits.epsilon = 0.01;
    return request;
}

/// The same with these spreads of logic and memory in all implementations.
ExploreRequest with_spread(ExploreRequest request, double alm, double m20k) {
    const Fpga& fpga = request.platform.fpga;
    FpgaModel model = fpga.model();
    for (Implementation& implementation : model.implementations) {
        implementation.spread = {};
        implementation.spread.alm = alm;
        implementation.spread.m20k = m20k;
    }
    request.platform.fpga = Fpga(std::move(model), fpga.implementations(), fpga.capacity());
    return request;
}

}  // namespace

TEST_CASE("a point pays that takes no more of anything and enough less of something", "[verdict]") {
    const Score gpu = point(100, 100).score;
    CHECK(pays(point(90, 100).score, gpu, 1.05));
    CHECK(pays(point(100, 90).score, gpu, 1.05));
    CHECK_FALSE(pays(point(96, 96).score, gpu, 1.05));
    CHECK(pays(point(96, 96).score, gpu, 1.04));
    CHECK_FALSE(pays(point(101, 10).score, gpu, 1.05));
    CHECK_FALSE(pays(point(10, 101).score, gpu, 1.05));
    CHECK_FALSE(pays(gpu, gpu, 1.05));
    Score often = point(98, 98).score;
    Score seldom = gpu;
    often.interval = Nanoseconds(50);
    seldom.interval = Nanoseconds(100);
    CHECK_FALSE(pays(often, seldom, 1.05));
    CHECK(pays(often, seldom, 1.05, ThirdObjective::interval));
    CHECK_FALSE(pays(often, seldom, 1.05, ThirdObjective::alm));
}

TEST_CASE("the knee is one of the points that pay", "[verdict]") {
    // Slower than the GPU alone, but the nearest to both best values.
    const ExploreResult some = front({point(90, 99), point(95, 80), point(110, 20), point(300, 10)});
    CHECK(knee(some.front, std::nullopt) == 2);
    CHECK(knee(some, std::nullopt, 1.05) == 0);
    CHECK(knee(some, std::nullopt, 1.2) == 1);
    CHECK(knee(some, std::nullopt, 0) == 2);
    // None pays: one that is no slower.
    CHECK(knee(front({point(99, 100), point(110, 20), point(300, 10)}), std::nullopt, 1.05) == 0);
    // Constraints leave slower ones only.
    CHECK(knee(front({point(110, 20), point(300, 10)}), std::nullopt, 1.05) ==
          knee(front({point(110, 20), point(300, 10)}).front, std::nullopt));
}

TEST_CASE("a verdict says what moves, what it gains and what it costs", "[verdict]") {
    int paying = 0;
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        const ExploreRequest request = request_on(roomy(), seed);
        const ExploreResult result = explore(request);
        const auto verdict = judge(request, result);
        REQUIRE(verdict);
        const std::string text = verdict_text(*verdict, request, result);
        if (!verdict->pays) {
            CHECK(in("the FPGA does not pay", text));
            continue;
        }
        ++paying;
        const FrontPoint& best = result.front[*verdict->point];
        CHECK(*verdict->point == knee(result, std::nullopt, kMinGain));
        CHECK(text.starts_with("put "));
        CHECK(in(" on the FPGA: ", text));
        // What all modules save is what the network saves, but for those without anything on the FPGA.
        std::int64_t time = 0;
        for (const ModuleGain& gain : verdict->gains) {
            time += gain.time.ticks();
        }
        for (std::size_t m = 0; m < request.network.modules().size(); ++m) {
            const bool there = std::any_of(verdict->gains.begin(), verdict->gains.end(),
                                           [&](const ModuleGain& gain) { return index(gain.module) == m; });
            time += there ? 0 : (result.baseline.score.modules[m].time - best.score.modules[m].time).ticks();
        }
        CHECK(time == (result.baseline.score.latency - best.score.latency).ticks());
        CHECK(verdict->link.bytes == best.score.link_bytes);
        CHECK(verdict->link.transfers.ticks() > 0);
        CHECK(verdict->resources[0].used == best.score.demand.alm);
        CHECK(reasons(*verdict, request).size() == 3);
    }
    CHECK(paying >= 6);
}

TEST_CASE("an FPGA that nothing fits or that is too slow does not pay", "[verdict]") {
    PlatformOptions options = roomy();
    options.capacity = {0, 0, 0};
    const ExploreRequest nothing = request_on(options, 1);
    const ExploreResult alone = explore(nothing);
    const auto verdict = judge(nothing, alone);
    REQUIRE(verdict);
    CHECK_FALSE(verdict->pays);
    CHECK_FALSE(verdict->point);
    CHECK(verdict_text(*verdict, nothing, alone) == "the FPGA does not pay: nothing fits it");
    CHECK(reasons(*verdict, nothing).empty());
    // Twice nothing is nothing; levers say so.
    for (const Lever& lever : try_levers(nothing, *verdict, [] { return false; })) {
        CHECK_FALSE(lever.pays);
        CHECK(in("no partition that fits takes less", [&] {
            Verdict with = *verdict;
            with.levers = {lever};
            return reasons(with, nothing).front();
        }()));
    }
    ExploreResult empty = alone;
    empty.front.clear();
    CHECK_FALSE(judge(nothing, empty));
}

TEST_CASE("levers say what a search with another limit finds", "[verdict]") {
    PlatformOptions options = roomy();
    options.capacity = {3000, 20, 60};
    ExploreRequest request = request_on(options, 3);
    request.min_gain = 1.3;
    const auto verdict = judge(request, explore(request));
    REQUIRE(verdict);
    const std::vector<Lever> levers = try_levers(request, *verdict, [] { return false; });
    REQUIRE(!levers.empty());
    const auto clock = std::find_if(levers.begin(), levers.end(),
                                    [](const Lever& lever) { return lever.kind == LeverKind::clock; });
    REQUIRE(clock != levers.end());
    options.fpga_clock *= clock->factor;
    options.second_clock *= clock->factor;
    ExploreRequest faster = request_on(options, 3);
    faster.min_gain = 1.3;
    faster.limits.epsilon = 0.05;
    const auto found = judge(faster, explore(faster));
    REQUIRE(found);
    CHECK(found->pays == clock->pays);
    CHECK(found->latency_speedup == clock->latency_speedup);
    CHECK(try_levers(request, *verdict, [] { return true; }).empty());
}

TEST_CASE("the probability to fit is the share of drawn platforms that a partition fits", "[verdict]") {
    PlatformOptions options = roomy();
    options.capacity = {4000, 60, 60};
    int between = 0;
    for (std::uint32_t seed = 1; seed <= 16; ++seed) {
        const ExploreRequest request = with_spread(request_on(options, seed), 0.2, 0.1);
        const ExploreResult result = explore(request);
        const FrontPoint& last = result.front[knee(result.front, std::nullopt)];
        const auto expected = fit_probability(request.platform, last.mapping, last.score, KnownWeights::no);
        REQUIRE(expected);
        const UnitGraph units(request.network);
        const StateSpace states(units);
        constexpr int kDraws = 400;
        int fits = 0;
        for (std::uint64_t draw = 1; draw <= kDraws; ++draw) {
            const Platform platform = draw_platform(request.platform, draw);
            const Costing costing(units, platform, nullptr);
            fits += evaluate(costing, states, last.mapping).infeasible ? 0 : 1;
        }
        CAPTURE(seed, *expected, fits);
        // Four standard deviations of a share.
        CHECK(std::abs(static_cast<double>(fits) / kDraws - *expected) < 0.1);
        between += *expected > 0.2 && *expected < 0.99 ? 1 : 0;
    }
    CHECK(between >= 2);
    const ExploreRequest unknown = with_spread(request_on(options, 1), 0, 0);
    CHECK_FALSE(fit_probability(unknown.platform, {}, explore(unknown).baseline.score, KnownWeights::no));
}

TEST_CASE("points fit with the probability that is asked for, and none is lost by more", "[verdict]") {
    PlatformOptions options = roomy();
    options.capacity = {4000, 60, 60};
    int changed = 0;
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        for (const double m20k : {0.0, 0.1}) {
            ExploreRequest request = with_spread(request_on(options, seed), 0.2, m20k);
            const std::size_t before = explore(request).front.size();
            request.constraints.fit_probability = 0.9;
            const ExploreResult sure = explore(request);
            for (const FrontPoint& one : sure.front) {
                CHECK(*fit_probability(request.platform, one.mapping, one.score, KnownWeights::no) >= 0.9);
            }
            changed += sure.front.size() != before ? 1 : 0;
            // Where only logic is uncertain, a block more than the limit fits less often.
            const Fpga& fpga = request.platform.fpga;
            const Resources left = dependable_capacity(fpga, spread_of(fpga, KnownWeights::no), 0.9);
            Score edge;
            edge.demand = {left.alm, 0, 0};
            CHECK(*fit_probability(request.platform, {}, edge, KnownWeights::no) >= 0.9);
            edge.demand.alm += 1;
            if (m20k == 0) {
                CHECK(*fit_probability(request.platform, {}, edge, KnownWeights::no) < 0.9);
            }
        }
    }
    CHECK(changed > 0);
}

TEST_CASE("points of the surer implementation alone are held to its own spread", "[verdict]") {
    PlatformOptions options = roomy();
    options.capacity = {8000, 200, 200};
    int surer = 0;
    for (std::uint32_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        ExploreRequest request = with_spread(request_on(options, seed), 0.05, 0);
        FpgaModel model = request.platform.fpga.model();
        model.implementations[request.platform.fpga.implementations()[1].number].spread.alm = 0.5;
        request.platform.fpga =
            Fpga(std::move(model), request.platform.fpga.implementations(), options.capacity);
        request.constraints.fit_probability = 0.9;
        request.limits.epsilon = 0;
        const ExploreResult both = explore(request);
        REQUIRE(both.exact());
        ExploreRequest alone = request;
        alone.platform.fpga = Fpga(request.platform.fpga.model(),
                                   {request.platform.fpga.implementations().front()}, options.capacity);
        const ExploreResult one = explore(alone);
        // What the surer one reaches alone, both reach.
        for (const FrontPoint& point : one.front) {
            CHECK(std::any_of(both.front.begin(), both.front.end(), [&](const FrontPoint& other) {
                return other.score.latency <= point.score.latency && other.score.energy <= point.score.energy;
            }));
        }
        for (const FrontPoint& point : both.front) {
            CHECK(*fit_probability(request.platform, point.mapping, point.score, KnownWeights::no) >= 0.9);
            const ImplementationSpread own =
                spread_of(request.platform.fpga, point.mapping, KnownWeights::no);
            surer += own.alm < 0.1 ? 1 : 0;
        }
    }
    CHECK(surer > 0);
}

TEST_CASE("readings answer as a search of each would", "[verdict]") {
    PlatformOptions options;
    options.unused_fpga = UnusedFpga::off;
    const ExploreRequest request = request_on(options, 5);
    const auto never = [] { return false; };
    const std::vector<Reading> readings = try_readings(request, never);
    const Gpu& gpu = request.platform.gpu;
    // One implementation: profiles and baselines alone.
    REQUIRE(readings.size() == 2 * gpu.model().profiles.size());
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const Reading& reading = readings[i];
        CAPTURE(i);
        CHECK(reading.profile == gpu.model().profiles[i / 2].name);
        CHECK(reading.unused_fpga == (i % 2 == 0 ? UnusedFpga::powered : UnusedFpga::off));
        ExploreRequest other = request;
        other.platform.gpu = gpu.with_profile(i / 2);
        other.platform.unused_fpga = reading.unused_fpga;
        other.limits = rough_limits(request.limits);
        const auto verdict = judge(other, explore(other, never, nullptr));
        REQUIRE(verdict.has_value());
        CHECK(reading.pays == verdict->pays);
        CHECK(reading.latency_speedup == verdict->latency_speedup);
        CHECK(reading.energy_gain == verdict->energy_gain);
    }
    CHECK(try_readings(request, [] { return true; }).empty());
}

TEST_CASE("readings say whether the verdict holds, and what decides", "[verdict]") {
    const auto reading = [](const char* profile, const char* hardware, UnusedFpga unused, bool pays) {
        return Reading{profile, "", {hardware}, unused, pays, 2, 2};
    };
    Verdict verdict;
    verdict.pays = true;
    using enum UnusedFpga;
    verdict.readings = {reading("slow", "a", powered, true), reading("slow", "a", off, true),
                        reading("fast", "a", powered, true), reading("fast", "a", off, true)};
    CHECK(readings_text(verdict) == "the verdict holds under all 4 readings");
    verdict.readings[2].pays = verdict.readings[3].pays = false;
    CHECK(readings_text(verdict) == "the FPGA pays under 2 of 4 readings: with profile slow");
    verdict.readings[1].pays = false;
    verdict.readings[2].pays = true;
    CHECK(readings_text(verdict) ==
          "the FPGA pays under 2 of 4 readings: with an FPGA that is there already");
    verdict.readings[3].pays = true;
    CHECK(readings_text(verdict) == "the FPGA pays under 3 of 4 readings");
    for (Reading& one : verdict.readings) {
        one.pays = false;
    }
    CHECK(readings_text(verdict) == "the FPGA pays under 0 of 4 readings");
    verdict.pays = false;
    CHECK(readings_text(verdict) == "the verdict holds under all 4 readings");
}
