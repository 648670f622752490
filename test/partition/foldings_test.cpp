// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/run_parts.hpp"
#include "cleave/search/explore.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/random.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Combinations of hardware variants, and partitions, that are tried at most.
constexpr std::size_t kMostCombinations = 2500;
constexpr std::size_t kMostPartitions = 3000;

/// Networks of two to five units with few channels, so that each layer has few foldings.
class SmallNetwork {
public:
    explicit SmallNetwork(Random& random) : random_(random), builder_("small") {
        builder_.begin_module("m0");
        const auto width = random_.pick<std::int64_t>({2, 5, 10, 20});
        at_ =
            builder_.add("in", Input{{random_.between(1, 2), random_.pick<std::int64_t>({2, 6}), width}}, {});
    }

    Network build() {
        const std::int64_t blocks = random_.between(1, 4);
        for (std::int64_t i = 0; i < blocks && units_ < 4; ++i) {
            block();
        }
        if (units_ < 2) {
            at_ = conv(at_, 2);
        }
        Network network = builder_.build();
        if (!builder_.faults().empty()) {
            throw std::logic_error("faulty small network: " + builder_.faults().front().message);
        }
        return network;
    }

private:
    LayerId add(const Op& op, const std::vector<LayerId>& inputs) {
        return builder_.add("l" + std::to_string(layers_++), op, inputs);
    }
    LayerId unit(const Op& op, const std::vector<LayerId>& inputs) {
        ++units_;
        return add(op, inputs);
    }

    LayerId conv(LayerId from, std::int64_t filters, std::int64_t stride = 1) {
        const auto kernel = random_.pick<std::int64_t>({1, 1, 3});
        LayerId at = unit(conv_op(filters, kernel, stride, kernel / 2), {from});
        if (random_.chance(20)) {
            at = add(BatchNorm{}, {at});
        }
        // The second clamp is hardware of its own.
        for (int i = 0; i < 2 && random_.chance(25); ++i) {
            at = add(Activation{ActivationKind::relu}, {at});
        }
        return at;
    }

    LayerId depthwise(LayerId from) {
        const std::int64_t channels = builder_.shape(from).channels;
        return unit(conv_op(channels, 3, 1, 1, channels), {from});
    }

    /// Of the same size.
    LayerId any(LayerId from) {
        switch (random_.below(5)) {
            case 0: return depthwise(from);
            case 1: {
                const LayerId pooled = unit(Pool{PoolKind::max, square(3, 1, 1), false}, {from});
                return random_.chance(40) ? add(BatchNorm{}, {pooled}) : pooled;
            }
            default: return conv(from, random_.between(1, 2));
        }
    }

    void block() {
        if (units_ > 0 && random_.chance(50)) {
            builder_.begin_module("m" + std::to_string(units_));
        }
        const LayerId from = at_;
        const std::int64_t channels = builder_.shape(from).channels;
        switch (units_ > 2 ? 0 : random_.below(6)) {
            case 0: at_ = any(from); break;
            case 1: at_ = conv(from, random_.between(1, 2), builder_.shape(from).height > 3 ? 2 : 1); break;
            case 2: at_ = unit(Add{}, {from, conv(from, channels)}); break;
            case 3: at_ = unit(Add{}, {conv(from, channels), conv(from, channels)}); break;
            case 4: at_ = unit(Concat{}, {any(from), any(from)}); break;
            default: {
                // A map that is only needed again behind a place that everything else passes.
                const LayerId first = conv(from, channels);
                const LayerId second = unit(Add{}, {conv(first, channels), from});
                at_ = second;
                break;
            }
        }
    }

    Random& random_;
    NetworkBuilder builder_;
    LayerId at_{};
    int layers_ = 0;
    int units_ = 0;
};

PlatformOptions random_options(Random& random) {
    PlatformOptions options = random_folded_options(random);
    options.capacity = {1000000, 1000000, 1000000};
    return options;
}

