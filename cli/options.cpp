// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "cleave/text/messages.hpp"
#include "cleave/text/version.hpp"
#include "option_parts.hpp"

#include <sstream>
#include <utility>

namespace cleave::cli {
namespace {

void add_compare_command(CLI::App& app, std::optional<Command>& chosen) {
    auto compare = std::make_shared<CompareOptions>();
    CLI::App* command =
        add_command(app, "compare", "Say what became of one front in another", compare, chosen);
    command->add_option("old", compare->old_front, "front.json, or its folder, to compare with")->required();
    command->add_option("new", compare->new_front, "front.json, or its folder, to judge")->required();
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

void add_report_command(CLI::App& app, std::optional<Command>& chosen) {
    auto report = std::make_shared<ReportOptions>();
    CLI::App* command = add_command(
        app, "report", "Show a front in one HTML file, as plots, or in the terminal", report, chosen);
    command
        ->add_option("front", report->front,
                     "front.json, or its folder, of an exploration with inputs/ beside it")
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
    auto* bundle = command
                       ->add_option("--bundle", report->bundle,
                                    "Bundle of one of the points, to show what --measured says of its steps")
                       ->type_name("DIR");
    auto* measured = command
                         ->add_option("--measured", report->measured,
                                      "measured.json of that bundle (docs/deploy.md): its times beside those "
                                      "predicted")
                         ->type_name("FILE");
    bundle->needs(measured);
    measured->needs(bundle);
    command->footer(
        "Example: cleave report out/front.json -o report.html\n"
        "What is in a report: docs/report.md");
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
    app.set_version_flag("--version", "cleave " + version());
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
        add_command(app, "explore", "Find and prove the Pareto front of a configuration", explore, chosen);
    explore_app
        ->add_option("config", explore->config,
                     "Configuration file, or a network spec or ONNX model to explore on the default platform")
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
    add_weights(explore_app, explore->weights);
    explore_app
        ->add_option(
            "--uncertainty", explore->uncertainty,
            "Score the front under N platforms drawn within the models' errors (docs/uncertainty.md)")
        ->type_name("N")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str();
    explore_app
        ->add_option_function<std::string>(
            "--min-gain",
            [explore](const std::string& text) { explore->overrides.push_back("verdict.min_gain=" + text); },
            "What counts as paying: so many times less time or energy than the GPU alone, and no more of the "
            "other (default 1.05; 0 judges no point)")
        ->type_name("X");
    explore_app->add_flag(
        "--explain", explore->explain,
        "Also say what the verdict would be with more logic, DSP blocks or memory, a faster "
        "link, a higher clock: a search for each");
    explore_app->add_flag("--readings", explore->readings,
                          "Also say whether the verdict holds under every profile of the GPU, with each "
                          "implementation alone, and "
                          "for an FPGA that is there already or is to be added: a search for each");
    add_conditions(explore_app, "--require", explore->require,
                   "End with status 5 unless the front has this, e.g. 'knee.energy_gain>=1.2' (docs/ci.md); "
                   "results are written all the same; may be repeated");
    explore_app->footer(
        "Example: cleave explore configs/mobilenet_v2_0.5.yaml -o out --set search.share_step=4\n"
        "Exit status: 0 exact or within search.epsilon, 2 bad input, 3 stopped by a limit, 4 no partition "
        "meets the constraints,\n"
        "             5 a condition of --require is missed");

    auto evaluate = std::make_shared<EvaluateOptions>();
    CLI::App* evaluate_app =
        add_command(app, "evaluate", "Score one mapping of layers to devices", evaluate, chosen);
    evaluate_app
        ->add_option("config", evaluate->config,
                     "Configuration file, or a network spec or ONNX model as for explore")
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
    add_weights(evaluate_app, evaluate->weights);
    add_json(evaluate_app, evaluate->json);
    evaluate_app->footer(
        "Example: cleave evaluate configs/mobilenet_v2_0.5.yaml --mapping out/mappings/p001.yaml\n"
        "Exit status: 0 scored, 2 bad input, 4 the mapping does not fit the FPGA");
    add_bundle_commands(app, chosen);
    add_report_command(app, chosen);
    add_model_commands(app, chosen);
    add_measurements_commands(app, chosen);
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

/// A word of the command line without a value that is glued to it: "--color" of "--color=never".
std::string option_name(const std::string& word) {
    return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

/// Finds what a command line has that no command knows, first to last.
class UnknownWord {
public:
    explicit UnknownWord(const CLI::App& app) : path_{&app} {}

    /// The first word that is neither a command nor an option, as a message; nothing if all are known.
    std::optional<std::string> find(const std::vector<std::string>& words) {
        for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
            const std::string& word = words[i];
            if (word.size() > 1 && word.front() == '-') {
                const CLI::Option* option = known_option(option_name(word));
                if (option == nullptr) {
                    return message("option", option_name(word), option_names());
                }
                const bool glued = option_name(word) != word;
                i += option->get_items_expected_max() > 0 && !glued ? 1 : 0;
            } else if (const auto commands = command_names(); !commands.empty()) {
                const auto here = path_.back()->get_subcommands(
                    [&](const CLI::App* app) { return app->get_name() == word; });
                const CLI::App* command = here.empty() ? nullptr : here.front();
                if (command == nullptr) {
                    return message("command", word, commands);
                }
                path_.push_back(command);
            }
        }
        return std::nullopt;
    }

private:
    /// Options of a command's parents are its own, too.
    const CLI::Option* known_option(const std::string& name) const {
        for (const CLI::App* app : path_) {
            if (const CLI::Option* option = app->get_option_no_throw(name)) {
                return option;
            }
        }
        return nullptr;
    }

    std::vector<std::string> option_names() const {
        std::vector<std::string> names;
        for (const CLI::App* app : path_) {
            for (const CLI::Option* option : app->get_options({})) {
                for (const std::string& name : option->get_lnames()) {
                    if (std::find(names.begin(), names.end(), "--" + name) == names.end()) {
                        names.push_back("--" + name);
                    }
                }
            }
        }
        return names;
    }

    std::vector<std::string> command_names() const {
        std::vector<std::string> names;
        for (const CLI::App* command : path_.back()->get_subcommands({})) {
            if (!command->get_group().empty()) {
                names.push_back(command->get_name());
            }
        }
        return names;
    }

    /// The name that was probably meant: a near one, or the option that the word is the start of, such as
    /// --version of -v.
    std::optional<std::string> meant(const std::string& word, const std::vector<std::string>& names) const {
        if (const auto near = word.size() > 2 ? nearest(word, names) : std::nullopt) {
            return near;
        }
        const std::size_t letters = word.find_first_not_of('-');
        if (letters == std::string::npos) {
            return std::nullopt;
        }
        std::optional<std::string> only;
        for (const std::string& name : option_names()) {
            if (name.starts_with("--" + word.substr(letters)) && name != only) {
                if (only) {
                    return std::nullopt;
                }
                only = name;
            }
        }
        return only;
    }

    std::string message(const std::string& kind, const std::string& word,
                        const std::vector<std::string>& names) const {
        const std::optional<std::string> found = meant(word, names);
        return "unknown " + kind + " " + quote(word) + " (" +
               (found ? "did you mean " + quote(*found) + "?" : "allowed: " + join(names)) + ")";
    }

    std::vector<const CLI::App*> path_;
};

/// Says what is unknown in a command line that CLI11 refuses; nothing if it is refused for something else.
/// CLI11 itself looks for what is missing first, and names what is unknown last to first.
std::optional<std::string> unknown_word(const CLI::App& app, const CLI::ParseError& error, int argc,
                                        const char* const* argv) {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr &&
        dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) {
        return std::nullopt;
    }
    auto unknown = UnknownWord(app).find({argv + 1, argv + argc});
    if (!unknown && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        unknown = "too many arguments: " + join(app.remaining(true));
    }
    return unknown ? std::optional("cleave: error: " + *unknown + "\nRun with --help for more information.\n")
                   : std::nullopt;
}

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
        parsed.err = unknown_word(app, error, argc, argv).value_or(err.str());
    }
    return parsed;
}

}  // namespace cleave::cli
