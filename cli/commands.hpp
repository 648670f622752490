// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"
#include "terminal.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

enum ExitStatus {
    kDone = 0,
    kFailure = 1,
    kBadInput = 2,
    kStopped = 3,
    kInfeasible = 4,
    kThresholdMissed = 5
};

/// What every command is run with.
struct Session {
    std::vector<std::string> data_dirs;
    bool quiet = false;
    Style out;
    Style err;
};

/// Prints a message to standard error, `text` as "cleave: warning: ...", with a line end.
void say(const Session& session, const std::string& text);

/// Runs the command that was parsed and returns its exit status.
/// @throws InputError, WriteError
[[nodiscard]] int run(const Options& options);

/// A line of standard error for each warning about a file or network.
void print_warnings(const std::string& subject, const std::vector<std::string>& warnings);

[[nodiscard]] int run_explore(const ExploreOptions& options, const Session& session);
[[nodiscard]] int run_compare(const CompareOptions& options, const Session& session);
[[nodiscard]] int run_docs(const DocsOptions& options, const Session& session);
[[nodiscard]] int run_evaluate(const EvaluateOptions& options, const Session& session);
[[nodiscard]] int run_deploy(const DeployOptions& options, const Session& session);
[[nodiscard]] int run_verify(const VerifyOptions& options, const Session& session);
[[nodiscard]] int run_compare_run(const CompareRunOptions& options, const Session& session);
[[nodiscard]] int run_report(const ReportOptions& options, const Session& session);
[[nodiscard]] int run_network_list(const NetworkListOptions& options, const Session& session);
[[nodiscard]] int run_network_show(const NetworkShowOptions& options, const Session& session);
[[nodiscard]] int run_network_rows(const NetworkRowsOptions& options, const Session& session);
[[nodiscard]] int run_network_check(const NetworkCheckOptions& options, const Session& session);
[[nodiscard]] int run_network_operators(const NetworkOperatorsOptions& options, const Session& session);
[[nodiscard]] int run_network_import(const NetworkImportOptions& options, const Session& session);
[[nodiscard]] int run_network_export(const NetworkExportOptions& options, const Session& session);
[[nodiscard]] int run_platform_list(const PlatformListOptions& options, const Session& session);
[[nodiscard]] int run_platform_show(const PlatformShowOptions& options, const Session& session);

[[nodiscard]] int run_calibrate(const CalibrateOptions& options, const Session& session);
[[nodiscard]] int run_check(const CheckOptions& options, const Session& session);

[[nodiscard]] int run_measurements(const MeasurementsOptions& options, const Session& session);

[[nodiscard]] int run_sweep(const SweepOptions& options, const Session& session);
[[nodiscard]] int run_merge(const MergeOptions& options, const Session& session);

}  // namespace cleave::cli
