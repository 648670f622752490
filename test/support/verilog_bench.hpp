// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave::testing {

/// A module with one stream in and one out, and what goes in.
struct Bench {
    std::string module_name;
    /// Names and texts.
    std::vector<std::pair<std::string, std::string>> files;
    std::int64_t in_bytes = 1;
    std::int64_t out_bytes = 1;
    /// Bytes in the order of the stream.
    std::vector<std::int8_t> input;
    std::size_t output_bytes = 0;
    /// Nothing: both ends are always ready. Otherwise each waits at random, about a clock in four.
    std::optional<std::uint32_t> stalls;
};

/// What came out, and in which clock each beat did, counted from that of the first beat that went in.
struct BenchResult {
    std::vector<std::int8_t> output;
    std::vector<std::int64_t> clocks;
};

/// Runs it in Icarus Verilog, in a folder of its own. The clock stops when everything has come out, or after
/// too long.
/// @throws std::runtime_error with the simulator's words if it does not compile
[[nodiscard]] BenchResult simulate(const Bench& bench);

/// What Verilator warns of with all its warnings on, but that files are not named as their modules are.
[[nodiscard]] std::string lint(const Bench& bench);

/// What Icarus prints of a bench of its own among these files, run with these arguments.
/// @throws std::runtime_error with the simulator's words if it does not compile, or warns
[[nodiscard]] std::string run_bench(const std::vector<std::pair<std::string, std::string>>& files,
                                    const std::string& arguments);

[[nodiscard]] bool has_icarus();
[[nodiscard]] bool has_verilator();

}  // namespace cleave::testing
