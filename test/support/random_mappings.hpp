// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>

namespace cleave::testing {

/// A scored mapping with all that it refers to.
struct Scored {
    const Network& network;
    const UnitGraph& units;
    const Costing& costing;
    const Mapping& mapping;
    const Score& score;
};

/// Calls `check` with mappings of random small networks on random platforms, one in `one_in` of each space.
/// `change` is given the options of each platform.
template <class Check, class Change>
std::size_t for_random_mappings(std::uint32_t seeds, std::int64_t one_in, const Check& check,
                                const Change& change, Outputs outputs = Outputs::one) {
    std::size_t count = 0;
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4), outputs);
        PlatformOptions options = random_platform_options(random);
        change(options);
        const Platform platform = make_platform(options);
        const ReferenceCosts costs(network, platform);
        if (costs.units().size() > 6) {
            continue;
        }
        const auto partitions = ReferenceSpace(costs, DesignSpace{}).partitions(500);
        if (!partitions) {
            continue;
        }
        const UnitGraph units(network);
        const StateSpace states(units);
        const Costing costing(units, platform);
        for (const RefPartition& partition : *partitions) {
            if (random.below(one_in) != 0) {
                continue;
            }
            CAPTURE(seed, partition.mapping.runs.size(), partition.mapping.splits.size());
            const Score score = evaluate(costing, states, partition.mapping);
            check(Scored{network, units, costing, partition.mapping, score});
            ++count;
        }
    }
    return count;
}

template <class Check>
std::size_t for_random_mappings(std::uint32_t seeds, std::int64_t one_in, const Check& check) {
    return for_random_mappings(seeds, one_in, check, [](PlatformOptions&) {});
}

}  // namespace cleave::testing
