// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"

#include <cstdint>

namespace cleave {

/// How many times less; 1 for what takes nothing.
[[nodiscard]] inline double times_less(std::int64_t before, std::int64_t after) {
    return after > 0 ? static_cast<double>(before) / static_cast<double>(after) : 1.0;
}

[[nodiscard]] inline double latency_speedup(const Score& gpu_alone, const Score& score) {
    return times_less(gpu_alone.latency.ticks(), score.latency.ticks());
}

[[nodiscard]] inline double energy_gain(const Score& gpu_alone, const Score& score) {
    return times_less(gpu_alone.energy.ticks(), score.energy.ticks());
}

}  // namespace cleave