/// Some of what the whole network might take.
Resources random_capacity(Random& random, const ReferenceCosts& costs) {
    Resources sum;
    for (std::size_t i = 0; i < costs.units().size(); ++i) {
        Resources most;
        for (const LayerHardware& hw : costs.variants(i)) {
            most.alm = std::max(most.alm, hw.resources.alm);
            most.dsp = std::max(most.dsp, hw.resources.dsp);
            most.m20k = std::max(most.m20k, hw.resources.m20k);
        }
        sum += most;
    }
    const auto part = [&](std::int64_t amount, const std::vector<std::int64_t>& percent) {
        return amount * random.pick(percent) / 100;
    };
    return {part(sum.alm, {20, 35, 50, 70, 200}), part(sum.dsp, {0, 20, 40, 60, 200}),
            part(sum.m20k, {0, 20, 40, 60, 200})};
}

/// Larger regions are not searched for all runs.
bool in_small_regions(const Network& network) {
    const UnitGraph units(network);
    const StateSpace states(units);
    for (std::size_t r = 0; r < states.regions().size(); ++r) {
        if (states_in(states, r) > kMostRunStates) {
            return false;
        }
    }
    return true;
}

std::size_t combinations(const ReferenceCosts& costs, bool useful) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < costs.units().size(); ++i) {
        count *= 1 + (useful ? costs.useful(i) : costs.variants(i)).size();
    }
    return count;
}

/// The front if one resource were unlimited.
TimesAndEnergies front_without(std::vector<RefPartition> partitions, const std::vector<CapacityLimit>& limits,
                               std::size_t left_out) {
    for (RefPartition& p : partitions) {
        p.feasible = true;
        for (std::size_t i = 0; i < limits.size(); ++i) {
            p.feasible = p.feasible && (i == left_out || limits[i].use(p.demand) <= limits[i].limit);
        }
    }
    return times_and_energies(reference_front(partitions, limits));
}

struct FoldingTally {
    int all_variants = 0;
    int with_front = 0;
    std::size_t partitions = 0;
    std::size_t scored = 0;
    std::size_t points = 0;
    std::size_t two_clocks = 0;
    std::size_t long_runs = 0;
    std::size_t splits = 0;
    std::array<int, 3> binding{};
    /// Points that are not within a step of the ladder's, and that are.
    std::array<int, 2> on_ladder{};
    /// Fronts on the ladder with a bound of what it loses, those that do lose something, and those whose
    /// bound is below a fifth.
    int bounds = 0;
    int lost = 0;
    int bounded = 0;
};

struct FoldedInstance {
    Network network;
    Platform platform;
    DesignSpace space;
};

FoldedInstance random_folded_instance(std::uint32_t seed) {
    Random random(seed);
    Network network = SmallNetwork(random).build();
    PlatformOptions options = random_options(random);
    const Platform roomy = make_platform(options);
    options.capacity = random_capacity(random, ReferenceCosts(network, roomy));
    DesignSpace space;
    space.folding = Folding::exact;
    space.share_step = random.between(1, 2);
    if (random.chance(15)) {
        space.longest_run = random.between(1, 3);
    }
    if (random.chance(50)) {
        space.strategies.erase(Strategy::gconv);
    }
    if (random.chance(10)) {
        space.strategies.erase(Strategy::fused);
    }
    return {std::move(network), make_platform(options), std::move(space)};
}

void count_points(const FoldedInstance& instance, const std::vector<FrontPoint>& front, FoldingTally& tally) {
    for (const FrontPoint& point : front) {
        std::vector<std::size_t> used;
        for (const LayerChoice& choice : point.mapping.hardware) {
            used.push_back(choice.hardware.implementation);
        }
        const auto [low, high] = std::minmax_element(used.begin(), used.end());
        tally.two_clocks += low != used.end() && instance.platform.fpga.clock_of(*low) !=
                                                     instance.platform.fpga.clock_of(*high)
                                ? 1
                                : 0;
        tally.splits += point.mapping.splits.size();
        for (const FpgaRun& run : point.mapping.runs) {
            tally.long_runs += run.size() > 1 ? 1 : 0;
        }
    }
    tally.points += front.size();
    tally.with_front += front.size() > 1 ? 1 : 0;
}

