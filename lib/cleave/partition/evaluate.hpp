// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/partition/state_space.hpp"
#include "cleave/partition/strategy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What is wrong with a mapping, at the first layer of the run or at the split that is concerned.
struct MappingFault {
    LayerId layer{};
    std::string message;
    /// With the hardware that the mapping names for the layer.
    bool hardware = false;
};

/// One stage of a scored partition.
struct ScoredStage {
    Stage stage;
    std::vector<GroupCost> groups;
    GpuCost gpu;
    Nanoseconds time;
    /// Tasks and standing power over `time`.
    Picojoules energy;
};

/// What a module takes part in. Sums over modules equal the totals.
struct ModuleScore {
    Strategy strategy = Strategy::gpu;
    Nanoseconds time;
    Picojoules energy;
    Resources demand;
};

/// A capacity that a partition exceeds, and the layer that asks for most of it.
struct Infeasibility {
    FpgaRefusal refusal;
    LayerId layer{};
    /// Set in the module scope.
    std::optional<ModuleId> module;
};

/// A partition's cost.
struct Score {
    Nanoseconds latency;
    Picojoules energy;
    /// Steady time between frames if GPU, link and FPGA work on successive frames (Busy).
    Nanoseconds interval;
    /// In the network scope: summed over the partition. In the module scope: of the module that needs most
    /// ALM.
    Resources demand;
    std::int64_t link_bytes = 0;
    /// Charged over the whole latency: Costing::standing_power(), without FPGA and link if the partition
    /// leaves them switched off.
    Milliwatts standing_power;
    std::vector<ScoredStage> stages;
    std::vector<ModuleScore> modules;
    std::optional<Infeasibility> infeasible;
};

/// Names of the strategies of a partition's modules, once each, in the order of Strategy.
[[nodiscard]] std::vector<std::string> strategies_used(const Score& score);

/// Checks that layers are unit heads named once, that splits name a possible axis and share, and that each
/// run is one pipeline the FPGA has hardware for and that can be scheduled. The mapping must be normalised.
[[nodiscard]] std::vector<MappingFault> check_placement(const Costing& costing, const StateSpace& states,
                                                        const Mapping& mapping);

/// Checks the same and then that each layer on the FPGA has one hardware: the one that is named, or the only
/// one there is.
[[nodiscard]] std::vector<MappingFault> check_mapping(const Costing& costing, const StateSpace& states,
                                                      const Mapping& mapping);

/// Scores a mapping: of all its schedules (sequences of stages), the one with the least latency. Its energy
/// without standing power is the same under each. Independent of option generation and search.
/// @throws std::invalid_argument if check_mapping finds a fault.
[[nodiscard]] Score evaluate(const Costing& costing, const StateSpace& states, const Mapping& mapping);

}  // namespace cleave
