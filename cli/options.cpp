// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "cleave/io/version.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <sstream>

namespace cleave::cli {
namespace {

/// Adds a command whose options are stored in a struct of their own; `chosen` gets the struct when it is
/// used.
template <class T>
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about,
                      std::shared_ptr<T> options, std::optional<Command>& chosen) {
    CLI::App* command = parent.add_subcommand(name, about);
    command->callback([options, &chosen] { chosen = *options; });
    command->fallthrough();
    return command;
}

void add_set(CLI::App* command, std::vector<std::string>& overrides) {
    command
        ->add_option("--set", overrides,
                     "Replace one value of the configuration, e.g. --set fpga.clock=100MHz; may be repeated")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->allow_extra_args(false);
}

void add_input_shape(CLI::App* command, std::vector<std::string>& shapes) {
    command
        ->add_option("--input-shape", shapes,
                     "Shape of an ONNX model's input, in place of its own, e.g. --input-shape x=1,3,224,224")
        ->type_name("NAME=N,C,H,W")
        ->take_all()
        ->allow_extra_args(false);
}

void add_json(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Print JSON instead of a table");
}

void add_deploy_command(CLI::App& app, std::optional<Command>& chosen) {
    auto deploy = std::make_shared<DeployOptions>();
    CLI::App* command = add_command(
        app, "deploy", "Turn a point of a front into files that a deployment script runs", deploy, chosen);
    command->add_option("front", deploy->front, "front.json of an exploration, with inputs/ beside it")
        ->required();
    command->add_option("--point", deploy->point, "Point: its identifier, min-latency, min-energy or knee")
        ->required()
        ->type_name("POINT");
    command
        ->add_option("--model", deploy->model,
                     "ONNX model with the network's weights; without it they are random")
        ->type_name("ONNX");
    command
        ->add_option("--calibration", deploy->calibration,
                     "Folder with inputs (float32: raw .bin, or .npy) that set the scales of feature maps; "
                     "without it noise does")
        ->type_name("DIR");
    command->add_option("--seed", deploy->seed, "Seed of random weights and noise")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("-o,--output", deploy->output, "Folder for the bundle")
        ->type_name("DIR")
        ->capture_default_str();
    command->footer(
        "Example: cleave deploy out/front.json --point knee --model model.onnx --calibration inputs -o "
        "bundle\n"
        "What a bundle is: docs/deploy.md");
}

void add_report_command(CLI::App& app, std::optional<Command>& chosen) {
    auto report = std::make_shared<ReportOptions>();
    CLI::App* command = add_command(
        app, "report", "Show a front in one HTML file, as plots, or in the terminal", report, chosen);
    command->add_option("front", report->front, "front.json of an exploration, with inputs/ beside it")
        ->required();
    command
        ->add_option(
            "-o,--output", report->output,
            "HTML file to write; - for standard output (default: report.html, unless --svg or --text "
            "is given)")
        ->type_name("FILE");
    command
        ->add_option("--svg", report->svg,
                     "Write plots to this folder: front.svg, and of one point schedule, network, resources, "
                     "energy, modules and link")
        ->type_name("DIR");
    command
        ->add_option("--point", report->point,
                     "The point of those plots: its identifier, min-latency, min-energy or knee")
        ->type_name("POINT")
        ->capture_default_str();
    command->add_flag("--text", report->text, "Print a scatter of the front");
    command->footer(
        "Example: cleave report out/front.json -o report.html\n"
        "What is in a report: docs/report.md");
}

void add_network_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* network = app.add_subcommand("network", "List, show and check network specs");
    network->require_subcommand(1);
    network->fallthrough();
    auto list = std::make_shared<NetworkListOptions>();
    add_json(add_command(*network, "list", "List the networks that come with cleave", list, chosen),
             list->json);
    auto show = std::make_shared<NetworkShowOptions>();
    CLI::App* show_app =
        add_command(*network, "show", "Show a network layer by layer, with totals", show, chosen);
    show_app->add_option("network", show->network, "Name of a network, a spec file or an ONNX model")
        ->required();
    add_input_shape(show_app, show->input_shapes);
    show_app->footer("Example: cleave network show mobilenet_v2_0.5");
    add_json(show_app, show->json);
    auto check = std::make_shared<NetworkCheckOptions>();
    CLI::App* check_app = add_command(
        *network, "check", "Report everything wrong with spec files or ONNX models", check, chosen);
    check_app->add_option("file", check->files, "Spec files or ONNX models")->required();
    add_input_shape(check_app, check->input_shapes);
    check_app->footer("Example: cleave network check my_network.yaml");
    auto imported = std::make_shared<NetworkImportOptions>();
    CLI::App* import_app =
        add_command(*network, "import", "Turn an ONNX model into a spec file", imported, chosen);
    import_app->add_option("model", imported->model, "ONNX model")->required();
    import_app->add_option("-o,--output", imported->output, "Spec file to write; - for standard output")
        ->required()
        ->type_name("FILE");
    add_input_shape(import_app, imported->input_shapes);
    import_app->footer(
        "Example: cleave network import resnet50.onnx -o resnet50.yaml\n"
        "What becomes of each operator: docs/onnx.md");
    auto exported = std::make_shared<NetworkExportOptions>();
    CLI::App* export_app = add_command(
        *network, "export", "Write a network as an ONNX model with random weights, to run or deploy",
        exported, chosen);
    export_app->add_option("network", exported->network, "Name of a network, or a spec file")->required();
    export_app->add_option("-o,--output", exported->output, "ONNX file to write")
        ->required()
        ->type_name("FILE");
    export_app
        ->add_option("--seed", exported->seed,
                     "Seed of the weights (He-normal); the same seed gives the same file")
        ->type_name("N")
        ->capture_default_str();
    export_app->footer("Example: cleave network export squeezenet_1.0 -o squeezenet.onnx --seed 1");
}

