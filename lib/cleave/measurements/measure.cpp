// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/measure.hpp"

#include "cleave/measurements/kernel_sums.hpp"
#include "cleave/measurements/pytorch.hpp"
#include "cleave/measurements/statistics.hpp"
#include "cleave/measurements/trtexec.hpp"
#include "cleave/network/layer.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

namespace cleave {
namespace {

constexpr const char* kCommandLine = "command line";

Fault usage(std::string message) { return file_fault(kCommandLine, std::move(message)); }

std::vector<ReportText> read_all(const std::vector<std::string>& files, FaultList& faults) {
    std::vector<ReportText> reports;
    for (const std::string& file : files) {
        if (auto report = read_report(file, faults)) {
            reports.push_back(std::move(*report));
        }
    }
    return reports;
}

/// A workload, or several of one report each.
class Workloads {
public:
    Workloads(const MeasureOptions& options, std::size_t files, FaultList& faults) : options_(options) {
        table_.kind = RowKind::workloads;
        for (const char* column : {"workload", "latency_ms", "gpu_power_mw"}) {
            (void)table_.column(column);
        }
        if (!options.workload.empty() && files > 1) {
            faults.add(usage("--workload names the workload of one report, and there are several"));
        }
    }
    void add(const ReportText& report, const std::string& column, double value, FaultList& faults) {
        const std::string name = options_.workload.empty()
                                     ? std::filesystem::path(report.file()).stem().string()
                                     : options_.workload;
        const bool twice = std::any_of(table_.rows.begin(), table_.rows.end(),
                                       [&](const auto& row) { return row.front() == name; });
        if (twice) {
            faults.add(report.place(0), "",
                       fmt::format("another report is of workload {}, too", quote(name)));
        } else if (value <= 0) {
            faults.add(report.place(0), "", fmt::format("its {} is 0", column));
        }
        const std::size_t row = table_.add_row();
        table_.set(row, "workload", name);
        table_.set(row, column, number_cell(value));
    }
    [[nodiscard]] RowTable take() { return std::move(table_); }

private:
    const MeasureOptions& options_;
    RowTable table_;
};

/// The model that layers are looked up in; nothing if none was named, or if it cannot be read.
std::optional<ModelLayers> named_model(const MeasureOptions& options, Notes& notes, FaultList& faults) {
    if (options.model.empty()) {
        return std::nullopt;
    }
    auto loaded = load_model_layers(options.model, options.input_shapes, faults);
    if (!loaded) {
        return std::nullopt;
    }
    for (const std::string& warning : loaded->warnings) {
        notes.push_back(fmt::format("{}: {}", options.model, warning));
    }
    return std::move(loaded->layers);
}

Measured join_to(const std::vector<KernelTime>& kernels, const ReportText& report, const std::string& source,
                 const ModelLayers* model, Notes notes, FaultList& faults) {
    Measured result = join_kernels(kernels, report.file(), source, model, faults);
    result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
    if (result.table.rows.empty() && faults.empty()) {
        faults.add(report.place(0), "",
                   model == nullptr ? "describes no layers by itself: name the model that was run (--model)"
                                    : "no kernel computes a single layer of the model");
    }
    return result;
}

Measured measure_queries(const std::vector<std::pair<const ReportText*, QueryTimes>>& queries,
                         const MeasureOptions& options, FaultList& faults) {
    Measured result;
    Workloads workloads(options, queries.size(), faults);
    for (const auto& [report, times] : queries) {
        workloads.add(*report, "latency_ms", median(times.compute).value() * 1e3, faults);
        result.notes.push_back(
            fmt::format("{}: median of {} queries, each taken for an inference of batch 1; no place for "
                        "copies to and from "
                        "the device of {:.6g} and {:.6g} ms",
                        report->file(), times.compute.size(), median(times.to_device).value() * 1e3,
                        median(times.from_device).value() * 1e3));
    }
    result.table = workloads.take();
    return result;
}

Measured measure_trtexec(const std::vector<ReportText>& reports, const MeasureOptions& options,
                         FaultList& faults) {
    std::vector<std::pair<const ReportText*, EngineProfile>> profiles;
    std::vector<std::pair<const ReportText*, EngineLayers>> layers;
    std::vector<std::pair<const ReportText*, QueryTimes>> queries;
    for (const ReportText& report : reports) {
        auto read = read_trtexec(report, faults);
        if (!read) {
            continue;
        }
        std::visit(Overloaded{[&](EngineProfile& p) { profiles.emplace_back(&report, std::move(p)); },
                              [&](EngineLayers& l) { layers.emplace_back(&report, std::move(l)); },
                              [&](QueryTimes& q) { queries.emplace_back(&report, std::move(q)); }},
                   *read);
    }
    Notes notes;
    const auto model = named_model(options, notes, faults);
    faults.throw_if_any();
    if (!queries.empty() && (!profiles.empty() || !layers.empty())) {
        faults.add(
            usage("times of queries (--exportTimes) make rows of whole networks, profiles rows of single "
                  "kernels: give them apart"));
    } else if (queries.empty() && (profiles.size() != 1 || layers.size() > 1)) {
        faults.add(
            usage(fmt::format("one profile (--exportProfile) is needed, with at most one layer information "
                              "(--exportLayerInfo), and there are {} and {}",
                              profiles.size(), layers.size())));
    }
    faults.throw_if_any();
    if (!queries.empty()) {
        return measure_queries(queries, options, faults);
    }
    const auto kernels = engine_kernels(profiles.front().second,
                                        layers.empty() ? nullptr : &layers.front().second, notes, faults);
    faults.throw_if_any();
    return join_to(kernels, *profiles.front().first, "trtexec", model ? &*model : nullptr, std::move(notes),
                   faults);
}

/// Kernels of the only report.
Measured measure_traces(ReportSource source, const std::vector<ReportText>& reports,
                        const MeasureOptions& options, FaultList& faults) {
    if (reports.size() != 1) {
        faults.add(usage("one report is needed: rows of further ones can be added with --add-to"));
        return {};
    }
    const ReportText& report = reports.front();
    Notes notes;
    const bool onnxruntime = source == ReportSource::onnxruntime;
    const auto kernels = onnxruntime ? read_onnxruntime(report, options.host_times, notes, faults)
                                     : read_pytorch(report, notes, faults);
    const auto model = named_model(options, notes, faults);
    if (onnxruntime && options.model.empty()) {
        faults.add(
            usage("a profile of ONNX Runtime needs the model that was run (--model): it has no strides"));
    }
    faults.throw_if_any();
    return join_to(*kernels, report, onnxruntime ? "onnxruntime" : "pytorch", model ? &*model : nullptr,
                   std::move(notes), faults);
}

Measured measure_sums(ReportSource source, const std::vector<ReportText>& reports,
                      const MeasureOptions& options, FaultList& faults) {
    Measured result;
    Workloads workloads(options, reports.size(), faults);
    if (!options.runs) {
        faults.add(usage(
            "the number of inferences that were traced is needed (--runs): the report does not have it"));
    }
    for (const ReportText& report : reports) {
        const auto sum = source == ReportSource::nsys ? read_nsys(report, result.notes, faults)
                                                      : read_ncu(report, result.notes, faults);
        if (!sum || !options.runs) {
            continue;
        }
        const auto runs = static_cast<double>(*options.runs);
        if (sum->launches % static_cast<std::size_t>(*options.runs) != 0) {
            result.notes.push_back(
                fmt::format("{}: {} kernels were started, which {} inferences do not divide", report.file(),
                            sum->launches, *options.runs));
        }
        result.notes.push_back(fmt::format("{}: no rows for {} kinds of kernels, whose layers are not known",
                                           report.file(), sum->kinds));
        workloads.add(report, "latency_ms", sum->total.value() * 1e3 / runs, faults);
    }
    result.table = workloads.take();
    return result;
}

Measured measure_power(ReportSource source, const std::vector<ReportText>& reports,
                       const MeasureOptions& options, FaultList& faults) {
    Measured result;
    Workloads workloads(options, reports.size(), faults);
    for (const ReportText& report : reports) {
        const auto log =
            source == ReportSource::tegrastats ? read_tegrastats(report, faults) : read_jtop(report, faults);
        const auto power = log ? busy_power(*log, options.power, result.notes, faults) : std::nullopt;
        if (!power) {
            continue;
        }
        result.notes.push_back(fmt::format(
            "{}: {:.6g} W on {} in busy samples, {} of {}{}", report.file(), power->average.value(),
            power->rail, power->busy, log->samples.size(),
            power->energy
                ? fmt::format(": {:.6g} J in {:.6g} s", power->energy->value(), power->duration->value())
                : std::string(" (no energy: the time between samples is not known)")));
        workloads.add(report, "gpu_power_mw", power->average.value() * 1e3, faults);
    }
    result.table = workloads.take();
    return result;
}

std::optional<DesignShapes> named_shapes(const MeasureOptions& options, Notes& notes, FaultList& faults) {
    if (options.model.empty() == options.shapes.empty()) {
        faults.add(
            usage("reports of FPGA tools do not have the shapes of layers: name a model or network spec "
                  "(--model), or a table (--shapes)"));
        return std::nullopt;
    }
    if (!options.shapes.empty()) {
        return read_design_shapes(options.shapes, faults);
    }
    const auto model = named_model(options, notes, faults);
    return model ? std::optional(DesignShapes(*model)) : std::nullopt;
}

Measured measure_designs(ReportSource source, const std::vector<ReportText>& reports,
                         const MeasureOptions& options, FaultList& faults) {
    std::vector<NamedDesign> designs;
    for (const ReportText& report : reports) {
        const std::string name = options.layer.empty() ? design_name(report.file()) : options.layer;
        auto design =
            std::find_if(designs.begin(), designs.end(), [&](const auto& d) { return d.name == name; });
        if (design == designs.end()) {
            designs.push_back({name, report.place(0), {}});
            design = designs.end() - 1;
        }
        switch (source) {
            case ReportSource::quartus: read_quartus(report, options.clock, design->report, faults); break;
            case ReportSource::vivado: read_vivado(report, options.clock, design->report, faults); break;
            case ReportSource::hls: read_hls(report, design->report, faults); break;
            default: read_oneapi(report, design->report, faults); break;
        }
    }
    Notes notes;
    const auto shapes = named_shapes(options, notes, faults);
    faults.throw_if_any();
    Measured result = join_designs(designs, *shapes, options.rows, faults);
    result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
    return result;
}

}  // namespace

Measured measure(ReportSource source, const std::vector<std::string>& files, const MeasureOptions& options) {
    FaultList faults;
    const std::vector<ReportText> reports = read_all(files, faults);
    Measured result;
    switch (source) {
        case ReportSource::trtexec: result = measure_trtexec(reports, options, faults); break;
        case ReportSource::onnxruntime:
        case ReportSource::pytorch:
            faults.throw_if_any();
            result = measure_traces(source, reports, options, faults);
            break;
        case ReportSource::nsys:
        case ReportSource::ncu: result = measure_sums(source, reports, options, faults); break;
        case ReportSource::tegrastats:
        case ReportSource::jtop: result = measure_power(source, reports, options, faults); break;
        case ReportSource::quartus:
        case ReportSource::oneapi:
        case ReportSource::vivado:
        case ReportSource::hls: result = measure_designs(source, reports, options, faults); break;
    }
    faults.throw_if_any();
    return result;
}

}  // namespace cleave
