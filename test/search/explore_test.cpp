// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/explore.hpp"

#include "support/fronts.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

struct Setup {
    Network network;
    PlatformOptions options;
    DesignSpace space;
};

/// Larger than what can be tried in full.
Setup random_setup(std::uint32_t seed) {
    Random random(seed);
    Network network = random_network(random, random.between(2, 6));
    const PlatformOptions options = random_platform_options(random);
    DesignSpace space;
    space.share_step = random.between(1, 2);
    return {std::move(network), options, std::move(space)};
}

ExploreRequest request(const Setup& setup) {
    return {setup.network, make_platform(setup.options), setup.space, {}, {1, {}, {}}};
}

ExploreResult explore_setup(const Setup& setup) { return explore(request(setup)); }

bool same(const ExploreResult& a, const ExploreResult& b) {
    const auto same_points = [](const FrontPoint& x, const FrontPoint& y) {
        return x.mapping == y.mapping && x.score.latency == y.score.latency &&
               x.score.energy == y.score.energy && x.score.demand == y.score.demand;
    };
    return std::equal(a.front.begin(), a.front.end(), b.front.begin(), b.front.end(), same_points) &&
           a.design_points == b.design_points && a.exact() == b.exact() &&
           a.stats.evaluated_options == b.stats.evaluated_options && a.stats.options == b.stats.options &&
           a.stats.search.labels == b.stats.search.labels &&
           a.stats.search.candidates == b.stats.search.candidates &&
           a.nothing_fits.has_value() == b.nothing_fits.has_value();
}

/// A network whose convolutions the FPGA does faster and with less energy, one more than the next.
Setup worthwhile() {
    Setup setup;
    setup.network = Chain({4, 7, 7}, "m0")
                        .then("a", conv_op(8, 3, 1, 1))
                        .module("m1")
                        .then("b", conv_op(8, 3, 1, 1))
                        .module("m2")
                        .then("c", conv_op(4, 3, 1, 1))
                        .build();
    setup.options.kernel_overhead = 100;
    setup.options.unused_fpga = UnusedFpga::off;
    setup.space.share_step = 1;
    return setup;
}

/// The first random setup whose front has that many points.
Setup with_points(std::size_t points) {
    std::uint32_t seed = 1;
    while (explore_setup(random_setup(seed)).front.size() < points) {
        ++seed;
    }
    return random_setup(seed);
}

}  // namespace

TEST_CASE("points of a front score the same again, and none dominates another", "[search][explore]") {
    std::size_t points = 0;
    for (std::uint32_t seed = 1; seed <= 250; ++seed) {
        CAPTURE(seed);
        const Setup setup = random_setup(seed);
        const ExploreRequest r = request(setup);
        const ExploreResult result = explore(r);
        REQUIRE(result.exact());
        REQUIRE(result.gap.all == 0);
        REQUIRE_FALSE(result.front.empty());
        REQUIRE(result.unmet.empty());
        const UnitGraph units(r.network);
        const StateSpace states(units);
        const Costing costing(units, r.platform);
        for (std::size_t i = 0; i < result.front.size(); ++i) {
            const FrontPoint& point = result.front[i];
            const Score again = evaluate(costing, states, point.mapping);
            REQUIRE(again.latency == point.score.latency);
            REQUIRE(again.energy == point.score.energy);
            REQUIRE(again.demand == point.score.demand);
            REQUIRE_FALSE(again.infeasible.has_value());
            Mapping normal = point.mapping;
            normalize(normal);
            REQUIRE(normal == point.mapping);
            if (i > 0) {
                REQUIRE(result.front[i - 1].score.latency < point.score.latency);
                REQUIRE(result.front[i - 1].score.energy > point.score.energy);
            }
        }
        points += result.front.size();
        // The GPU alone is on the front or dominated.
        REQUIRE(result.baseline.mapping == Mapping{});
        REQUIRE(result.baseline.score.link_bytes == 0);
        REQUIRE(covers(result.front, {result.baseline}));
        REQUIRE(knee(result.front) < result.front.size());
    }
    CHECK(points > 250);
}

