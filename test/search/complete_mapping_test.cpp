// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/complete_mapping.hpp"

#include "cleave/partition/evaluate.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Plenty of memory blocks and DSPs: only logic is scarce, so that the smallest variant has the least of it.
PlatformOptions logic_only(std::int64_t alm) {
    PlatformOptions options;
    options.form = Form::folded;
    options.capacity = {alm, 100000, 100000};
    return options;
}

/// Three convolutions one after the other, on a platform.
struct Three : ThreeConvs {
    explicit Three(const PlatformOptions& options) : platform(make_platform(options)) {}

    [[nodiscard]] Mapping run_of_two() const { return {{{a, b}}, {}, {}}; }
    [[nodiscard]] HardwareChoice choice(const Mapping& mapping, LayerId layer) const {
        const auto found = std::find_if(mapping.hardware.begin(), mapping.hardware.end(),
                                        [&](const LayerChoice& one) { return one.layer == layer; });
        REQUIRE(found != mapping.hardware.end());
        return found->hardware;
    }
    [[nodiscard]] GroupCost first_group(const Mapping& mapping) const {
        return costing.group(groups_of(units, mapping).front());
    }

    /// Of all pairs of variants of the run's layers: the one that a function likes best (least).
    template <class Rank>
    [[nodiscard]] auto best_pair(const Rank& rank) const {
        std::optional<decltype(rank(GroupCost{}))> best;
        for (const LayerHardware& first : costing.hardware().of(units.unit_of(a))) {
            for (const LayerHardware& second : costing.hardware().of(units.unit_of(b))) {
                const auto value = rank(costing.run({units.unit_of(a), units.unit_of(b)}, {first, second}));
                best = best ? std::min(*best, value) : value;
            }
        }
        return best.value();
    }

    Platform platform;
    UnitGraph units{network};
    StateSpace states{units};
    Costing costing{units, platform};
};

}  // namespace

TEST_CASE("a mapping without choices stays as it is", "[search][complete]") {
    const Three direct(PlatformOptions{});
    CHECK(complete_mapping(direct.costing, direct.run_of_two()) == direct.run_of_two());
    const Three folded(logic_only(100000));
    CHECK(complete_mapping(folded.costing, {}) == Mapping{});
}

TEST_CASE("a run without hardware gets the least pace that fits", "[search][complete]") {
    std::vector<Nanoseconds> paces;
    for (const std::int64_t alm : {100000, 2400, 2000, 1500, 1200, 1000, 800, 600, 300}) {
        const Three three(logic_only(alm));
        const Mapping mapping = complete_mapping(three.costing, three.run_of_two());
        REQUIRE(mapping.hardware.size() == 2);
        CHECK(check_mapping(three.costing, three.states, mapping).empty());
        const GroupCost cost = three.first_group(mapping);
        const Nanoseconds never(1000000000);
        const Nanoseconds least = three.best_pair(
            [&](const GroupCost& pair) { return three.costing.fits(pair.demand) ? pair.pace : never; });
        if (least == never) {
            // What misses by least has the least logic that there is.
            CHECK(cost.demand.alm == three.best_pair([](const GroupCost& pair) { return pair.demand.alm; }));
            CHECK(evaluate(three.costing, three.states, mapping).infeasible);
            continue;
        }
        CHECK(three.costing.fits(cost.demand));
        CHECK(cost.pace == least);
        // At that pace, what takes least energy.
        CHECK(cost.energy == three.best_pair([&](const GroupCost& pair) {
            return pair.pace <= least && three.costing.fits(pair.demand)
                       ? pair.energy
                       : Picojoules(std::numeric_limits<std::int64_t>::max());
        }));
        paces.push_back(cost.pace);
    }
    // Several paces, and one capacity at which nothing fits.
    std::sort(paces.begin(), paces.end());
    CHECK(std::unique(paces.begin(), paces.end()) - paces.begin() >= 3);
    CHECK(paces.size() < 9);
}

TEST_CASE("named hardware stays, and the rest keeps up with it", "[search][complete]") {
    const Three three(logic_only(100000));
    const auto& of_a = three.costing.hardware().of(three.units.unit_of(three.a));
    const LayerHardware& slowest = *std::max_element(
        of_a.begin(), of_a.end(),
        [](const LayerHardware& x, const LayerHardware& y) { return x.interval < y.interval; });
    Mapping partly = three.run_of_two();
    partly.hardware = {{three.a, slowest.choice}};
    const Mapping mapping = complete_mapping(three.costing, partly);
    CHECK(three.choice(mapping, three.a) == slowest.choice);
    // No faster than it need be: less than all that could be had.
    const Mapping free = complete_mapping(three.costing, three.run_of_two());
    CHECK(three.choice(free, three.a) != slowest.choice);
    CHECK(three.choice(free, three.b) != three.choice(mapping, three.b));
    CHECK(complete_mapping(three.costing, mapping) == mapping);

    partly.hardware = {{three.a, {0, Fold{3, 1, Multipliers::dsp, false}}}};
    const Mapping wrong = complete_mapping(three.costing, partly);
    CHECK(wrong.hardware.size() == 2);
    const auto faults = check_mapping(three.costing, three.states, wrong);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].message ==
          "the FPGA has no such hardware for layer 'a' (allowed: folded with pe 1, 2, 4; simd 1, 2; "
          "multipliers dsp or logic; with or without columns)");
    CHECK(faults[0].hardware);
}

