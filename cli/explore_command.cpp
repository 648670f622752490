// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/read_condition.hpp"
#include "cleave/compare/read_summary.hpp"
#include "cleave/config/read_config.hpp"
#include "cleave/config/read_mapping.hpp"
#include "cleave/cost/hardware_words.hpp"
#include "cleave/front/result_files.hpp"
#include "cleave/front/unmet.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/partition/extrapolation.hpp"
#include "cleave/partition/pipelines.hpp"
#include "cleave/report/report.hpp"
#include "cleave/search/complete_mapping.hpp"
#include "cleave/search/explore.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "cleave/verdict/readings.hpp"
#include "cleave/verdict/verdict_words.hpp"
#include "commands.hpp"
#include "conditions.hpp"
#include "data_files.hpp"
#include "explore_summary.hpp"
#include "interrupt.hpp"
#include "point_table.hpp"
#include "progress.hpp"
#include "table.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::int64_t peak_memory_bytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::int64_t{1024} * usage.ru_maxrss;
}

template <class Options>
ExploreConfig load(const Options& options, const Session& session) {
    require_config(session, options.config);
    ExploreConfig config = load_explore_config(
        options.config, {session.data_dirs, options.overrides, options.input_shapes, {}, options.weights});
    print_warnings(config.request.network.name(), config.warnings);
    return config;
}

/// Where nothing is written, a front of an earlier run may be taken for this one's.
void note_older_results(const ExploreOptions& options, const Session& session) {
    std::error_code error;
    if (options.output != "-" &&
        std::filesystem::exists(std::filesystem::path(options.output) / "front.json", error)) {
        say(session,
            fmt::format("cleave: note: older results in {} are left as they were", quote(options.output)));
    }
}

/// Whether the front meets all conditions; says which it misses. They are judged by what is written.
bool meets(const std::vector<Condition>& required, const std::string& front_json, const Session& session) {
    if (required.empty()) {
        return true;
    }
    FaultList faults;
    const std::optional<Node> document = parse_json(front_json, "front.json", faults);
    const std::optional<FrontSummary> summary =
        document ? read_front_summary(*document, faults) : std::nullopt;
    faults.throw_if_any();
    bool all = true;
    for (const Condition& condition : required) {
        if (const Judged judged = judge(condition, *summary); !judged.holds()) {
            all = false;
            say(session, "cleave: error: --require " + describe_judged(judged));
        }
    }
    return all;
}

}  // namespace

int run_explore(const ExploreOptions& options, const Session& session) {
    if (options.output.empty()) {
        throw InputError(Fault{"--output", 1, 1, "", "a folder is needed, or -"});
    }
    const Clock::time_point start = Clock::now();
    if (options.output != "-") {
        // Not only after the search.
        OutputFolder(options.output).require_writable();
    }
    const std::vector<Condition> required = read_conditions("--require", options.require, front_metrics());
    ExploreConfig config = load(options, session);
    config.request.draws = options.uncertainty;
    // They are counted, and may be large.
    config.parameters.reset();
    const ExploreRequest& request = config.request;
    Progress progress;
    std::optional<ProgressLine> line(
        std::in_place, stderr, session.quiet ? ProgressLine::Shown::no : ProgressLine::if_terminal(stderr),
        [shown = ExploreLine(progress)](double seconds) mutable { return shown.text(seconds); });
    const ExploreResult result = [&] {
        const InterruptWatch watch;
        return explore(request, InterruptWatch::interrupted, &progress);
    }();
    if (!result.unmet.empty()) {
        line.reset();
        for (const std::string& message : unmet_messages(request, result)) {
            say(session, "cleave: error: " + message);
        }
        note_older_results(options, session);
        return kInfeasible;
    }
    line.reset();
    const double seconds = seconds_since(start);
    std::optional<Verdict> verdict = cleave::judge(request, result);
    if (verdict && options.explain) {
        const InterruptWatch watch;
        verdict->levers = try_levers(request, *verdict, InterruptWatch::interrupted);
    }
    if (verdict && options.readings) {
        const InterruptWatch watch;
        verdict->readings = try_readings(request, InterruptWatch::interrupted);
    }
    const std::string json = front_json(request, context_of(config), result, verdict);
    if (options.output == "-") {
        std::fputs(json.c_str(), stdout);
    } else {
        const unsigned threads = request.limits.threads != 0
                                     ? request.limits.threads
                                     : std::max(1U, std::thread::hardware_concurrency());
        OutputFolder folder(options.output);
        for (auto& [name, content] : result_files(config, result)) {
            folder.add(name, std::move(content));
        }
        folder.add("stats.json", stats_json(result, {seconds, peak_memory_bytes(), threads}));
        // Last, so that a reader who sees a new front.json finds everything it refers to.
        folder.add("front.json", json);
        folder.replace_all("mappings", "p", ".yaml");
        folder.commit();
    }
    if (!session.quiet) {
        print_verdict(verdict, request, result);
        if (verdict) {
            print_readings(*verdict, session.err);
        }
        print_summary(request, result, seconds, session.err);
    }
    print_notes(request, result, session);
    if (!session.quiet) {
        print_paces(request, result);
        print_extrapolated(request, result);
        print_uncertainty(request, result, session.err);
    }
    if (!session.quiet && options.output != "-") {
        std::fputs(fmt::format("wrote {}/front.json, front.csv, stats.json and {} mapping{}\n",
                               options.output, result.front.size(), result.front.size() == 1 ? "" : "s")
                       .c_str(),
                   stderr);
    }
    if (!meets(required, json, session)) {
        return kThresholdMissed;
    }
    const bool stopped = result.completeness == Completeness::stopped || !result.uncertainty.complete();
    return stopped ? kStopped : kDone;
}

int run_evaluate(const EvaluateOptions& options, const Session& session) {
    ExploreConfig config = load(options, session);
    const ExploreRequest& request = config.request;
    const MappingFile file =
        load_mapping(options.mapping, request.network, implementation_choices(request.platform.fpga));
    const UnitGraph units(request.network);
    // What the mapping picks, whatever the configuration would.
    if (request.weights && config.parameters) {
        config.request.weights = weight_logic(units, *config.parameters, Pick::order, request.weights->sha256,
                                              file.mapping.splits);
    }
    const StateSpace states(units);
    const Costing costing(units, request.platform, request.known_weights());
    FaultList faults;
    file.report(check_placement(costing, states, file.mapping), faults);
    faults.throw_if_any();
    const Mapping mapping = complete_mapping(costing, file.mapping);
    file.report(check_mapping(costing, states, mapping), faults);
    faults.throw_if_any();
    const Score score = evaluate(costing, states, mapping);
    const Score baseline = evaluate(costing, states, {});

    const std::string json = score_json(costing, mapping, score, baseline);
    if (options.json || options.output == "-") {
        std::fputs(json.c_str(), stdout);
    }
    if (!options.output.empty() && options.output != "-") {
        write_file(options.output, json);
    }
    if (!options.json && options.output.empty()) {
        PointTable table(request.platform.fpga, baseline, false);
        table.add("mapping", "", score);
        std::fputs(table.text(session.out).c_str(), stdout);
        std::fputs(pace_lines("run", costing, score).c_str(), stdout);
    }
    if (score.infeasible) {
        say(session,
            "cleave: error: the mapping does not fit: " + describe(*score.infeasible, request.network));
        return kInfeasible;
    }
    return kDone;
}

}  // namespace cleave::cli
