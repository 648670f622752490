// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/network/network.hpp"
#include "cleave/partition/design_space.hpp"
#include "cleave/partition/weight_logic.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cleave {

/// Bounds that a point must keep to be on the front.
struct Constraints {
    std::optional<Seconds> max_latency;
    std::optional<Joules> max_energy;
    /// Points fit the FPGA with this probability at least, 0.5 to 1, as far as spreads say
    /// (fit_probability()).
    std::optional<double> fit_probability = std::nullopt;
};

struct SearchLimits {
    /// Threads for options and search; 0: as many as the machine has. Never changes the result.
    unsigned threads = 0;
    /// Of the whole exploration, draws included.
    std::optional<Seconds> time_limit;
    /// Bytes that the process may have in use, and that labels of the search may take. Options get half.
    std::optional<std::int64_t> memory_limit;
    /// Above 0: a front within this share of every point of the true front, in each objective, is enough.
    double epsilon = 0;
    /// See SearchOptions.
    std::optional<std::uint64_t> most_rounds = std::nullopt;
    /// Also find out what the ladder loses, where there is one.
    bool bound_ladder = false;
};

constexpr double kMinGain = 1.05;

/// One exploration: minimise latency and energy of `network` on `platform` over `space`.
struct ExploreRequest {
    Network network;
    Platform platform;
    DesignSpace space;
    Constraints constraints;
    SearchLimits limits;
    /// How many times less time or energy than the GPU alone a point has to take to be worth the FPGA
    /// (pays()).
    double min_gain = kMinGain;
    /// Platforms to draw within the models' errors, to say how sure the front is.
    std::size_t draws = 0;
    /// What the network's own weights make in direct mapping; nothing: they are not known.
    std::optional<WeightLogic> weights = std::nullopt;

    [[nodiscard]] const WeightLogic* known_weights() const { return weights ? &*weights : nullptr; }
};

}  // namespace cleave