TEST_CASE("the number of threads does not change anything", "[search][explore]") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Setup setup = random_setup(seed);
        Random random(seed);
        if (seed > 30) {
            setup.options = random_folded_options(random);
        }
        ExploreRequest r = request(setup);
        r.limits.epsilon = seed > 30 ? 0.01 : 0;
        const ExploreResult one = explore(r);
        for (const unsigned threads : {2U, 5U, 0U}) {
            r.limits.threads = threads;
            REQUIRE(same(explore(r), one));
        }
    }
}

TEST_CASE("a longest run that no run is longer than changes nothing", "[search][explore]") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Setup setup = random_setup(seed);
        Random random(seed);
        setup.options = random_folded_options(random);
        ExploreRequest r = request(setup);
        r.limits.epsilon = 0.01;
        const ExploreResult free = explore(r);
        r.space.longest_run = static_cast<std::int64_t>(UnitGraph(r.network).size());
        REQUIRE(same(explore(r), free));
    }
}

TEST_CASE("an FPGA without logic leaves the GPU alone", "[search][explore]") {
    for (const Form form : {Form::csd, Form::fitted}) {
        Setup setup = worthwhile();
        setup.options.form = form;
        setup.options.capacity = {0, 0, 0};
        const ExploreResult result = explore_setup(setup);
        REQUIRE(result.front.size() == 1);
        CHECK(result.front[0].mapping == Mapping{});
        CHECK(result.exact());
        CHECK(result.design_points == "1");
        REQUIRE(result.nothing_fits.has_value());
        CHECK(result.nothing_fits->refusal.available == 0);
        CHECK(result.nothing_fits->refusal.needed > 0);
        setup.options.capacity = {100000, 100, 1000};
        CHECK_FALSE(explore_setup(setup).nothing_fits.has_value());
    }
}

TEST_CASE("the piece that comes nearest to fitting is named", "[search][explore]") {
    Setup setup = worthwhile();
    setup.options.capacity = {100, 10, 100};
    const ExploreResult result = explore_setup(setup);
    REQUIRE(result.nothing_fits.has_value());
    // One input channel of four, all 8 filters: 72 weights at 10 and 50 for the layer is what `a` needs at
    // least; one filter of `a`: 36 weights; one of the 8 input channels of `c`: 4 * 9 = 36.
    CHECK(result.nothing_fits->refusal.resource == "alm");
    CHECK(result.nothing_fits->refusal.needed == 36 * 10 + 50);
    CHECK(result.nothing_fits->refusal.available == 100);
    const std::string layer = setup.network.layer(result.nothing_fits->layer).name;
    CHECK((layer == "a" || layer == "c"));
}

TEST_CASE("a network without hardware is explored", "[search][explore]") {
    Setup setup;
    setup.network =
        Chain({4, 5, 5}).then("lrn", Lrn{}).then("tanh", Activation{ActivationKind::tanh}).build();
    const ExploreResult result = explore_setup(setup);
    REQUIRE(result.front.size() == 1);
    CHECK(result.front[0].mapping == Mapping{});
    CHECK(result.exact());
}

TEST_CASE("a larger FPGA is never worse", "[search][explore]") {
    int better = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Setup setup = random_setup(seed);
        std::optional<ExploreResult> before;
        for (const std::int64_t alm : {0, 500, 1000, 2000, 4000, 50000}) {
            setup.options.capacity.alm = alm;
            ExploreResult result = explore_setup(setup);
            if (before) {
                REQUIRE(covers(result.front, before->front));
                better += covers(before->front, result.front) ? 0 : 1;
            }
            before = std::move(result);
        }
        // More M20K change what spills, and so the power, where multipliers go there.
        setup.options.form = Form::csd;
        before.reset();
        for (const std::int64_t m20k : {0, 2, 4, 8, 100}) {
            setup.options.capacity.m20k = m20k;
            ExploreResult result = explore_setup(setup);
            REQUIRE((!before || covers(result.front, before->front)));
            before = std::move(result);
        }
    }
    CHECK(better > 20);
}