void add_platform_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* platform = app.add_subcommand("platform", "List and show GPU, FPGA and link models");
    platform->require_subcommand(1);
    platform->fallthrough();
    auto list = std::make_shared<PlatformListOptions>();
    add_json(add_command(*platform, "list", "List the models that come with cleave", list, chosen),
             list->json);
    auto show = std::make_shared<PlatformShowOptions>();
    CLI::App* show_app =
        add_command(*platform, "show", "Show every number of a model with its unit and source", show, chosen);
    show_app->add_option("model", show->model, "Name of a model, or a model file")->required();
    show_app->footer("Example: cleave platform show jetson_tx2");
    add_json(show_app, show->json);
}

void add_calibrate_target(CLI::App& parent, const std::string& name, const std::string& about,
                          std::shared_ptr<CalibrateOptions> options, std::optional<Command>& chosen) {
    CLI::App* command = add_command(parent, name, about, options, chosen);
    command
        ->add_option("-o,--output", options->output,
                     "Model file to write; without it the fit is only printed")
        ->type_name("FILE");
    command
        ->add_option(
            "--base", options->base,
            "Model that everything not fitted comes from: a name or a file (default: the output file if it "
            "exists, else the model that comes with cleave)")
        ->type_name("MODEL");
    if (options->kind == CalibrateOptions::Kind::gpu) {
        options->data.resize(3);
        command->add_option("--workloads", options->data[0], "Measured networks (CSV)")
            ->required()
            ->type_name("CSV");
        command->add_option("--layers", options->data[1], "Layers of each network (CSV)")
            ->required()
            ->type_name("CSV");
        command->add_option("--ops", options->data[2], "Single tuned kernels (CSV)")->type_name("CSV");
    } else {
        options->data.resize(1);
        command->add_option("data", options->data[0], "Measurements (CSV)")->required();
    }
}

void add_calibrate_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* calibrate = app.add_subcommand(
        "calibrate", "Fit cost models to measurements, or check a model against measurements it never saw");
    calibrate->require_subcommand(0, 1);
    calibrate->fallthrough();
    using Kind = CalibrateOptions::Kind;
    const auto target = [&](Kind kind, const char* name, const char* about) {
        auto options = std::make_shared<CalibrateOptions>();
        options->kind = kind;
        add_calibrate_target(*calibrate, name, about, options, chosen);
    };
    target(Kind::gpu, "gpu", "Fit kernels and power of a GPU to measured networks");
    target(Kind::fpga, "fpga", "Fit resources, clock and power of an FPGA to synthesised designs");
    target(Kind::link, "link", "Fit a link to measured transfers");
    auto check = std::make_shared<CheckOptions>();
    calibrate->add_option("--check", check->model, "Model file to score; the data files follow")
        ->type_name("MODEL");
    calibrate->add_option("data", check->data, "Measurements to check against (CSV)");
    calibrate
        ->add_option("--implementation", check->implementation, "Implementation of an FPGA model to check")
        ->capture_default_str();
    add_json(calibrate, check->json);
    calibrate->footer(
        "Examples: cleave calibrate gpu --workloads w.csv --layers l.csv --ops o.csv -o my_gpu.yaml\n"
        "          cleave calibrate link transfers.csv -o my_link.yaml\n"
        "          cleave calibrate --check my_gpu.yaml other_workloads.csv other_layers.csv --json");
    calibrate->callback([check, calibrate, &chosen] {
        if (!calibrate->get_subcommands().empty()) {
            return;
        }
        if (check->model.empty() || check->data.empty()) {
            throw CLI::ValidationError("calibrate",
                                       "needs gpu, fpga or link, or --check with a model and data files");
        }
        chosen = *check;
    });
}

}  // namespace

