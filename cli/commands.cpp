// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "cleave/network/layer.hpp"

#include <cstdio>
#include <filesystem>

namespace cleave::cli {
namespace {

/// Folder with the specs and models that come with cleave: beside the program where it was installed, else
/// the source tree it was built from.
std::string own_data_dir() {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path installed = program.parent_path().parent_path() / CLEAVE_INSTALL_DATADIR;
    return !error && fs::is_directory(installed, error) ? installed.string() : CLEAVE_SOURCE_DATA_DIR;
}

}  // namespace

void say(const Session& session, const std::string& text) {
    std::fputs((paint_message(session.err, text) + "\n").c_str(), stderr);
}

int run(const Options& options) {
    Session session{options.data_dirs, options.quiet, Style(stdout, options.color),
                    Style(stderr, options.color)};
    session.data_dirs.push_back(own_data_dir());
    return std::visit(Overloaded{
                          [&](const ExploreOptions& o) { return run_explore(o, session); },
                          [&](const CompareOptions& o) { return run_compare(o, session); },
                          [&](const DocsOptions& o) { return run_docs(o, session); },
                          [&](const EvaluateOptions& o) { return run_evaluate(o, session); },
                          [&](const DeployOptions& o) { return run_deploy(o, session); },
                          [&](const VerifyOptions& o) { return run_verify(o, session); },
                          [&](const CompareRunOptions& o) { return run_compare_run(o, session); },
                          [&](const ReportOptions& o) { return run_report(o, session); },
                          [&](const NetworkListOptions& o) { return run_network_list(o, session); },
                          [&](const NetworkShowOptions& o) { return run_network_show(o, session); },
                          [&](const NetworkCheckOptions& o) { return run_network_check(o, session); },
                          [&](const NetworkRowsOptions& o) { return run_network_rows(o, session); },
                          [&](const NetworkOperatorsOptions& o) { return run_network_operators(o, session); },
                          [&](const NetworkImportOptions& o) { return run_network_import(o, session); },
                          [&](const NetworkExportOptions& o) { return run_network_export(o, session); },
                          [&](const PlatformListOptions& o) { return run_platform_list(o, session); },
                          [&](const PlatformShowOptions& o) { return run_platform_show(o, session); },
                          [&](const CalibrateOptions& o) { return run_calibrate(o, session); },
                          [&](const CheckOptions& o) { return run_check(o, session); },
                          [&](const MeasurementsOptions& o) { return run_measurements(o, session); },
                          [&](const SweepOptions& o) { return run_sweep(o, session); },
                          [&](const MergeOptions& o) { return run_merge(o, session); },
                      },
                      options.command);
}

}  // namespace cleave::cli
