// SPDX-License-Identifier: Apache-2.0
// Regions of several branches, whose stages are many: what is left out of them is only what others stand for.
#include "cleave/search/explore.hpp"
#include "cleave/search/stage_graph.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Branches that read one map, of one or two layers each, some of them alike; joined, or each with a result
/// of the network.
Network wide_network(Random& random, std::int64_t branches) {
    NetworkBuilder builder("wide");
    builder.begin_module("m0");
    const LayerId input = builder.add("in", Input{{random.between(1, 2), 4, random.between(2, 12)}}, {});
    const LayerId stem = random.chance(50) ? builder.add("stem", conv_op(2, 1), {input}) : input;
    const std::int64_t alike = random.between(1, 2);
    std::vector<LayerId> ends;
    for (std::int64_t b = 0; b < branches; ++b) {
        const std::string name = "b" + std::to_string(b);
        const bool same = random.chance(50);
        LayerId at = builder.add(name, conv_op(same ? alike : random.between(1, 2), 1), {stem});
        if (random.chance(15)) {
            at = builder.add(name + "_second", conv_op(1, 1), {at});
        }
        ends.push_back(at);
    }
    builder.add("join", Concat{}, ends);
    return builder.build();
}

struct WideTally {
    int instances = 0;
    int with_front = 0;
    int two_groups = 0;
    int beside_gpu = 0;
};

void count(const ExploreResult& result, WideTally& tally) {
    ++tally.instances;
    tally.with_front += result.front.size() > 1 ? 1 : 0;
    for (const FrontPoint& point : result.front) {
        for (const ScoredStage& stage : point.score.stages) {
            tally.two_groups += stage.groups.size() == 2 ? 1 : 0;
            tally.beside_gpu += !stage.groups.empty() && !stage.stage.gpu_units.empty() ? 1 : 0;
        }
    }
}

}  // namespace

TEST_CASE("fronts of wide regions equal those of all partitions", "[partition][oracle]") {
    constexpr std::size_t kMostMappings = 6000;
    WideTally tally;
    for (std::uint32_t seed = 1; tally.instances < 400 / kFewer; ++seed) {
        Random random(seed);
        CAPTURE(seed, tally.instances);
        const Network network = wide_network(random, random.between(3, 5));
        PlatformOptions options = random_platform_options(random);
        options.hand_over = random.chance(30) ? HandOver::streamed : HandOver::buffered;
        const Platform platform = make_platform(options);
        DesignSpace space;
        space.share_step = random.between(1, 2);
        const ReferenceCosts costs(network, platform);
        if (costs.units().size() > 7) {
            continue;
        }
        const ReferenceSpace reference(costs, space);
        const auto partitions = reference.partitions(kMostMappings);
        if (!partitions) {
            continue;
        }
        const ExploreResult result = explore({network, platform, space, {}, {1, {}, {}}});
        const std::vector<RefPartition> expected = reference_front(*partitions, platform.fpga.limits());
        REQUIRE(result.exact());
        REQUIRE(times_and_energies(result.front) == times_and_energies(expected));
        REQUIRE(result.design_points == std::to_string(reference.count_schedules()));
        if (platform.resource_scope == ResourceScope::network) {
            for (std::size_t i = 0; i < expected.size(); ++i) {
                REQUIRE(result.front[i].mapping == expected[i].mapping);
            }
        }
        count(result, tally);
    }
    CAPTURE(tally.with_front, tally.two_groups, tally.beside_gpu);
    CHECK(tally.with_front > 60 / kFewer);
    CHECK((kFewer > 1 || tally.two_groups > 0));
    CHECK(tally.beside_gpu > 25 / kFewer);
}

TEST_CASE("where regions are cut, points cost what the search had them cost", "[partition]") {
    int cut = 0;
    int over_cuts = 0;
    for (std::uint32_t seed = 1; seed <= 300 / kFewer; ++seed) {
        Random random(seed);
        CAPTURE(seed);
        const Network network = random.chance(50) ? wide_network(random, random.between(3, 6))
                                                  : random_network(random, random.between(2, 4));
        const Platform platform = make_platform(random.chance(70) ? random_folded_options(random)
                                                                  : random_platform_options(random));
        const UnitGraph units(network);
        const StateSpace states(units, 5);
        const StateSpace whole(units);
        const Costing costing(units, platform);
        const DesignSpace space;
        const OptionSet options = generate_options(costing, states, space, 1);
        const StageGraph graph(costing, states, options, {});
        SearchOptions search;
        search.epsilon = 0.02;
        const auto front = graph.solve(StageGraph::Capacity::limited, {}, search);
        REQUIRE(!front.points.empty());
        cut += states.cuts() > 0 ? 1 : 0;
        for (const StageGraph::Point& point : front.points) {
            const Score score = evaluate(costing, states, point.mapping);
            // On the ladder, a run may have a pace that is slower than its own.
            REQUIRE(score.latency <= point.time);
            REQUIRE(!score.infeasible);
            // Whatever is possible with cuts is so without, and no slower.
            REQUIRE(evaluate(costing, whole, point.mapping).latency <= score.latency);
            for (const FpgaRun& run : point.mapping.runs) {
                const std::size_t first = index(units.unit_of(run.front()));
                const std::size_t last = index(units.unit_of(run.back()));
                for (std::size_t r = 1; r < states.regions().size(); ++r) {
                    const std::size_t border = states.regions()[r].first;
                    over_cuts += states.is_cut(r) && first < border && last >= border ? 1 : 0;
                }
            }
        }
    }
    CHECK(cut > 150 / kFewer);
    CHECK(over_cuts > 20 / kFewer);
}
