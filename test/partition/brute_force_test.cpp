// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/explore.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

constexpr std::size_t kMostMappings = 4000;

DesignSpace random_space(Random& random) {
    DesignSpace space;
    space.share_step = random.between(1, 4);
    if (random.chance(50)) {
        space.strategies.clear();
        for (const Strategy strategy : {Strategy::dwconv, Strategy::gconv, Strategy::fused, Strategy::fpga}) {
            if (random.chance(60)) {
                space.strategies.insert(strategy);
            }
        }
    }
    if (random.chance(30)) {
        space.axes.clear();
        for (const SplitAxis axis : {SplitAxis::channels, SplitAxis::filters, SplitAxis::groups}) {
            if (random.chance(60)) {
                space.axes.insert(axis);
            }
        }
    }
    if (random.chance(25)) {
        space.longest_run = random.between(1, 4);
    }
    return space;
}

struct Instance {
    Network network;
    Platform platform;
    DesignSpace space;
    std::vector<RefPartition> partitions;
    std::uint64_t schedules = 0;
};

/// Nothing if the instance is too large to try everything, or too small to be worth it.
std::optional<Instance> random_instance(std::uint32_t seed) {
    Random random(seed);
    const Outputs outputs = seed % 4 == 0 ? Outputs::several : Outputs::one;
    Network network = random_network(random, random.between(1, 4), outputs);
    PlatformOptions options = random_platform_options(random);
    DesignSpace space = random_space(random);
    options.hand_over = random.chance(30) ? HandOver::streamed : HandOver::buffered;
    Platform platform = make_platform(options);
    const ReferenceCosts costs(network, platform);
    if (costs.units().size() < 3 || costs.units().size() > 7) {
        return std::nullopt;
    }
    const ReferenceSpace reference(costs, space);
    auto partitions = reference.partitions(kMostMappings);
    if (!partitions) {
        return std::nullopt;
    }
    const std::uint64_t schedules = reference.count_schedules();
    return Instance{std::move(network), std::move(platform), std::move(space), std::move(*partitions),
                    schedules};
}

struct Tally {
    int instances = 0;
    int with_front = 0;
    int with_infeasible = 0;
    std::size_t mappings = 0;
    std::size_t points = 0;
    std::size_t two_groups = 0;
    std::size_t groups_beside_gpu = 0;
    std::size_t runs_over_modules = 0;
    std::set<Strategy> strategies;
};

/// What the points of the fronts are made of.
void count_stages(const UnitGraph& units, const Score& score, Tally& tally) {
    for (const ScoredStage& scored : score.stages) {
        tally.two_groups += scored.groups.size() == 2 ? 1 : 0;
        tally.groups_beside_gpu += !scored.groups.empty() && !scored.stage.gpu_units.empty() ? 1 : 0;
        for (const StageGroup& group : scored.stage.groups) {
            const bool spans =
                units.unit(group.units.front()).module != units.unit(group.units.back()).module;
            tally.runs_over_modules += spans ? 1 : 0;
        }
    }
    for (const ModuleScore& module : score.modules) {
        tally.strategies.insert(module.strategy);
    }
}

void compare_front(const Instance& instance, Tally& tally) {
    const ExploreRequest request{instance.network, instance.platform, instance.space, {}, {1, {}, {}}};
    const ExploreResult result = explore(request);
    const std::vector<RefPartition> expected =
        reference_front(instance.partitions, instance.platform.fpga.limits());
    REQUIRE(result.exact());
    REQUIRE(times_and_energies(result.front) == times_and_energies(expected));
    CHECK(result.design_points == std::to_string(instance.schedules));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        // Of equal points, the one kept is defined for resources summed over the network.
        if (instance.platform.resource_scope == ResourceScope::network) {
            CHECK(result.front[i].mapping == expected[i].mapping);
        }
        count_stages(UnitGraph(instance.network), result.front[i].score, tally);
    }
    tally.points += expected.size();
    tally.with_front += expected.size() > 1 ? 1 : 0;
}

void compare_scores(const Instance& instance, Random& random, Tally& tally) {
    const UnitGraph units(instance.network);
    const StateSpace states(units);
    const Costing costing(units, instance.platform);
    constexpr std::int64_t kMostScored = 25;
    const auto count = static_cast<std::int64_t>(instance.partitions.size());
    for (std::int64_t i = 0; i < std::min(count, kMostScored); ++i) {
        const RefPartition& expected =
            instance.partitions[static_cast<std::size_t>(count <= kMostScored ? i : random.below(count))];
        const Score score = evaluate(costing, states, expected.mapping);
        REQUIRE(score.latency.ticks() == expected.time);
        REQUIRE(score.energy.ticks() == expected.energy);
        REQUIRE(score.link_bytes == expected.bytes);
        REQUIRE(score.infeasible.has_value() != expected.feasible);
        if (instance.platform.resource_scope == ResourceScope::network) {
            REQUIRE(score.demand == expected.demand);
        }
        tally.with_infeasible += expected.feasible ? 0 : 1;
    }
    tally.mappings += instance.partitions.size();
}

}  // namespace

TEST_CASE("fronts and scores equal those of a search that tries every partition", "[partition][oracle]") {
    Tally tally;
    for (std::uint32_t seed = 1; tally.instances < 2000 / kFewer; ++seed) {
        const auto instance = random_instance(seed);
        if (!instance) {
            continue;
        }
        ++tally.instances;
        CAPTURE(seed, tally.instances);
        Random random(seed);
        compare_front(*instance, tally);
        compare_scores(*instance, random, tally);
    }
    // The instances are worth something: many have several points, partitions that do not fit, stages of
    // every kind.
    CAPTURE(tally.mappings, tally.points, tally.with_front, tally.with_infeasible, tally.two_groups,
            tally.groups_beside_gpu, tally.runs_over_modules, tally.strategies.size());
    CHECK(tally.with_front > 300 / kFewer);
    CHECK(tally.with_infeasible > 3000 / kFewer);
    CHECK(tally.mappings > 150000 / kFewer);
    CHECK(tally.two_groups > 10 / kFewer);
    CHECK(tally.groups_beside_gpu >= 100 / kFewer);
    CHECK(tally.runs_over_modules > 100 / kFewer);
    CHECK(tally.strategies.size() == 5);
}