void compare_scores(const FoldedInstance& instance, const ReferenceSpace& reference, Random& random,
                    FoldingTally& tally) {
    const UnitGraph units(instance.network);
    const StateSpace states(units);
    const Costing costing(units, instance.platform);
    for (int i = 0; i < 10; ++i) {
        const auto expected = reference.any_partition(random);
        if (!expected) {
            continue;
        }
        const Score score = evaluate(costing, states, expected->mapping);
        REQUIRE(score.latency.ticks() == expected->time);
        REQUIRE(score.energy.ticks() == expected->energy);
        REQUIRE(score.link_bytes == expected->bytes);
        REQUIRE(score.infeasible.has_value() != expected->feasible);
        if (instance.platform.resource_scope == ResourceScope::network) {
            REQUIRE(score.demand == expected->demand);
        }
        ++tally.scored;
    }
}

/// Goes through random instances that are small enough to try all of, until `check` has counted so many; it
/// returns false for those that it leaves out.
template <class Check>
void for_instances(int count, std::size_t most_partitions, const Check& check) {
    int counted = 0;
    for (std::uint32_t seed = 1; counted < count; ++seed) {
        const FoldedInstance instance = random_folded_instance(seed);
        const ReferenceCosts costs(instance.network, instance.platform);
        const bool all = combinations(costs, false) <= kMostCombinations;
        if ((!all && combinations(costs, true) > kMostCombinations) || !in_small_regions(instance.network)) {
            continue;
        }
        const ReferenceSpace reference(costs, instance.space,
                                       all ? ReferenceSpace::Tried::all : ReferenceSpace::Tried::useful);
        if (const auto partitions = reference.partitions(most_partitions)) {
            CAPTURE(seed);
            counted += check(seed, instance, all, reference, *partitions) ? 1 : 0;
        }
    }
}

/// One step more of the ladder at most, and what rounding to ticks takes.
bool within_step(std::int64_t value, std::int64_t of) {
    return static_cast<double>(value) <= kLadderStep * static_cast<double>(of) + 10;
}

void compare_ladder(const FoldedInstance& instance, const TimesAndEnergies& exact, FoldingTally& tally) {
    DesignSpace space = instance.space;
    space.folding = Folding::ladder;
    ExploreRequest request{instance.network, instance.platform, space, {}, {1, {}, {}}};
    request.limits.bound_ladder = true;
    // Throws if a point does not evaluate to itself.
    const ExploreResult result = explore(request);
    const TimesAndEnergies ladder = times_and_energies(result.front);
    const auto covered = [&](const auto& by, const auto& point, bool to_a_step) {
        return std::any_of(by.begin(), by.end(), [&](const auto& other) {
            return to_a_step
                       ? within_step(other.first, point.first) && within_step(other.second, point.second)
                       : other.first <= point.first && other.second <= point.second;
        });
    };
    for (const auto& point : ladder) {
        REQUIRE(covered(exact, point, false));
    }
    if (result.on_ladder) {
        REQUIRE(result.ladder_loss);
        const double most = (1 + *result.ladder_loss) * (1 + 1e-12);
        const double least = times_as_much(ladder, exact);
        REQUIRE(least <= most);
        tally.lost += least > 1 ? 1 : 0;
        tally.bounded += most < 1.2 ? 1 : 0;
        ++tally.bounds;
    }
    // Splits take fewer shares, and transfers may set paces between the ladder's.
    if (instance.platform.hand_over == HandOver::buffered && !space.strategies.contains(Strategy::gconv)) {
        for (const auto& point : exact) {
            ++tally.on_ladder[covered(ladder, point, true) ? 1 : 0];
        }
    }
}

}  // namespace

