// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/sweep/case_files.hpp"
#include "cleave/sweep/read_sweep.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cleave::cli {

/// A sweep with what its configurations are read with.
struct SweepInput {
    SweepFile sweep;
    /// The sweep's file as it was named.
    std::string file;
    std::vector<std::string> data_dirs;
    std::vector<std::string> overrides;
};

/// What is known of a case before it is run.
struct PreparedCase {
    /// Of everything that its results depend on.
    std::string inputs_sha256;
    /// Cases with the same key have the same front; empty if the input is bad.
    std::string problem_key;
    /// Lines with everything wrong with the input, without folders in file names; empty if nothing is.
    std::string error;
};

/// Reads the configurations of all cases on `threads` threads.
/// @throws InputError with all faults if not a single case can be run
/// @param done  counts the cases, for another thread to read
[[nodiscard]] std::vector<PreparedCase> prepare_cases(const SweepInput& input, unsigned threads,
                                                      std::atomic<std::uint64_t>& done);

/// Runs cases that are the same problem: one exploration, a result for each case. What goes wrong in it
/// becomes the result.
/// @throws std::runtime_error if an input is not what it was when it was prepared, and what `stored` throws
/// @param members  indices of the cases
/// @param should_stop  when it has said true, nothing is stored
/// @param stored  takes the files of one case, the mark of a finished one among them
void run_cases(const SweepInput& input, const std::vector<PreparedCase>& prepared,
               const std::vector<std::size_t>& members, unsigned threads,
               const std::function<bool()>& should_stop,
               const std::function<void(std::size_t, const NamedFiles&)>& stored);

}  // namespace cleave::cli
