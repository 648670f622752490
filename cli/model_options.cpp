// SPDX-License-Identifier: Apache-2.0
#include "option_parts.hpp"

namespace cleave::cli {
namespace {

void add_network_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* network = app.add_subcommand("network", "List, show and check network specs");
    network->require_subcommand(1);
    network->footer("Example: cleave network show mobilenet_v2_0.5");
    network->fallthrough();
    auto list = std::make_shared<NetworkListOptions>();
    CLI::App* list_app =
        add_command(*network, "list", "List the networks that come with cleave", list, chosen);
    list_app->footer("Example: cleave network list --json");
    add_json(list_app, list->json);
    auto show = std::make_shared<NetworkShowOptions>();
    CLI::App* show_app =
        add_command(*network, "show", "Show a network layer by layer, with totals", show, chosen);
    show_app
        ->add_option("network", show->network,
                     "Name of a network, a spec file or an ONNX model; with --fpga a configuration too")
        ->required();
    add_input_shape(show_app, show->input_shapes);
    CLI::Option* fpga = show_app->add_flag(
        "--fpga", show->fpga,
        "Show whether, how and how fast each layer could be on the FPGA of the configuration, or of the "
        "default platform");
    add_set(show_app, show->overrides)->needs(fpga);
    show_app->footer(
        "Examples: cleave network show mobilenet_v2_0.5\n"
        "          cleave network show configs/mobilenet_v2_0.5.yaml --fpga --set "
        "fpga.implementation=folded");
    add_json(show_app, show->json);
    auto check = std::make_shared<NetworkCheckOptions>();
    CLI::App* check_app = add_command(
        *network, "check", "Report everything wrong with spec files or ONNX models", check, chosen);
    check_app->add_option("file", check->files, "Spec files or ONNX models")->required();
    add_input_shape(check_app, check->input_shapes);
    check_app->footer("Example: cleave network check my_network.yaml");
    auto rows = std::make_shared<NetworkRowsOptions>();
    CLI::App* rows_app =
        add_command(*network, "rows",
                    "Write the table of layers that calibrate gpu needs beside measured times", rows, chosen);
    rows_app->add_option("network", rows->networks, "Names of networks, or spec or ONNX files")->required();
    rows_app->add_option("-o,--output", rows->output, "CSV file to write; - for standard output")
        ->required()
        ->type_name("FILE");
    add_input_shape(rows_app, rows->input_shapes);
    rows_app->footer("Example: cleave network rows squeezenet_1.0 my_model.onnx -o layers.csv");
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
    auto operators = std::make_shared<NetworkOperatorsOptions>();
    add_command(*network, "operators", "Print what becomes of each ONNX operator, as a table in Markdown",
                operators, chosen)
        ->footer("Example: cleave network operators\nMore on each: docs/onnx.md");
    auto exported = std::make_shared<NetworkExportOptions>();
    CLI::App* export_app = add_command(
        *network, "export", "Write a network as an ONNX model with random weights, to run or deploy",
        exported, chosen);
    export_app->add_option("network", exported->network, "Name of a network, or a spec or ONNX file")
        ->required();
    export_app->add_option("-o,--output", exported->output, "ONNX file to write")
        ->required()
        ->type_name("FILE");
    export_app
        ->add_option("--seed", exported->seed,
                     "Seed of the weights (He-normal); the same seed gives the same file")
        ->type_name("N")
        ->capture_default_str();
    add_input_shape(export_app, exported->input_shapes);
    export_app->footer("Example: cleave network export squeezenet_1.0 -o squeezenet.onnx --seed 1");
}

void add_platform_commands(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* platform = app.add_subcommand("platform", "List and show GPU, FPGA and link models");
    platform->require_subcommand(1);
    platform->footer("Example: cleave platform show jetson_tx2");
    platform->fallthrough();
    auto list = std::make_shared<PlatformListOptions>();
    CLI::App* list_app =
        add_command(*platform, "list", "List the models that come with cleave", list, chosen);
    list_app->footer("Example: cleave platform list --json");
    add_json(list_app, list->json);
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
    command
        ->add_option(
            "--name", options->name,
            "Name of the model (default: the output file's name, or the base's if that file is the base). "
            "If it is not the base's, what is not fitted is marked as taken from the base")
        ->type_name("NAME");
    command
        ->add_option("--description", options->description,
                     "What the model is of (default: the base's, or for another name what it was fitted to)")
        ->type_name("TEXT");
    if (options->kind == CalibrateOptions::Kind::gpu) {
        options->data.resize(2);
        CLI::Option* workloads =
            command->add_option("--workloads", options->data[0], "Measured networks (CSV)")->type_name("CSV");
        CLI::Option* layers =
            command->add_option("--layers", options->layers, "Layers of each network (CSV); may be repeated")
                ->type_name("CSV")
                ->take_all()
                ->allow_extra_args(false);
        workloads->needs(layers);
        layers->needs(workloads);
        command
            ->add_option("--ops", options->data[1],
                         "Single kernels (CSV): tuned ones beside networks, else what there is to fit to")
            ->type_name("CSV");
        command->footer(
            "Examples: cleave calibrate gpu --workloads w.csv --layers l.csv --ops o.csv -o my_gpu.yaml\n"
            "          cleave calibrate gpu --ops kernels.csv --base jetson_tx2 -o my_gpu.yaml\n"
            "Exit status: 0 fitted, 2 bad input, 5 fitted and written, but not to be relied on");
    } else {
        options->data.resize(1);
        command->add_option("data", options->data[0], "Measurements (CSV)")->required();
        if (options->kind == CalibrateOptions::Kind::fpga) {
            command
                ->add_option(
                    "--tool", options->tool,
                    "What placed and routed the designs, such as 'Quartus Prime Pro 17.1' (default: not "
                    "known, as the model then says)")
                ->type_name("TEXT");
            command
                ->add_option(
                    "--form", options->form,
                    "Implementation of generated circuits (folded, dhm-csd) to fit; the data are then "
                    "modules synthesised by scripts/characterise_fpga")
                ->type_name("NAME");
            command
                ->add_option(
                    "--power-method", options->power_method,
                    "Sentences on how their power was measured or estimated, and at what toggle rate "
                    "(default: not known, as the model then says)")
                ->type_name("TEXT");
        }
        command->footer("Example: cleave calibrate " + name + " measured.csv -o my_" + name + ".yaml");
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

void add_model_commands(CLI::App& app, std::optional<Command>& chosen) {
    add_network_commands(app, chosen);
    add_platform_commands(app, chosen);
    add_calibrate_commands(app, chosen);
}

}  // namespace cleave::cli