Parsed parse(int argc, const char* const* argv) {
    CLI::App app{
        "Cut a convolutional network between an embedded GPU and an FPGA: evaluate every depthwise, grouped "
        "and fused-layer split and prove the Pareto front of latency and energy.",
        "cleave"};
    app.set_version_flag("--version", "cleave " + io::version());
    app.require_subcommand(1);
    Options options;
    std::optional<Command> chosen;
    app.add_flag("-q,--quiet", options.quiet, "Print warnings and errors only");
    app.add_option(
           "--data-dir", options.data_dirs,
           "Folder with network_specs/ and cost_models/, looked in before the one that comes with cleave")
        ->type_name("DIR")
        ->allow_extra_args(false);

    auto explore = std::make_shared<ExploreOptions>();
    CLI::App* explore_app =
        add_command(app, "explore", "Find the exact Pareto front of a configuration", explore, chosen);
    explore_app
        ->add_option("config", explore->config,
                     "Configuration file, or an ONNX model to explore on the default platform")
        ->required();
    explore_app
        ->add_option(
            "-o,--output", explore->output,
            "Folder for front.json, front.csv, stats.json and mappings/; - writes front.json to standard "
            "output and nothing else")
        ->type_name("DIR")
        ->capture_default_str();
    add_set(explore_app, explore->overrides);
    add_input_shape(explore_app, explore->input_shapes);
    explore_app
        ->add_option(
            "--uncertainty", explore->uncertainty,
            "Score the front under N platforms drawn within the models' errors (docs/uncertainty.md)")
        ->type_name("N")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str();
    explore_app->footer(
        "Example: cleave explore configs/mobilenet_v2_0.5.yaml -o out --set search.share_step=4\n"
        "Exit status: 0 exact, 2 bad input, 3 stopped by a limit, 4 no partition meets the constraints");

    auto evaluate = std::make_shared<EvaluateOptions>();
    CLI::App* evaluate_app =
        add_command(app, "evaluate", "Score one mapping of layers to devices", evaluate, chosen);
    evaluate_app
        ->add_option("config", evaluate->config, "Configuration file, or an ONNX model as for explore")
        ->required();
    evaluate_app->add_option("-m,--mapping", evaluate->mapping, "Mapping file")
        ->required()
        ->type_name("FILE");
    evaluate_app
        ->add_option("-o,--output", evaluate->output,
                     "Write the score as JSON to this file; - for standard output")
        ->type_name("FILE");
    add_set(evaluate_app, evaluate->overrides);
    add_input_shape(evaluate_app, evaluate->input_shapes);
    add_json(evaluate_app, evaluate->json);
    evaluate_app->footer(
        "Example: cleave evaluate configs/mobilenet_v2_0.5.yaml --mapping out/mappings/p001.yaml\n"
        "Exit status: 0 scored, 2 bad input, 4 the mapping does not fit the FPGA");
    add_deploy_command(app, chosen);
    add_report_command(app, chosen);
    add_network_commands(app, chosen);
    add_platform_commands(app, chosen);
    add_calibrate_commands(app, chosen);

    Parsed parsed;
    try {
        app.parse(argc, argv);
        options.command = *chosen;
        parsed.options = std::move(options);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        parsed.status = app.exit(error, out, err) == 0 ? 0 : 2;
        parsed.out = out.str();
        parsed.err = err.str();
    }
    return parsed;
}

}  // namespace cleave::cli
