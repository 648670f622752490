// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/evaluate.hpp"

#include "cleave/partition/run_timing.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

struct Sums {
    Nanoseconds time;
    Picojoules energy;
    Resources demand;
};

template <class Parts>
Sums sum_of(const Parts& parts) {
    Sums sums;
    for (const auto& part : parts) {
        sums.time += part.time;
        sums.energy += part.energy;
    }
    return sums;
}

/// Three convolutions of 64, 128 and 64 weights in two modules.
Network plain_network() {
    return Chain({4, 8, 8}, "m0")
        .then("first", conv_op(16, 1))
        .then("second", conv_op(8, 1))
        .module("m1")
        .then("third", conv_op(8, 1))
        .build();
}

Score score(const Network& network, const PlatformOptions& options, Mapping mapping) {
    const Platform platform = make_platform(options);
    const UnitGraph units(network);
    const StateSpace states(units);
    const Costing costing(units, platform);
    normalize(mapping);
    return evaluate(costing, states, mapping);
}

}  // namespace

TEST_CASE("modules and stages add up to the totals", "[partition][evaluate]") {
    std::size_t mappings = 0;
    std::size_t over_modules = 0;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4));
        const Platform platform = make_platform(random_platform_options(random));
        const ReferenceCosts costs(network, platform);
        if (costs.units().size() > 6) {
            continue;
        }
        DesignSpace space;
        space.share_step = 2;
        const auto partitions = ReferenceSpace(costs, space).partitions(500);
        if (!partitions) {
            continue;
        }
        CAPTURE(seed);
        const UnitGraph units(network);
        const StateSpace states(units);
        const Costing costing(units, platform);
        for (const RefPartition& partition : *partitions) {
            if (!random.chance(10)) {
                continue;
            }
            ++mappings;
            const Score s = evaluate(costing, states, partition.mapping);
            REQUIRE(s.modules.size() == network.modules().size());
            const Sums modules = sum_of(s.modules);
            const Sums stages = sum_of(s.stages);
            REQUIRE(modules.time == s.latency);
            REQUIRE(modules.energy == s.energy);
            REQUIRE(stages.time == s.latency);
            REQUIRE(stages.energy == s.energy);
            Resources demand;
            std::int64_t bytes = 0;
            for (const ModuleScore& module : s.modules) {
                REQUIRE(module.time >= Nanoseconds{});
                REQUIRE(module.energy >= Picojoules{});
                demand += module.demand;
            }
            std::vector<bool> placed(units.size(), false);
            const auto place = [&](UnitId unit) {
                REQUIRE_FALSE(placed[index(unit)]);
                placed[index(unit)] = true;
            };
            for (const ScoredStage& stage : s.stages) {
                REQUIRE(stage.groups.size() == stage.stage.groups.size());
                for (const GroupCost& group : stage.groups) {
                    bytes += group.link_bytes;
                }
                for (const StageGroup& group : stage.stage.groups) {
                    std::for_each(group.units.begin(), group.units.end(), place);
                    over_modules +=
                        units.unit(group.units.front()).module != units.unit(group.units.back()).module ? 1
                                                                                                        : 0;
                }
                std::for_each(stage.stage.gpu_units.begin(), stage.stage.gpu_units.end(), place);
            }
            REQUIRE(std::all_of(placed.begin(), placed.end(), [](bool p) { return p; }));
            REQUIRE(bytes == s.link_bytes);
            REQUIRE(demand == partition.demand);
            if (platform.resource_scope == ResourceScope::network) {
                REQUIRE(demand == s.demand);
            }
        }
    }
    CHECK(mappings > 500);
    CHECK(over_modules > 50);
}