TEST_CASE("a larger design space is never worse", "[search][explore]") {
    int better = 0;
    const auto require_no_worse = [&](const ExploreResult& larger, const ExploreResult& smaller) {
        REQUIRE(covers(larger.front, smaller.front));
        better += covers(smaller.front, larger.front) ? 0 : 1;
    };
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Setup setup = random_setup(seed);
        for (const auto& [coarse, fine] : {std::pair{4, 2}, std::pair{2, 1}, std::pair{3, 1}}) {
            setup.space.share_step = coarse;
            const ExploreResult few = explore_setup(setup);
            setup.space.share_step = fine;
            require_no_worse(explore_setup(setup), few);
        }
        const ExploreResult all = explore_setup(setup);
        Setup part = setup;
        part.space.longest_run = 2;
        require_no_worse(all, explore_setup(part));
        part = setup;
        part.space.axes = {SplitAxis::filters};
        require_no_worse(all, explore_setup(part));
        for (const Strategy strategy :
             {Strategy::gpu, Strategy::dwconv, Strategy::gconv, Strategy::fused, Strategy::fpga}) {
            part = setup;
            part.space.strategies = {strategy};
            require_no_worse(all, explore_setup(part));
        }
    }
    CHECK(better > 50);
}

TEST_CASE("constraints keep the points that meet them", "[search][explore]") {
    const Setup setup = with_points(3);
    const ExploreResult all = explore_setup(setup);
    ExploreRequest r = request(setup);
    const FrontPoint& second = all.front[1];
    r.constraints.max_latency = to_si(second.score.latency);
    ExploreResult result = explore(r);
    REQUIRE(result.front.size() == 2);
    CHECK(result.front[1].mapping == second.mapping);
    CHECK(result.unmet.empty());
    r.constraints = {};
    r.constraints.max_energy = to_si(second.score.energy);
    result = explore(r);
    REQUIRE(result.front.size() == all.front.size() - 1);
    CHECK(result.front[0].mapping == second.mapping);
    // Only the second point meets both; the front of what is left is that point.
    r.constraints.max_latency = to_si(second.score.latency);
    CHECK(explore(r).front.size() == 1);
}

TEST_CASE("with epsilon, too, constraints keep points near all that meet them", "[search][explore]") {
    int points = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const Setup setup = random_setup(seed);
        const ExploreResult all = explore_setup(setup);
        for (const FrontPoint& point : all.front) {
            ExploreRequest r = request(setup);
            r.limits.epsilon = 1;
            // Only this point and those between both bounds meet them: without it there would be none.
            r.constraints.max_latency = to_si(point.score.latency);
            r.constraints.max_energy = to_si(point.score.energy);
            const ExploreResult result = explore(r);
            REQUIRE(result.front.size() == 1);
            CHECK(result.front.front().score.latency == point.score.latency);
            CHECK(result.front.front().score.energy == point.score.energy);
            ++points;
        }
    }
    CHECK(points > 60);
}

TEST_CASE("a constraint that cannot be met is reported with what is possible", "[search][explore]") {
    const Setup setup = worthwhile();
    const ExploreResult all = explore_setup(setup);
    ExploreRequest r = request(setup);
    const double fastest = to_si(all.front.front().score.latency).value();
    r.constraints.max_latency = Seconds(fastest / 2);
    const ExploreResult result = explore(r);
    CHECK(result.front.empty());
    CHECK(result.exact());
    REQUIRE(result.unmet.size() == 1);
    CHECK(result.unmet[0].objective == "latency");
    CHECK(result.unmet[0].required == fastest / 2);
    CHECK(result.unmet[0].best == fastest);
    CHECK_FALSE(result.unmet[0].binding.has_value());
    CHECK(result.baseline.score.latency > Nanoseconds{});
}

