// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_network.hpp"
#include "cleave/runs/calibration_rows.hpp"
#include "cleave/runs/compare_run.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace cleave::cli {
namespace {

/// Terms that are named as those where the models err most.
constexpr std::size_t kWorst = 5;
/// Of all differences: what is less is not worth a line.
constexpr double kLeastShare = 0.01;

std::string times_text(Seconds predicted, Seconds measured) {
    return predicted > Seconds() ? fmt::format("{:.3g}x", measured / predicted) : "-";
}

std::string signed_time(Seconds time) {
    return time < Seconds() ? "-" + show(Seconds() - time) : "+" + show(time);
}

std::string run_devices(const RunComparison& comparison, const Style& style) {
    Table table({{"device"}, {"model"}, {"measured on"}});
    for (const ComparedDevice& device : comparison.devices) {
        table.add({name_of(device.device), printable(device.model), printable(measured_on(device))},
                  {Tone::plain, Tone::plain, device.is_model() ? Tone::plain : Tone::caution});
    }
    return table.text(style);
}

std::string run_table(const RunComparison& comparison, const Style& style) {
    using Align = Table::Align;
    Table table({{"step", Align::right},
                 {"device"},
                 {"term"},
                 {"predicted", Align::right},
                 {"measured", Align::right},
                 {"ratio", Align::right},
                 {"what"}});
    for (const ComparedStep& step : comparison.steps) {
        const bool emulated = step.how == RunMethod::emulated;
        const std::string note =
            step.how == RunMethod::measured ? "" : fmt::format(" ({})", name_of(step.how));
        for (const ComparedTerm& term : step.terms) {
            table.add({std::to_string(step.step), name_of(step.device), term_words(term.terms),
                       show(term.predicted), show(term.measured),
                       emulated ? "-" : times_text(term.predicted, term.measured),
                       printable(step.what) + note});
        }
    }
    for (const TermTotal& total : comparison.totals) {
        table.add({"", "all", term_words(total.terms), show(total.predicted), show(total.measured),
                   times_text(total.predicted, total.measured),
                   fmt::format("{} step{}", total.steps, total.steps == 1 ? "" : "s")});
    }
    const TermTotal& total = comparison.total;
    table.add({"", "all", "all", show(total.predicted), show(total.measured),
               times_text(total.predicted, total.measured),
               fmt::format("{} of {} steps, one after the other", total.steps,
                           comparison.steps.size() + comparison.missing.size())});
    if (comparison.inference) {
        table.add({"", "all", "latency", show(comparison.predicted_latency),
                   show(comparison.inference->median),
                   times_text(comparison.predicted_latency, comparison.inference->median),
                   "an inference as a whole"});
    }
    return table.text(style);
}

std::string worst_terms(const RunComparison& comparison) {
    std::string text;
    for (std::size_t i = 0; i < std::min(kWorst, comparison.misses.size()); ++i) {
        const RunMiss& miss = comparison.misses[i];
        if (miss.share < kLeastShare) {
            break;
        }
        const ComparedStep& step = comparison.steps[miss.position];
        const ComparedTerm& term = step.terms[miss.term];
        text += fmt::format("  step {}, {}: {} for {} predicted ({:.0f} % of all differences), {}\n",
                            step.step, term_words(term.terms), signed_time(term.difference()),
                            show(term.predicted), 100 * miss.share, printable(step.what));
    }
    return text.empty() ? text : "furthest from the prediction:\n" + text;
}

std::string bundle_path(const std::string& folder, const char* name) {
    return (std::filesystem::path(folder) / name).string();
}

/// The bundle's network, which has to be the one that its manifest names.
Network load_bundle_network(const std::string& folder, const PredictedRun& predicted) {
    const std::string path = bundle_path(folder, "network.yaml");
    NetworkFile file = load_network(path);
    if (file.sha256 != predicted.network_sha256) {
        throw InputError(file_fault(path, "has another SHA-256 than manifest.json lists"));
    }
    return std::move(file.network);
}

CalibrationRows run_rows(const CompareRunOptions& options, const PredictedRun& predicted,
                         const MeasuredRun& measured) {
    const Network network = load_bundle_network(options.bundle, predicted);
    try {
        return calibration_rows(predicted, measured, network);
    } catch (const std::invalid_argument& error) {
        throw InputError(file_fault(bundle_path(options.bundle, "manifest.json"), error.what()));
    }
}

/// @return what can be done with the files
std::string write_run_rows(const std::string& path, const CalibrationRows& rows) {
    OutputFolder folder(path);
    std::string commands;
    const auto in = [&](const char* name) { return bundle_path(path, name); };
    if (rows.workload_count > 0) {
        folder.add("workloads.csv", rows.workloads);
        folder.add("layers.csv", rows.layers);
        commands += fmt::format("  cleave calibrate gpu --workloads {} --layers {}", in("workloads.csv"),
                                in("layers.csv"));
        if (rows.kernel_count > 0) {
            folder.add("ops.csv", rows.kernels);
            commands += fmt::format(" --ops {}", in("ops.csv"));
        }
        commands += "\n";
    }
    if (rows.transfer_count > 0) {
        folder.add("transfers.csv", rows.transfers);
        commands += fmt::format("  cleave calibrate link {}\n", in("transfers.csv"));
    }
    // Tables of an earlier run are not of this one.
    for (const char* name : {"workloads.csv", "layers.csv", "ops.csv", "transfers.csv"}) {
        folder.replace_all("", name, name);
    }
    folder.commit();
    std::string text =
        fmt::format("rows for calibration: {} of GPU steps ({} of single kernels), {} of transfers\n",
                    rows.workload_count, rows.kernel_count, rows.transfer_count);
    if (!commands.empty()) {
        text += "to fit, together with rows of more networks and sizes:\n" + commands;
    }
    for (const std::string& one : rows.left_out) {
        text += "no row of " + printable(one) + "\n";
    }
    return text;
}

}  // namespace

int run_compare_run(const CompareRunOptions& options, const Session& session) {
    const PredictedRun predicted = load_predicted_run(options.bundle);
    const MeasuredRun measured = load_measured_run(options.measured, predicted);
    const RunComparison comparison = compare_run(predicted, measured);
    std::string written;
    if (!options.rows.empty()) {
        written = write_run_rows(options.rows, run_rows(options, predicted, measured));
    }
    if (options.json) {
        std::fputs(run_json(comparison).c_str(), stdout);
    } else if (!session.quiet) {
        std::fputs(fmt::format("{}, point {}\n{}\n{}{}", printable(comparison.network), comparison.point,
                               run_devices(comparison, session.out), run_table(comparison, session.out),
                               worst_terms(comparison))
                       .c_str(),
                   stdout);
    }
    if (!session.quiet) {
        std::fputs(written.c_str(), stderr);
    }
    for (const std::string& warning : run_warnings(comparison)) {
        say(session, "cleave: warning: " + printable(warning));
    }
    return kDone;
}

}  // namespace cleave::cli