TEST_CASE("hardware of an implementation alone may have any of its folds", "[search][complete]") {
    PlatformOptions options = logic_only(100000);
    options.form = Form::folded_beside_csd;
    const Three three(options);
    Mapping partly = three.run_of_two();
    std::set<std::size_t> named;
    for (const ClockedImplementation& one : three.platform.fpga.implementations()) {
        partly.hardware = {{three.a, {one.number, std::nullopt}}};
        const Mapping mapping = complete_mapping(three.costing, partly);
        CHECK(check_mapping(three.costing, three.states, mapping).empty());
        CHECK(three.choice(mapping, three.a).implementation == one.number);
        named.insert(one.number);
    }
    CHECK(named.size() == 2);
}

TEST_CASE("runs without hardware share the FPGA so that the sum of their paces is least",
          "[search][complete]") {
    const auto pace_of = [](const Three& three, const Mapping& mapping) {
        std::int64_t sum = 0;
        for (const StageGroup& group : groups_of(three.units, mapping)) {
            sum += three.costing.group(group).pace.ticks();
        }
        return sum;
    };
    std::set<std::int64_t> sums;
    for (const std::int64_t alm : {100000, 2400, 1800, 1200, 900}) {
        const Three three(logic_only(alm));
        const Mapping apart{{{three.a}, {three.c}}, {}, {}};
        std::optional<std::int64_t> least;
        for (const LayerHardware& first : three.costing.hardware().of(three.units.unit_of(three.a))) {
            for (const LayerHardware& second : three.costing.hardware().of(three.units.unit_of(three.c))) {
                Mapping one = apart;
                one.hardware = {{three.a, first.choice}, {three.c, second.choice}};
                if (!evaluate(three.costing, three.states, one).infeasible) {
                    const std::int64_t sum = pace_of(three, one);
                    least = std::min(least.value_or(sum), sum);
                }
            }
        }
        REQUIRE(least);
        const Mapping mapping = complete_mapping(three.costing, apart);
        CHECK(!evaluate(three.costing, three.states, mapping).infeasible);
        CHECK(pace_of(three, mapping) == *least);
        sums.insert(*least);
    }
    CHECK(sums.size() >= 3);
}

TEST_CASE("a split without hardware fits beside the runs", "[search][complete]") {
    const auto complete = [](std::int64_t alm) {
        const Three three(logic_only(alm));
        const Mapping mapping =
            complete_mapping(three.costing, {{{three.a, three.b}}, {{three.c, SplitAxis::filters, 2}}, {}});
        CHECK(mapping.hardware.size() == 3);
        const Score score = evaluate(three.costing, three.states, mapping);
        CHECK(!score.infeasible);
        return three.choice(mapping, three.c);
    };
    const Three three(logic_only(100000));
    const std::int64_t run =
        three.first_group(complete_mapping(three.costing, three.run_of_two())).demand.alm;
    const std::vector<LayerHardware> slices =
        three.costing.hardware().of_split(three.units.unit_of(three.c), SplitAxis::filters, 2);
    const std::int64_t least =
        std::min_element(slices.begin(), slices.end(), [](const LayerHardware& x, const LayerHardware& y) {
            return x.resources.alm < y.resources.alm;
        })->resources.alm;
    CHECK(complete(100000) != complete(run + least));
}

TEST_CASE("each module has the FPGA to itself in the module scope", "[search][complete]") {
    PlatformOptions options = logic_only(100000);
    options.resource_scope = ResourceScope::module;
    const Network network = Chain({2, 6, 6}, "m0")
                                .then("a", conv_op(4, 3, 1, 1))
                                .module("m1")
                                .then("b", conv_op(4, 3, 1, 1))
                                .build();
    const auto fastest = [&](std::int64_t alm) {
        options.capacity.alm = alm;
        const Platform platform = make_platform(options);
        const UnitGraph units(network);
        const Costing costing(units, platform);
        const Mapping mapping =
            complete_mapping(costing, {{{find_layer(network, "a")}, {find_layer(network, "b")}}, {}, {}});
        std::int64_t most = 0;
        for (const StageGroup& group : groups_of(units, mapping)) {
            most = std::max(most, costing.group(group).demand.alm);
        }
        return std::pair(mapping, most);
    };
    const auto [wide, most] = fastest(100000);
    // Both together would not fit.
    CHECK(fastest(most).first == wide);
}
