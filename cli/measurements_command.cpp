// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/measure.hpp"
#include "cleave/measurements/write_json.hpp"
#include "cleave/text/json.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "cleave/text/quantity_text.hpp"
#include "commands.hpp"
#include "data_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace cleave::cli {
namespace {

ReportSource source_of(const std::string& name) {
    constexpr auto kNames = names_of(ReportSource{});
    const auto* const found =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& named) { return named.name == name; });
    return found->value;
}

std::optional<Seconds> time_option(const std::string& text, const char* option, FaultList& faults) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto read = read_quantity(text, Dimension::time, Zero::forbidden);
    if (const auto* wrong = std::get_if<std::string>(&read)) {
        faults.add(file_fault("command line", fmt::format("{}: {}", option, *wrong)));
        return std::nullopt;
    }
    return Seconds(std::get<double>(read));
}

MeasureOptions library_options(const MeasurementsOptions& options, const Session& session) {
    FaultList faults;
    MeasureOptions result;
    result.model = options.model.empty() ? "" : find_file(session, "network_specs", options.model);
    result.input_shapes = parse_input_shapes(options.input_shapes, faults);
    result.workload = options.workload;
    result.runs = options.runs > 0 ? std::optional(options.runs) : std::nullopt;
    result.power = {options.rail, options.all_samples ? BusySamples::all : BusySamples::loaded,
                    time_option(options.interval, "--interval", faults)};
    result.host_times = options.host_times ? HostTimes::taken : HostTimes::refused;
    result.layer = options.layer;
    result.shapes = options.shapes;
    result.rows = options.by_entity ? DesignRows::entities : DesignRows::designs;
    result.clock = {options.clock, time_option(options.clock_period, "--clock-period", faults)};
    faults.throw_if_any();
    return result;
}

}  // namespace

int run_measurements(const MeasurementsOptions& options, const Session& session) {
    Measured measured = measure(source_of(options.source), options.files, library_options(options, session));
    const std::size_t added = measured.table.rows.size();
    if (!options.add_to.empty()) {
        FaultList faults;
        measured.table = add_rows(options.add_to, measured.table, faults);
        faults.throw_if_any();
    }
    const std::string csv = csv_text(measured.table);
    if (options.output == "-") {
        std::fputs(csv.c_str(), stdout);
    } else {
        write_file(options.output, csv);
    }
    if (options.json) {
        std::fputs(json_text(measured_json(measured)).c_str(), stdout);
    }
    for (const std::string& note : measured.notes) {
        say(session, "cleave: note: " + printable(note));
    }
    if (!session.quiet && options.output != "-") {
        std::fputs(fmt::format("wrote {}: {} rows, {} of them from these reports\n",
                               printable(options.output), measured.table.rows.size(), added)
                       .c_str(),
                   stderr);
    }
    return kDone;
}

}  // namespace cleave::cli
