// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "cleave/io/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

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

template <class T>
using Choices = std::vector<std::pair<std::string, T>>;

/// An option that takes one of a few words, which its help names.
template <class T>
CLI::Option* add_choice(CLI::App* command, const std::string& name, T& value, const Choices<T>& choices,
                        const std::string& about) {
    std::string words;
    std::string chosen;
    for (const auto& [word, meaning] : choices) {
        words += (words.empty() ? "" : "|") + word;
        chosen = meaning == value ? word : chosen;
    }
    return command
        ->add_option_function<std::string>(
            name,
            [&value, choices, words](const std::string& text) {
                const auto found = std::find_if(choices.begin(), choices.end(),
                                                [&](const auto& choice) { return choice.first == text; });
                if (found == choices.end()) {
                    throw CLI::ValidationError("'" + text + "' is none of " + words);
                }
                value = found->second;
            },
            about)
        ->type_name(words)
        ->default_str(chosen);
}

void add_conditions(CLI::App* command, const std::string& name, std::vector<std::string>& conditions,
                    const std::string& about) {
    command->add_option(name, conditions, about)->type_name("CONDITION")->take_all()->allow_extra_args(false);
}

void add_compare_command(CLI::App& app, std::optional<Command>& chosen) {
    auto compare = std::make_shared<CompareOptions>();
    CLI::App* command =
        add_command(app, "compare", "Say what became of one front in another", compare, chosen);
    command->add_option("old", compare->old_front, "front.json to compare with")->required();
    command->add_option("new", compare->new_front, "front.json to judge")->required();
    add_conditions(command, "--fail-if", compare->fail_if,
                   "End with status 5 if this holds, e.g. 'hypervolume<0.99' (docs/ci.md); may be repeated");
    using Format = CompareOptions::Format;
    add_choice<Format>(command, "--format", compare->format,
                       {{"text", Format::text}, {"json", Format::json}, {"markdown", Format::markdown}},
                       "Form of the result; markdown is for a comment on a pull request");
    command->add_flag_callback(
        "--any-network", [compare] { compare->networks = CompareOptions::Networks::any; },
        "Compare fronts of different networks, too");
    command->footer(
        "Example: cleave compare main/front.json out/front.json --fail-if 'hypervolume<0.99' --format "
        "markdown\n"
        "Exit status: 0 compared, 2 bad input, 5 a condition of --fail-if is met");
}

/// Not in the help: the build calls it.
void add_docs_command(CLI::App& app, std::optional<Command>& chosen) {
    CLI::App* docs = app.add_subcommand("docs", "Write man pages and completions");
    docs->group("");
    docs->require_subcommand(1);
    using Kind = DocsOptions::Kind;
    for (const auto& [name, kind] :
         {std::pair("man", Kind::man), std::pair("bash", Kind::bash), std::pair("zsh", Kind::zsh)}) {
        auto options = std::make_shared<DocsOptions>();
        options->kind = kind;
        add_command(*docs, name, "Write them to a folder", options, chosen)
            ->add_option("-o,--output", options->output, "Folder")
            ->required()
            ->type_name("DIR");
    }
}

