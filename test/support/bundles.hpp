// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/write_bundle.hpp"
#include "cleave/deploy/seeded.hpp"
#include "support/platforms.hpp"

namespace cleave::testing {

/// A mapping of a network with seeded weights, planned, quantised and run on one input: all that a bundle is
/// made of. Not to be copied or moved, since its parts refer to each other.
class MadeBundle {
public:
    MadeBundle(Network made, const Mapping& wanted, const PlatformOptions& options = {})
        : MadeBundle(made, wanted, options, seeded_parameters(made, 1)) {}
    MadeBundle(Network made, const Mapping& wanted, const PlatformOptions& options, Parameters weights)
        : network(std::move(made)),
          mapping(wanted),
          platform(make_platform(options)),
          score(evaluate(costing, states, mapping)),
          plan(make_plan(costing, score)),
          parameters(std::move(weights)) {
        const Values input = seeded_input(network.output(LayerId{}), 1);
        RangeMeter meter(network, parameters);
        const std::vector<Values> outputs = meter.add(input);
        formats = choose_formats(plan, units, parameters, meter.ranges());
        graphs = segments(plan, units, parameters, formats);
        vectors.push_back({execute_plan(plan, graphs, input), outputs});
    }
    MadeBundle(const MadeBundle&) = delete;
    MadeBundle& operator=(const MadeBundle&) = delete;

    [[nodiscard]] Bundle bundle() const {
        const std::string hash(64, '0');
        return {units,
                platform,
                plan,
                graphs,
                formats,
                strategies_used(score),
                {"1.2.3", "p001", kAssumedWeights, {hash, hash, hash, hash}, Seeded{1}, Seeded{1}, 1},
                vectors};
    }

    Network network;
    Mapping mapping;
    UnitGraph units{network};
    Platform platform;
    StateSpace states{units};
    Costing costing{units, platform};
    Score score;
    Plan plan;
    Parameters parameters;
    FixedPointFormats formats;
    std::vector<Graph> graphs;
    std::vector<TestVector> vectors;
};

}  // namespace cleave::testing