TEST_CASE("fronts of folded layers equal those of a search that tries every folding", "[partition][oracle]") {
    FoldingTally tally;
    for_instances(
        5000 / kFewer, kMostPartitions,
        [&](std::uint32_t seed, const FoldedInstance& instance, bool all, const ReferenceSpace& reference,
            const std::vector<RefPartition>& partitions) {
            tally.all_variants += all ? 1 : 0;
            tally.partitions += partitions.size();
            Random random(seed);
            compare_scores(instance, reference, random, tally);

            const std::vector<CapacityLimit>& limits = instance.platform.fpga.limits();
            const TimesAndEnergies expected = times_and_energies(reference_front(partitions, limits));
            const ExploreResult result =
                explore({instance.network, instance.platform, instance.space, {}, {1, {}, {}}});
            REQUIRE(result.exact());
            REQUIRE(times_and_energies(result.front) == expected);
            count_points(instance, result.front, tally);
            for (std::size_t i = 0; i < limits.size(); ++i) {
                const bool summed = instance.platform.resource_scope == ResourceScope::network;
                tally.binding[i] += summed && front_without(partitions, limits, i) != expected ? 1 : 0;
            }
            compare_ladder(instance, expected, tally);
            return true;
        });
    CAPTURE(tally.all_variants, tally.with_front, tally.partitions, tally.scored, tally.points,
            tally.two_clocks, tally.long_runs, tally.splits, tally.binding, tally.on_ladder, tally.bounds,
            tally.lost, tally.bounded);
    CHECK(tally.lost > 50 / kFewer);
    CHECK(tally.bounded * 10 > tally.bounds * 9);
    CHECK(tally.with_front > 1000 / kFewer);
    CHECK(tally.two_clocks > 500 / kFewer);
    CHECK(tally.long_runs > 2000 / kFewer);
    // One front in hundreds has a split: too few for the instances that a sanitizer leaves time for.
    CHECK((kFewer > 1 || tally.splits > 8));
    // Where a limit leaves one way only, that may be at a pace which the ladder does not have.
    CHECK(tally.on_ladder[0] * 100 < tally.on_ladder[1]);
    for (const int binding : tally.binding) {
        CHECK(binding > 300 / kFewer);
    }
}

namespace {

using ThreeValues = std::array<std::int64_t, 3>;

bool is_covered(const ThreeValues& by, const ThreeValues& value) {
    return by[0] <= value[0] && by[1] <= value[1] && by[2] <= value[2];
}

/// Those that no other covers, once each.
std::vector<ThreeValues> least_of(std::vector<ThreeValues> all) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<ThreeValues> kept;
    for (const ThreeValues& value : all) {
        if (std::none_of(kept.begin(), kept.end(),
                         [&](const ThreeValues& other) { return is_covered(other, value); })) {
            kept.push_back(value);
        }
    }
    return kept;
}

}  // namespace

TEST_CASE("fronts of folded layers with a third objective equal those of a search that tries every folding",
          "[partition][oracle]") {
    constexpr std::size_t kMostScored = 400;
    int more = 0;
    for_instances(600 / kFewer, kMostScored,
                  [&](std::uint32_t seed, const FoldedInstance& instance, bool, const ReferenceSpace&,
                      const std::vector<RefPartition>& partitions) {
                      // In the module scope ALMs are not summed.
                      if (instance.platform.resource_scope == ResourceScope::module) {
                          return false;
                      }
                      const UnitGraph units(instance.network);
                      const StateSpace states(units);
                      const Costing costing(units, instance.platform);
                      DesignSpace space = instance.space;
                      space.third = seed % 2 == 0 ? ThirdObjective::interval : ThirdObjective::alm;
                      std::vector<ThreeValues> values;
                      for (const RefPartition& partition : partitions) {
                          const Score score = evaluate(costing, states, partition.mapping);
                          if (!score.infeasible) {
                              values.push_back({score.latency.ticks(), score.energy.ticks(),
                                                third_of(score, space.third)});
                          }
                      }
                      std::vector<ThreeValues> found;
                      const ExploreResult result =
                          explore({instance.network, instance.platform, space, {}, {1, {}, {}}});
                      REQUIRE(result.exact());
                      for (const FrontPoint& point : result.front) {
                          found.push_back({point.score.latency.ticks(), point.score.energy.ticks(),
                                           third_of(point.score, space.third)});
                      }
                      const std::vector<ThreeValues> expected = least_of(values);
                      REQUIRE(least_of(found) == expected);
                      REQUIRE(found.size() == expected.size());
                      std::vector<ThreeValues> of_two;
                      for (ThreeValues value : values) {
                          value[2] = 0;
                          of_two.push_back(value);
                      }
                      more += expected.size() > least_of(of_two).size() ? 1 : 0;
                      return true;
                  });
    CHECK(more > 100 / kFewer);
}
