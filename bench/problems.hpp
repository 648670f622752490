// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/partition/options.hpp"
#include "cleave/search/stage_graph.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cleave::bench {

class Stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The search problem of one of the repository's configurations and what it was made from. Its parts refer to
/// each other, so it stays where it was made.
struct NetworkProblem {
    /// `name`: a file of configs/ without its ending. Shares are in steps of 1. `capacity_factor`: how many
    /// times the model's ALM, DSP and M20K.
    /// @throws InputError
    explicit NetworkProblem(const std::string& name, const std::string& implementation = "dhm-csd",
                            std::int64_t capacity_factor = 1);
    NetworkProblem(const NetworkProblem&) = delete;
    NetworkProblem& operator=(const NetworkProblem&) = delete;

    ExploreConfig config;
    UnitGraph units;
    StateSpace states;
    Costing costing;
    OptionSet options;
    StageGraph graph;
    SearchProblem problem;
};

[[nodiscard]] const std::vector<std::string>& network_names();

/// A chain of `regions` layers, each with `options` ways to split it. Way j moves the share
/// s = j / (options - 1) to the FPGA: of a layer's time t0 on the GPU it leaves t0 (1 - p s), of its energy
/// e0 (1 - q s), each times a number drawn from [0.95, 1.05], and it needs a0 s ALMs. t0, e0, a0, p and q are
/// drawn by layer. The capacity is `capacity_share` of the sum of a0.
[[nodiscard]] SearchProblem chain(std::uint32_t regions, std::uint32_t options, double capacity_share,
                                  std::uint64_t seed);

}  // namespace cleave::bench