void add_verify_command(CLI::App& app, std::optional<Command>& chosen) {
    auto verify = std::make_shared<VerifyOptions>();
    CLI::App* command =
        add_command(app, "verify", "Prove that a bundle computes its network, and measure what 8 bits cost",
                    verify, chosen);
    command->add_option("bundle", verify->bundle, "Folder that cleave deploy wrote")->required();
    command
        ->add_option("--model", verify->model,
                     "ONNX model whose weights the bundle has; not needed where they come from a seed")
        ->type_name("FILE");
    command->add_option("--inputs", verify->inputs, "Random inputs to run")
        ->type_name("N")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command->add_option("--seed", verify->seed, "Seed of the first input; each next has the next number")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--max-error", verify->max_error,
                     "Largest relative error of the result allowed with the FPGA in floating point")
        ->type_name("E")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command
        ->add_option("--min-sqnr", verify->min_sqnr,
                     "Least ratio of signal to quantisation noise allowed in fixed point, in dB")
        ->type_name("DB");
    add_json(command, verify->json);
    command->footer(
        "Example: cleave verify bundle --model squeezenet.onnx --inputs 16\n"
        "Exit status: 0 verified, 2 the bundle is damaged or not that of the model, 5 beyond --max-error or "
        "--min-sqnr");
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
    if (options->kind == CalibrateOptions::Kind::gpu) {
        options->data.resize(3);
        command->add_option("--workloads", options->data[0], "Measured networks (CSV)")
            ->required()
            ->type_name("CSV");
        command->add_option("--layers", options->data[1], "Layers of each network (CSV)")
            ->required()
            ->type_name("CSV");
        command->add_option("--ops", options->data[2], "Single tuned kernels (CSV)")->type_name("CSV");
        command->footer(
            "Example: cleave calibrate gpu --workloads w.csv --layers l.csv --ops o.csv -o my_gpu.yaml");
    } else {
        options->data.resize(1);
        command->add_option("data", options->data[0], "Measurements (CSV)")->required();
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

void add_sweep_commands(CLI::App& app, std::optional<Command>& chosen) {
    auto sweep = std::make_shared<SweepOptions>();
    CLI::App* sweep_app = add_command(
        app, "sweep", "Explore many variants of a configuration, and compare them", sweep, chosen);
    sweep_app->add_option("sweep", sweep->sweep, "Sweep file (docs/sweeps.md)")->required();
    sweep_app
        ->add_option(
            "-o,--output", sweep->output,
            "Folder for results; a sweep that was ended goes on there (default: out/ and the name of the "
            "sweep file)")
        ->type_name("DIR");
    add_set(sweep_app, sweep->overrides);
    sweep_app
        ->add_option(
            "--shard", sweep->shard,
            "Run part I of N only, for `cleave merge` (default: the task's part of a Slurm job array, else "
            "everything)")
        ->type_name("I/N");
    sweep_app->add_option("-j,--jobs", sweep->jobs, "Cases at a time (default: one for each processor)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    sweep_app->footer(
        "Examples: cleave sweep configs/sweeps/link_bandwidth.yaml -o out/link\n"
        "          cleave sweep my_sweep.yaml -o part2 --shard 2/4\n"
        "Exit status: 0 all cases exact, else that of the worst case: 1 failure, 2 bad input, 3 stopped, 4 "
        "no "
        "partition meets the constraints");
    auto merge = std::make_shared<MergeOptions>();
    CLI::App* merge_app = add_command(app, "merge", "Join the shards of a sweep", merge, chosen);
    merge_app->add_option("folders", merge->folders, "Result folders of all shards")
        ->required()
        ->type_name("DIR");
    merge_app->add_option("-o,--output", merge->output, "Folder for the results of the whole sweep")
        ->required()
        ->type_name("DIR");
    merge_app->footer(
        "Example: cleave merge part1 part2 part3 part4 -o out/whole\n"
        "Exit status: as of `cleave sweep`; 2 also if cases are missing");
}

void add_all(CLI::App& app, Options& options, std::optional<Command>& chosen) {
    app.set_version_flag("--version", "cleave " + io::version());
    app.require_subcommand(1);
    app.footer("Example: cleave explore configs/squeezenet_1.1.yaml -o out");
    app.add_flag("-q,--quiet", options.quiet, "Print warnings and errors only");
    app.add_option(
           "--data-dir", options.data_dirs,
           "Folder with network_specs/ and cost_models/, looked in before the one that comes with cleave")
        ->type_name("DIR")
        ->allow_extra_args(false);
    add_choice<ColorMode>(
        &app, "--color", options.color,
        {{"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}},
        "Colours; auto: on a terminal, unless NO_COLOR is set or --quiet given");

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
    add_conditions(explore_app, "--require", explore->require,
                   "End with status 5 unless the front has this, e.g. 'knee.energy_gain>=1.2' (docs/ci.md); "
                   "results are written all the same; may be repeated");
    explore_app->footer(
        "Example: cleave explore configs/mobilenet_v2_0.5.yaml -o out --set search.share_step=4\n"
        "Exit status: 0 exact, 2 bad input, 3 stopped by a limit, 4 no partition meets the constraints,\n"
        "             5 a condition of --require is missed");

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
    add_verify_command(app, chosen);
    add_report_command(app, chosen);
    add_network_commands(app, chosen);
    add_platform_commands(app, chosen);
    add_calibrate_commands(app, chosen);
    add_compare_command(app, chosen);
    add_sweep_commands(app, chosen);
    add_docs_command(app, chosen);
}

/// The parser of the whole command line, with what it fills in.
struct Parser {
    CLI::App app{
        "Cut a convolutional network between an embedded GPU and an FPGA: evaluate every depthwise, grouped "
        "and fused-layer split and prove the Pareto front of latency and energy.",
        "cleave"};
    Options options;
    std::optional<Command> chosen;
    Parser() { add_all(app, options, chosen); }
};

OptionHelp describe(const CLI::Option& option) {
    OptionHelp help;
    for (const std::string& name : option.get_lnames()) {
        help.names.push_back("--" + name);
    }
    for (const std::string& name : option.get_snames()) {
        help.names.push_back("-" + name);
    }
    const bool is_argument = option.get_positional();
    if (is_argument) {
        help.names.push_back(option.get_single_name());
    }
    if (is_argument || option.get_items_expected_max() > 0) {
        // A range that is checked follows a colon.
        const std::string type = option.get_type_name();
        help.value = type.substr(0, type.find(':'));
    }
    help.about = option.get_description();
    help.default_value = option.get_default_str();
    help.need = option.get_required() ? OptionHelp::Need::required : OptionHelp::Need::optional;
    help.count = option.get_items_expected_max() > 1 ? OptionHelp::Count::many : OptionHelp::Count::once;
    return help;
}

CommandHelp describe(const CLI::App& app, const std::string& above) {
    CommandHelp help;
    help.name = app.get_name();
    help.path = above.empty() ? help.name : above + " " + help.name;
    help.about = app.get_description();
    help.footer = app.get_footer();
    for (const CLI::Option* option : app.get_options({})) {
        (option->get_positional() ? help.arguments : help.options).push_back(describe(*option));
    }
    for (const CLI::App* command : app.get_subcommands({})) {
        if (!command->get_group().empty()) {
            help.commands.push_back(describe(*command, help.path));
        }
    }
    return help;
}

}  // namespace

std::vector<OptionHelp> inherited_options(const CommandHelp& command) {
    std::vector<OptionHelp> options;
    for (const OptionHelp& option : command.options) {
        const auto& names = option.names;
        if (std::find(names.begin(), names.end(), "--help") == names.end() &&
            std::find(names.begin(), names.end(), "--version") == names.end()) {
            options.push_back(option);
        }
    }
    return options;
}

CommandHelp describe_commands() {
    const Parser parser;
    return describe(parser.app, "");
}

Parsed parse(int argc, const char* const* argv) {
    Parser parser;
    auto& [app, options, chosen] = parser;
    Parsed parsed;
    try {
        app.parse(argc, argv);
        options.command = *chosen;
        options.color = options.quiet ? ColorMode::never : options.color;
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
