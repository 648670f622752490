// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/sweep/case_files.hpp"
#include "cleave/sweep/read_sweep.hpp"
#include "cleave/text/fault.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cleave {

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
    /// Everything wrong with the input, without folders in file names.
    std::vector<Fault> faults;
};

/// Reads the configurations of all cases on `threads` threads.
/// @throws InputError with all faults if not a single case can be run
/// @param done  counts the cases, for another thread to read
[[nodiscard]] std::vector<PreparedCase> prepare_cases(const SweepInput& input, unsigned threads,
                                                      std::atomic<std::uint64_t>& done);

[[nodiscard]] SweepListing listing_of(const SweepFile& sweep, const std::vector<PreparedCase>& prepared,
                                      const Shard& shard);

/// Indices of the shard's unfinished cases, those that are the same problem together, in the order of their
/// first.
[[nodiscard]] std::vector<std::vector<std::size_t>> pending_groups(const SweepListing& listing,
                                                                   const std::vector<PreparedCase>& prepared,
                                                                   const CaseStore& store);

/// Explores each group once, and stores a result for each of its cases: on `jobs` threads, or each on more
/// threads than one where there are few. What goes wrong in an exploration becomes its result.
/// @throws std::runtime_error if an input is not what it was when it was prepared; WriteError
/// @param should_stop  asked by several threads; when it has said true, nothing more is stored
/// @param finished  counts the cases, for another thread to read
void run_groups(const SweepInput& input, const std::vector<PreparedCase>& prepared,
                const std::vector<std::vector<std::size_t>>& groups, unsigned jobs, const CaseStore& store,
                const std::function<bool()>& should_stop, std::atomic<std::uint64_t>& finished);

}  // namespace cleave
