// SPDX-License-Identifier: Apache-2.0
#include "option_parts.hpp"

#include <array>

namespace cleave::cli {
namespace {

struct SourceCommand {
    CLI::App* command;
    std::shared_ptr<MeasurementsOptions> options;
};

SourceCommand add_source(CLI::App& parent, const std::string& source, const std::string& about,
                         const std::string& files, std::optional<Command>& chosen) {
    auto options = std::make_shared<MeasurementsOptions>();
    options->source = source;
    CLI::App* command = add_command(parent, source, about, options, chosen);
    command->add_option("file", options->files, files)->required();
    command->add_option("-o,--output", options->output, "CSV file to write; - for standard output")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--add-to", options->add_to,
                     "Table whose rows come first; figures of workloads and designs that it has already are "
                     "completed. "
                     "May be the file that is written")
        ->type_name("CSV");
    command->add_flag("--json", options->json, "Print the rows and what has no place in them as JSON");
    return {command, options};
}

void add_model(const SourceCommand& source, const std::string& about) {
    source.command->add_option("--model", source.options->model, about)->type_name("MODEL");
    add_input_shape(source.command, source.options->input_shapes);
}

void add_workload(const SourceCommand& source) {
    source.command
        ->add_option("--workload", source.options->workload,
                     "Name of the workload (default: the file's, without its ending)")
        ->type_name("NAME");
}

void add_kernel_sources(CLI::App& parent, std::optional<Command>& chosen) {
    const SourceCommand trtexec = add_source(
        parent, "trtexec",
        "TensorRT: times of layers (rows for --ops), or of inferences (rows for --workloads)",
        "--exportProfile and, if there is one, --exportLayerInfo of one engine; or files of --exportTimes",
        chosen);
    add_model(
        trtexec,
        "The ONNX model that was built, or its spec; without it only convolutions that the layer information "
        "describes get rows");
    add_workload(trtexec);
    trtexec.command->footer(
        "Examples: cleave measurements trtexec profile.json layers.json --model net.onnx -o ops.csv\n"
        "          cleave measurements trtexec times/net@224.json -o workloads.csv");

    const SourceCommand onnxruntime =
        add_source(parent, "ort", "ONNX Runtime: times of nodes (rows for --ops)",
                   "Profile of a session (enable_profiling)", chosen);
    add_model(onnxruntime, "The ONNX model that was run, or its spec (needed)");
    onnxruntime.command->add_flag(
        "--host-times", onnxruntime.options->host_times,
        "Take times of providers that start kernels of a GPU without waiting for them");
    onnxruntime.command->footer("Example: cleave measurements ort profile.json --model net.onnx -o ops.csv");

    const SourceCommand pytorch = add_source(
        parent, "pytorch", "PyTorch: times of operators' kernels (rows for --ops)",
        "Trace of the profiler (export_chrome_trace), with CUDA activities and record_shapes", chosen);
    pytorch.command->footer("Example: cleave measurements pytorch trace.json -o ops.csv");

    for (const auto& [name, about, files] :
         {std::array{"nsys", "Nsight Systems: time of all kernels of an inference (rows for --workloads)",
                     "nsys stats --report cuda_gpu_kern_sum --format csv; one file a workload"},
          std::array{"ncu", "Nsight Compute: time of all kernels of an inference (rows for --workloads)",
                     "ncu --csv --metrics gpu__time_duration.sum; one file a workload"}}) {
        const SourceCommand sums = add_source(parent, name, about, files, chosen);
        sums.command->add_option("--runs", sums.options->runs, "Inferences that were traced (needed)")
            ->type_name("N")
            ->check(CLI::PositiveNumber);
        add_workload(sums);
        sums.command->footer(std::string("Example: cleave measurements ") + name +
                             " net@224.csv --runs 200 -o workloads.csv");
    }
}

void add_power_sources(CLI::App& parent, std::optional<Command>& chosen) {
    const auto add = [&](const char* name, const char* about, const char* files) {
        const SourceCommand power = add_source(parent, name, about, files, chosen);
        power.command
            ->add_option("--rail", power.options->rail,
                         "Rail to read (default: that of the GPU, on boards where it feeds nothing else)")
            ->type_name("NAME");
        power.command->add_flag("--all-samples", power.options->all_samples,
                                "Take idle samples, too, and logs that do not say how busy the GPU was");
        add_workload(power);
        return power;
    };
    const SourceCommand tegrastats = add(
        "tegrastats", "tegrastats: power of the GPU's rail (rows for --workloads)", "Logs, one a workload");
    tegrastats.command
        ->add_option("--interval", tegrastats.options->interval,
                     "Time between samples, as tegrastats was started with, for the energy: 100ms")
        ->type_name("TIME");
    tegrastats.command->footer(
        "Example: cleave measurements tegrastats power/net@224.log --interval 100ms --add-to workloads.csv "
        "-o "
        "workloads.csv");
    add("jtop", "jtop: power of the GPU's rail (rows for --workloads)", "CSV files, one a workload")
        .command->footer(
            "Example: cleave measurements jtop power/net@224.csv --rail VDD_CPU_GPU_CV -o workloads.csv");
}

void add_fpga_sources(CLI::App& parent, std::optional<Command>& chosen) {
    const auto add = [&](const char* name, const char* about, const char* files, const char* example) {
        const SourceCommand fpga = add_source(parent, name, about, files, chosen);
        add_model(fpga, "Spec or ONNX model whose layers the designs are; this or --shapes is needed");
        fpga.command
            ->add_option("--shapes", fpga.options->shapes,
                         "Table of the designs' shapes: design, h_in, w_in, c_in, kernel, filters")
            ->type_name("CSV");
        fpga.command
            ->add_option("--layer", fpga.options->layer,
                         "Layer that all these reports are of (default: each is called as its file, up to "
                         "the first '.')")
            ->type_name("NAME");
        fpga.command->footer(example);
        return fpga;
    };
    const auto add_clock = [](const SourceCommand& fpga) {
        fpga.command->add_option("--clock", fpga.options->clock, "The design's clock, of several")
            ->type_name("NAME");
        fpga.command
            ->add_option("--clock-period", fpga.options->clock_period,
                         "Period of that clock, where a report has slacks alone: 10ns")
            ->type_name("TIME");
    };
    const SourceCommand quartus = add(
        "quartus", "Quartus: resources, Fmax and power (rows for calibrate fpga)",
        ".fit.summary, .fit.rpt, .sta.rpt, .sta.summary, .pow.summary, .pow.rpt of designs, or the resources "
        "by "
        "entity as CSV",
        "Examples: cleave measurements quartus conv1.fit.rpt conv1.sta.rpt conv1.pow.rpt --model net.yaml -o "
        "designs.csv\n"
        "          cleave measurements quartus top.fit.rpt --by-entity --shapes shapes.csv -o designs.csv");
    add_clock(quartus);
    quartus.command->add_flag(
        "--by-entity", quartus.options->by_entity,
        "A row for each entity that is called as a layer, in place of one for the design");
    add("oneapi", "oneAPI and Intel HLS: resources and Fmax after the fit (rows for calibrate fpga)",
        "quartus.ndjson",
        "Example: cleave measurements oneapi quartus.ndjson --layer conv1 --model net.yaml -o designs.csv");
    add_clock(add("vivado", "Vivado: resources, Fmax and power",
                  "report_utilization, report_timing_summary, report_power of designs",
                  "Example: cleave measurements vivado conv*.rpt --model net.yaml -o designs.csv"));
    add("hls", "Vivado HLS and Vitis HLS: resources and cycles as estimated", "csynth.xml",
        "Example: cleave measurements hls csynth.xml --layer conv1 --model net.yaml -o designs.csv");
}

}  // namespace

void add_measurements_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* measurements = app.add_subcommand(
        "measurements", "Turn reports of other tools into the CSV rows that calibrate reads");
    measurements->require_subcommand(1);
    measurements->fallthrough();
    measurements->footer(
        "Example: cleave measurements trtexec profile.json --model net.onnx -o ops.csv\n"
        "What to measure and how: docs/measuring.md");
    add_kernel_sources(*measurements, chosen);
    add_power_sources(*measurements, chosen);
    add_fpga_sources(*measurements, chosen);
}

}  // namespace cleave::cli