TEST_CASE("what exceeds the FPGA is named with the layer that asks for most", "[partition][evaluate]") {
    const Network network = plain_network();
    const FpgaRun all{find_layer(network, "first"), find_layer(network, "second"),
                      find_layer(network, "third")};
    PlatformOptions options;
    options.capacity = {3000, 10, 10};
    // 10 ALM a weight and 50 a layer: 690 + 1330 + 690 = 2710.
    const Score fits = score(network, options, {{all}, {}});
    CHECK(fits.demand == Resources{2710, 0, 0});
    CHECK_FALSE(fits.infeasible.has_value());

    options.capacity.alm = 2709;
    const Score over = score(network, options, {{all}, {}});
    REQUIRE(over.infeasible.has_value());
    CHECK(over.infeasible->refusal.resource == "alm");
    CHECK(over.infeasible->refusal.needed == 2710);
    CHECK(over.infeasible->refusal.available == 2709);
    CHECK(network.layer(over.infeasible->layer).name == "second");
    CHECK_FALSE(over.infeasible->module.has_value());
    // The rest of the score does not depend on whether it fits.
    CHECK(over.latency == fits.latency);
    CHECK(over.energy == fits.energy);

    options.usable_alm_share = 0.5;
    options.capacity.alm = 5420;
    CHECK_FALSE(score(network, options, {{all}, {}}).infeasible.has_value());
    options.capacity.alm = 5419;
    CHECK(score(network, options, {{all}, {}}).infeasible->refusal.available == 2709);
}

TEST_CASE("of two exceeded resources the one that lacks more is named", "[partition][evaluate]") {
    // A line buffer of two rows of 16 channels: ceil(8 * 16 * 2 / 40) = 7 words, 8 columns in 4: 14 M20K.
    const Network network =
        Chain({16, 8, 8}).then("wide", conv_op(1, 3, 1, 1)).then("thin", conv_op(40, 1)).build();
    const Mapping mapping{{{find_layer(network, "wide"), find_layer(network, "thin")}}, {}};
    PlatformOptions options;
    options.capacity = {100000, 10, 13};
    Score s = score(network, options, mapping);
    REQUIRE(s.infeasible.has_value());
    CHECK(s.demand.m20k == 14);
    CHECK(s.infeasible->refusal.resource == "m20k");
    CHECK(network.layer(s.infeasible->layer).name == "wide");
    // wide: 144 weights, 1490 ALM; thin: 40 weights, 450 ALM.
    CHECK(s.demand.alm == 1940);
    options.capacity = {900, 10, 13};
    s = score(network, options, mapping);
    CHECK(s.infeasible->refusal.resource == "alm");
    options.capacity = {1900, 10, 2};
    CHECK(score(network, options, mapping).infeasible->refusal.resource == "m20k");
    options.capacity = {0, 0, 0};
    CHECK(score(network, options, mapping).infeasible->refusal.resource == "alm");
}

TEST_CASE("in the module scope each module has the FPGA to itself", "[partition][evaluate]") {
    const Network network = plain_network();
    const FpgaRun m0{find_layer(network, "first"), find_layer(network, "second")};
    const FpgaRun m1{find_layer(network, "third")};
    PlatformOptions options;
    options.resource_scope = ResourceScope::module;
    options.capacity = {2020, 10, 10};
    const Score fits = score(network, options, {{m0, m1}, {}});
    CHECK_FALSE(fits.infeasible.has_value());
    CHECK(fits.demand == Resources{2020, 0, 0});
    options.capacity.alm = 2019;
    const Score over = score(network, options, {{m0, m1}, {}});
    REQUIRE(over.infeasible.has_value());
    CHECK(over.infeasible->module == module_id(0));
    CHECK(network.layer(over.infeasible->layer).name == "second");
    options.capacity.alm = 600;
    const Score second = score(network, options, {{m1}, {}});
    REQUIRE(second.infeasible.has_value());
    CHECK(second.infeasible->module == module_id(1));
    CHECK(network.layer(second.infeasible->layer).name == "third");
    options.resource_scope = ResourceScope::network;
    options.capacity.alm = 2020;
    CHECK(score(network, options, {{m0, m1}, {}}).infeasible.has_value());
}

