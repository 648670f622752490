// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

enum class KnownWeights { no, yes };

/// How far figures of hardware in these implementations (by number) may be off: those of the least certain.
[[nodiscard]] ImplementationSpread spread_of(const Fpga& fpga,
                                             const std::vector<std::size_t>& implementations,
                                             KnownWeights weights);
/// The same of all that are configured.
[[nodiscard]] ImplementationSpread spread_of(const Fpga& fpga, KnownWeights weights);

/// A platform that the measurements behind the models do not rule out: every figure with a known spread is
/// multiplied by exp(spread z), z standard normal. Independent between figures: time of each kernel
/// (GpuSpread::kernel) and kernel class of the GPU, GPU power; FPGA logic, memory blocks, dynamic power and
/// clock; transfer time in each direction; host work of hand-overs. The GPU's kernel figures are off as far
/// as, and together as, their fit leaves them open (JointError). An FPGA whose layers need f times the logic
/// is one with a f-th of it. The same seed gives the same factors on every platform and machine.
/// @param weights  whether the weights are known on which logic depends
[[nodiscard]] Platform draw_platform(const Platform& platform, std::uint64_t seed,
                                     KnownWeights weights = KnownWeights::no);

}  // namespace cleave
