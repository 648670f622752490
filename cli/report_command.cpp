// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_details.hpp"
#include "cleave/report/page.hpp"
#include "cleave/report/plot.hpp"
#include "cleave/report/scatter_text.hpp"
#include "cleave/report/write_json.hpp"
#include "cleave/runs/compare_run.hpp"
#include "cleave/text/output_folder.hpp"
#include "commands.hpp"
#include "front_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace cleave::cli {
namespace {

/// Dominated design points to score: enough to show where the front lies, and scored in well under a second.
constexpr std::size_t kMostDominated = 300;

FrontDetails details_of(const Front& front) {
    FaultList faults;
    std::optional<FrontDetails> details = read_front_details(front.document, faults);
    faults.throw_if_any();
    return std::move(*details);
}

/// "section.NAME." of every variant but the one in use.
template <class Variants>
void add_unused(std::vector<std::string>& unused, const char* section, const Variants& variants,
                const std::string& used) {
    for (const auto& variant : variants) {
        if (variant.name != used) {
            unused.push_back(fmt::format("{}.{}.", section, variant.name));
        }
    }
}

std::vector<UsedModel> models_of(const ExploreConfig& config) {
    const Gpu& gpu = config.request.platform.gpu;
    const Fpga& fpga = config.request.platform.fpga;
    const bool tuned = gpu.profile().kernels == ExecutionProfile::Kernels::tuned;
    std::vector<std::string> gpu_unused{tuned ? "kernels." : "tuned."};
    add_unused(gpu_unused, "profiles", gpu.model().profiles, gpu.profile().name);
    add_unused(gpu_unused, "power_modes", gpu.model().power_modes, gpu.mode().name);
    std::vector<std::string> fpga_unused;
    for (std::size_t i = 0; i < fpga.model().implementations.size(); ++i) {
        const auto& used = fpga.implementations();
        if (std::none_of(used.begin(), used.end(), [&](const auto& one) { return one.number == i; })) {
            fpga_unused.push_back(fmt::format("implementations.{}.", fpga.implementation(i).name));
        }
    }
    return {{"GPU", fmt::format("{}, {}", gpu.profile().name, gpu.mode().name), std::move(gpu_unused),
             config.gpu},
            {"FPGA", fpga.description(), std::move(fpga_unused), config.fpga},
            {"Link", "", {}, config.link}};
}

Report make_report(const Front& front, const UnitGraph& units) {
    const ExploreRequest& request = front.config.request;
    const FrontDetails details = details_of(front);
    const StateSpace states(units);
    const Costing costing(units, request.platform, request.known_weights());
    Report report{units,
                  request.platform,
                  details.completeness,
                  details.gap,
                  details.design_points,
                  view_point(costing, {}, evaluate(costing, states, {})),
                  {},
                  front.file.min_latency,
                  front.file.knee,
                  front.file.min_energy,
                  {},
                  details.draws,
                  models_of(front.config),
                  details.tool_version,
                  front.sha256,
                  details.verdict,
                  details.reasons};
    std::vector<NamedPoint> named;
    for (const FrontEntry& entry : front.file.points) {
        const Mapping mapping = mapping_of(entry, units, request.platform.fpga);
        Score score = score_again(entry, mapping, costing, states);
        named.push_back({entry.id, mapping, score.latency, score.energy});
        const auto uncertainty = details.uncertainty.find(entry.id);
        report.points.push_back(
            {entry.id, view_point(costing, mapping, std::move(score)),
             uncertainty == details.uncertainty.end() ? std::nullopt : std::optional(uncertainty->second)});
    }
    report.dominated = dominated_neighbours(costing, states, request.space, named, kMostDominated);
    return report;
}

/// What was measured of a bundle of one of the front's points.
std::optional<RunComparison> load_run(const ReportOptions& options, const Front& front) {
    if (options.measured.empty()) {
        return std::nullopt;
    }
    const PredictedRun predicted = load_predicted_run(options.bundle);
    if (predicted.front_sha256 != front.sha256) {
        throw InputError(file_fault((std::filesystem::path(options.bundle) / "manifest.json").string(),
                                    fmt::format("is a bundle of another front than {}", front.path)));
    }
    return compare_run(predicted, load_measured_run(options.measured, predicted));
}

/// The front, and the plots of one point.
void write_plots(const ReportOptions& options, const Front& front, const Report& report) {
    std::vector<Plot> plots{front_plot(report)};
    if (report.points.empty()) {
        const auto more = point_plots(report, report.baseline, "GPU only");
        plots.insert(plots.end(), more.begin(), more.end());
    } else {
        const std::string& id = find_point(front, options.point).id;
        const auto point = std::find_if(report.points.begin(), report.points.end(),
                                        [&](const ReportPoint& p) { return p.id == id; });
        const std::string role = role_of(report, id);
        const auto more =
            point_plots(report, point->view, role.empty() ? id : fmt::format("{} ({})", id, role));
        plots.insert(plots.end(), more.begin(), more.end());
    }
    if (report.run) {
        plots.push_back(run_plot(*report.run));
    }
    OutputFolder folder(options.svg);
    for (const Plot& plot : plots) {
        folder.add(plot.name + ".svg", svg_file(plot));
    }
    folder.commit();
}

}  // namespace

int run_report(const ReportOptions& options, const Session& session) {
    const bool page_wanted = !options.text && options.svg.empty();
    const std::string output = options.output.empty() && page_wanted ? "report.html" : options.output;
    const Front front = load_front(options.front, session);
    const UnitGraph units(front.config.request.network);
    Report report = make_report(front, units);
    report.run = load_run(options, front);
    if (options.text) {
        std::fputs(scatter_text(report).c_str(), stdout);
    }
    const auto say_written = [&](const std::string& what) {
        if (!session.quiet) {
            std::fputs(fmt::format("wrote {}\n", what).c_str(), stderr);
        }
    };
    if (!options.svg.empty()) {
        write_plots(options, front, report);
        say_written(options.svg + "/*.svg");
    }
    if (output.empty()) {
        return kDone;
    }
    const std::string page = report_page(report, report_json(report));
    if (output == "-") {
        std::fputs(page.c_str(), stdout);
    } else {
        write_file(output, page);
        say_written(output);
    }
    if (!has_interactive_charts()) {
        std::fputs(
            "cleave: warning: the report has static plots only, since this program was built without its "
            "chart "
            "libraries; configure and build again where npm can reach its registry\n",
            stderr);
    }
    return kDone;
}

}  // namespace cleave::cli