TEST_CASE("standing power is charged by scope", "[partition][evaluate]") {
    const Network network = plain_network();
    PlatformOptions options;
    options.energy_scope = EnergyScope::system;
    const Score powered = score(network, options, {});
    options.unused_fpga = UnusedFpga::off;
    const Score off = score(network, options, {});
    CHECK(powered.latency == off.latency);
    // 0.6 W of the FPGA and 0.1 W of the link: 700 mW * 1 ns = 700 pJ.
    CHECK(powered.energy - off.energy == Milliwatts(700) * powered.latency);
    // It is not off where anything is on it.
    const Mapping used{{{find_layer(network, "first")}}, {}};
    const Score with = score(network, options, used);
    options.unused_fpga = UnusedFpga::powered;
    CHECK(score(network, options, used).energy == with.energy);
    // In the active scope the GPU's idle power counts while a kernel runs, which is always here.
    options.energy_scope = EnergyScope::active;
    const Score active = score(network, options, {});
    CHECK(std::abs((active.energy - off.energy).ticks()) <=
          500 * static_cast<std::int64_t>(network.layers().size()));
    options.unused_fpga = UnusedFpga::off;
    CHECK(score(network, options, {}).energy == active.energy);
}

TEST_CASE("each hand-over costs host work, once each way", "[partition][costing]") {
    const Network network = plain_network();
    const LayerId first = find_layer(network, "first");
    const LayerId second = find_layer(network, "second");
    const LayerId third = find_layer(network, "third");
    PlatformOptions options;
    options.resource_scope = ResourceScope::module;
    PlatformOptions synced = options;
    synced.link_sync = 7;  // and 14 us up
    const auto more = [&](const Mapping& mapping, const PlatformOptions& to, const PlatformOptions& from) {
        const Score a = score(network, to, mapping);
        const Score b = score(network, from, mapping);
        // Standing power lasts longer; the host's own energy is nobody's.
        CHECK(a.energy - b.energy == Milliwatts(1200) * (a.latency - b.latency));
        return a.latency - b.latency;
    };
    CHECK(more({}, synced, options) == Nanoseconds{});
    CHECK(more({{{first}}, {}}, synced, options) == Nanoseconds(21'000));
    // Two layers of one run cross once, two runs twice.
    CHECK(more({{{first, second}}, {}}, synced, options) == Nanoseconds(21'000));
    CHECK(more({{{first}, {third}}, {}}, synced, options) == Nanoseconds(42'000));
    CHECK(more({{}, {{first, SplitAxis::filters, 8}}}, synced, options) == Nanoseconds(21'000));
    // A framework that issues each operation issues the run, too.
    PlatformOptions eager = options;
    eager.host_overhead = 50;
    PlatformOptions eager_synced = eager;
    eager_synced.link_sync = 7;
    CHECK(more({{{first}}, {}}, eager_synced, eager) == Nanoseconds(21'000));
    const Nanoseconds three = score(network, eager, {}).latency;
    const Nanoseconds none = score(network, options, {{{first, second}, {third}}, {}}).latency;
    CHECK(three == Nanoseconds(150'000));
    CHECK(score(network, eager, {{{first, second}, {third}}, {}}).latency == none + Nanoseconds(100'000));
}

TEST_CASE("a map that one layer reads twice is not shared", "[partition][costing]") {
    // The long branch leaves its first output late. The input is read by `join` alone, though twice, so it is
    // streamed in when needed and nothing has to wait in a delay buffer.
    const Network network = Chain({4, 6, 6})
                                .then("pre", conv_op(4, 1))
                                .then("other", conv_op(4, 1))
                                .then("long", conv_op(4, 3, 1, 1))
                                .add("join", Concat{}, {"pre", "long", "pre"})
                                .build();
    const Mapping mapping{{{find_layer(network, "long"), find_layer(network, "join")}}, {}};
    const Score s = score(network, {}, mapping);
    // Only the line buffer of `long`: ceil(8 * 4 * 2 / 40) = 2 words, 6 columns in 2 blocks of 4.
    CHECK(s.demand.m20k == 4);
}

TEST_CASE("ways that begin with maps of their own begin side by side", "[partition][costing]") {
    const Network network = Chain({4, 6, 6})
                                .then("a", conv_op(4, 1))
                                .then("b", conv_op(4, 1))
                                .add("left", conv_op(4, 3, 1, 1), {"a"})
                                .add("right", conv_op(4, 3, 1, 1), {"b"})
                                .add("join", Concat{}, {"left", "right"})
                                .then("behind", conv_op(4, 1))
                                .build();
    const UnitGraph graph(network);
    std::vector<UnitId> units;
    for (const char* name : {"left", "right", "join", "behind"}) {
        units.push_back(graph.unit_of(find_layer(network, name)));
    }
    const auto own = [](std::int64_t least, std::int64_t most) {
        return PacedUnit{Nanoseconds(least), Nanoseconds(most), 36};
    };
    const Nanoseconds pace(100);
    // `right` is the slower one with whatever hardware: what it takes counts, and `left` waits for it.
    const RunTiming slower = time_run(graph, units, {own(10, 20), own(30, 40), own(1, 1), own(2, 5)}, pace);
    CHECK(slower.fixed == Nanoseconds());
    CHECK(slower.counts == std::vector<bool>{false, true, true, true});
    REQUIRE(slower.waits[2].size() == 1);
    CHECK(slower.waits[2][0].map == find_layer(network, "left"));
    CHECK(slower.waits[2][0].positions == 11);  // 40 - 10 ns of 100 ns for 36 positions
    // Either could be: the join is set to the most.
    const RunTiming either = time_run(graph, units, {own(10, 35), own(30, 40), own(1, 1), own(2, 5)}, pace);
    CHECK(either.fixed == Nanoseconds(40));
    CHECK(either.counts == std::vector<bool>{false, false, true, true});
}

TEST_CASE("a variant is useful unless another of its implementation is nowhere worse",
          "[partition][costing]") {
    const auto folded = [](std::int64_t interval, std::int64_t alm, std::int64_t dsp,
                           std::size_t number = 0) {
        return LayerHardware{
            .choice = {number, {}}, .resources = {.alm = alm, .dsp = dsp}, .interval = interval};
    };
    const auto kept = [](const std::vector<LayerHardware>& all) {
        std::vector<std::int64_t> intervals;
        for (const LayerHardware& hw : keep_useful(all)) {
            intervals.push_back(hw.interval);
        }
        return intervals;
    };
    CHECK(kept({}).empty());
    // 400 clocks with as many blocks as 200, and of equals the second, are of no use.
    CHECK(kept({folded(400, 20, 8), folded(200, 20, 8), folded(100, 20, 16), folded(100, 20, 16)}) ==
          std::vector<std::int64_t>{200, 100});
    // Less of one resource for more of another.
    CHECK(kept({folded(100, 20, 16), folded(100, 900, 0)}).size() == 2);
    // Implementations are not compared: their clocks differ.
    CHECK(kept({folded(100, 20, 16, 0), folded(200, 30, 16, 1)}).size() == 2);
    LayerHardware deep = folded(100, 20, 16);
    deep.depth = 5;
    LayerHardware late = folded(100, 20, 16);
    late.fill_positions = 1;
    CHECK(keep_useful({deep, late}).size() == 2);
}

TEST_CASE("units have hardware of every implementation in use", "[partition][costing]") {
    const Network network = plain_network();
    const Platform platform = make_platform({});
    const UnitGraph units(network);
    const Costing costing(units, platform);
    CHECK(costing.hardware().of(unit_id(0)).size() == 1);
    CHECK_FALSE(costing.has_choices());
    CHECK(costing.hardware_of({{unit_id(0)}, {}})->size() == 1);
    // There is no such choice.
    CHECK_FALSE(costing.hardware_of({{unit_id(0)}, {}, 0, {{0, Fold{1, 1, Multipliers::dsp, false}}}}));
    const Network softmax = Chain({4, 1, 1}).then("softmax", Softmax{}).build();
    const UnitGraph softmax_units(softmax);
    CHECK(Costing(softmax_units, platform).hardware().of(unit_id(0)).empty());
}