TEST_CASE("an unmet constraint names the resource that stands in the way", "[search][explore]") {
    Setup setup = worthwhile();
    // Each layer fits (a: 288 weights, 2930 ALM; b: 5810; c: 2930), any two do not.
    setup.options.capacity = {5810, 100, 1000};
    setup.space.strategies = {Strategy::fused};
    const ExploreResult tight = explore_setup(setup);
    setup.options.capacity.alm = 100000;
    const ExploreResult roomy = explore_setup(setup);
    REQUIRE(roomy.front.front().score.latency < tight.front.front().score.latency);
    setup.options.capacity.alm = 5810;
    ExploreRequest r = request(setup);
    r.constraints.max_latency = to_si(tight.front.front().score.latency - Nanoseconds(1));
    const ExploreResult result = explore(r);
    REQUIRE(result.unmet.size() == 1);
    REQUIRE(result.unmet[0].binding.has_value());
    CHECK(result.unmet[0].binding->refusal.resource == "alm");
    CHECK(result.unmet[0].binding->refusal.available == 5810);
    CHECK(result.unmet[0].binding->refusal.needed > 5810);
}

TEST_CASE("two constraints that contradict each other are both reported", "[search][explore]") {
    const Setup setup = with_points(2);
    const ExploreResult all = explore_setup(setup);
    ExploreRequest r = request(setup);
    r.constraints.max_latency = to_si(all.front.front().score.latency);
    r.constraints.max_energy = to_si(all.front.back().score.energy);
    const ExploreResult result = explore(r);
    CHECK(result.front.empty());
    REQUIRE(result.unmet.size() == 2);
    CHECK(result.unmet[0].objective == "latency");
    CHECK(result.unmet[0].best <= result.unmet[0].required);
    CHECK(result.unmet[1].objective == "energy");
    CHECK(result.unmet[1].best <= result.unmet[1].required);
}

TEST_CASE("an exploration that is stopped says how far off it may be", "[search][explore]") {
    int finite = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const Setup setup = random_setup(seed);
        const ExploreResult exact = explore_setup(setup);
        ExploreRequest r = request(setup);
        const ExploreResult stopped = explore(r, [] { return true; });
        // Asked once for each state while options are generated, then by the search.
        const UnitGraph units(r.network);
        std::atomic<std::size_t> left{StateSpace(units).size() + seed % 3};
        const ExploreResult late = explore(r, [&] { return left == 0 || left-- == 0; });
        r.limits.memory_limit = 0;
        const ExploreResult starved = explore(r);
        for (const ExploreResult* result : {&stopped, &late, &starved}) {
            // A search may need no memory at all, when bounds alone show that nothing is missing.
            REQUIRE((result != &stopped || !result->exact()));
            REQUIRE((!result->exact() || covers(result->front, exact.front)));
            REQUIRE(result->gap.all >= 0);
            REQUIRE(covers(exact.front, result->front));
            finite += !result->exact() && std::isfinite(result->gap.all) ? 1 : 0;
            REQUIRE((std::isinf(result->gap.all) ||
                     covers(result->front, exact.front, (1 + result->gap.all) * (1 + 1e-12))));
        }
    }
    CHECK(finite > 30);
}

TEST_CASE("the knee is nearest to both best values", "[search][explore]") {
    const auto front = [](const std::vector<std::pair<std::int64_t, std::int64_t>>& points) {
        std::vector<FrontPoint> result;
        for (const auto& [latency, energy] : points) {
            FrontPoint point;
            point.score.latency = Nanoseconds(latency);
            point.score.energy = Picojoules(energy);
            result.push_back(point);
        }
        return result;
    };
    CHECK(knee(front({{10, 10}})) == 0);
    // Scaled sums: 1, 0.1 + 0.5 = 0.6, 0.5 + 0.2 = 0.7, 1.
    CHECK(knee(front({{0, 100}, {10, 50}, {50, 20}, {100, 0}})) == 1);
    // Scaled sums: 1, 0.5 + 0.5 = 1, 1: the first.
    CHECK(knee(front({{0, 100}, {50, 50}, {100, 0}})) == 0);
}
