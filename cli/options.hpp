// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "terminal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave::cli {

struct ExploreOptions {
    std::string config;
    std::string output = "out";
    std::vector<std::string> overrides;
    std::vector<std::string> input_shapes;
    /// ONNX model; empty: the network's own weights, if it has any.
    std::string weights;
    /// Platforms to draw within the models' errors; 0: none.
    std::size_t uncertainty = 0;
    /// Search again with other limits.
    bool explain = false;
    bool readings = false;
    /// Conditions that the front has to meet.
    std::vector<std::string> require;
};

/// `compare`: two fronts.
struct CompareOptions {
    enum class Format { text, json, markdown };
    std::string old_front;
    std::string new_front;
    /// Conditions that must not hold.
    std::vector<std::string> fail_if;
    Format format = Format::text;
    enum class Networks { same, any } networks = Networks::same;
};

/// `docs`: files made from the options themselves.
struct DocsOptions {
    enum class Kind { man, bash, zsh } kind = Kind::man;
    std::string output;
};

struct EvaluateOptions {
    std::string config;
    std::string mapping;
    std::string output;
    std::vector<std::string> overrides;
    std::vector<std::string> input_shapes;
    /// As of `explore`.
    std::string weights;
    bool json = false;
};

struct DeployOptions {
    std::string front;
    /// An identifier, or min-latency, min-energy, knee.
    std::string point;
    /// Empty: random weights.
    std::string model;
    /// Empty: noise.
    std::string samples;
    std::uint64_t seed = 1;
    std::string output = "bundle";
    /// Set: with circuits, or without. Otherwise with those that there are.
    bool rtl = false;
    bool no_rtl = false;
};

struct VerifyOptions {
    std::string bundle;
    /// Empty: weights of the seed that the bundle names.
    std::string model;
    std::uint64_t inputs = 4;
    std::uint64_t seed = 1;
    double max_error = 1e-5;
    std::optional<double> min_sqnr;
    bool json = false;
};

/// `compare-run`: a bundle's steps as predicted and as measured.
struct CompareRunOptions {
    std::string bundle;
    /// measured.json.
    std::string measured;
    /// Folder for rows that `calibrate` reads; empty: none.
    std::string rows;
    bool json = false;
};

struct ReportOptions {
    std::string front;
    /// A bundle of one of the front's points and its measured.json; empty: none.
    std::string bundle;
    std::string measured;
    /// The HTML file; empty: report.html unless plots or text alone are asked for.
    std::string output;
    /// Folder for plots; empty: none.
    std::string svg;
    /// Of the plots.
    std::string point = "knee";
    bool text = false;
};

struct NetworkListOptions {
    bool json = false;
};

struct NetworkShowOptions {
    /// With `fpga`, a configuration too.
    std::string network;
    std::vector<std::string> input_shapes;
    /// Show what each layer could be on the FPGA.
    bool fpga = false;
    /// Of the configuration, with `fpga`.
    std::vector<std::string> overrides;
    bool json = false;
};

struct NetworkCheckOptions {
    std::vector<std::string> files;
    std::vector<std::string> input_shapes;
};

struct NetworkRowsOptions {
    std::vector<std::string> networks;
    std::string output;
    std::vector<std::string> input_shapes;
};
/// Has none.
struct NetworkOperatorsOptions {};

struct NetworkImportOptions {
    std::string model;
    std::string output;
    std::vector<std::string> input_shapes;
};

/// `network export`: an ONNX model with seeded weights.
struct NetworkExportOptions {
    std::string network;
    std::string output;
    std::vector<std::string> input_shapes;
    std::uint64_t seed = 1;
};

struct PlatformListOptions {
    bool json = false;
};

struct PlatformShowOptions {
    std::string model;
    bool json = false;
};

/// `calibrate gpu|fpga|link`: fits a model to measurements.
struct CalibrateOptions {
    enum class Kind { gpu, fpga, link } kind = Kind::gpu;
    /// GPU: workloads and, if given, single kernels. FPGA and link: one file.
    std::vector<std::string> data;
    /// GPU: layers of the workloads, in one file or several.
    std::vector<std::string> layers;
    std::string base;
    std::string output;
    /// What the model says of itself; empty: the name of a new output file, else as the base does.
    std::string name;
    std::string description;
    /// FPGA: what the designs' figures come from; empty: not known.
    std::string tool;
    std::string power_method;
    /// FPGA: the implementation that is fitted to synthesised modules; empty: one that designs of others are
    /// fitted to.
    std::string form;
};

/// `calibrate --check`: scores a model on measurements.
struct CheckOptions {
    std::string model;
    std::vector<std::string> data;
    std::string implementation = "dhm-2021";
    bool json = false;
};

/// `measurements SOURCE`: rows for `calibrate` from reports of other tools. Options that a source does not
/// have are empty.
struct MeasurementsOptions {
    /// The tool, as the library calls it.
    std::string source;
    std::vector<std::string> files;
    std::string output;
    /// A table whose rows go before the new ones; empty: none.
    std::string add_to;
    std::string model;
    std::vector<std::string> input_shapes;
    std::string workload;
    /// Inferences; 0: not told.
    std::int64_t runs = 0;
    std::string rail;
    /// A time; empty: not told.
    std::string interval;
    bool all_samples = false;
    bool host_times = false;
    std::string layer;
    std::string shapes;
    bool by_entity = false;
    std::string clock;
    /// A time; empty: as the reports say.
    std::string clock_period;
    bool json = false;
};

struct SweepOptions {
    std::string sweep;
    /// Empty: out/ and the sweep's name.
    std::string output;
    std::vector<std::string> overrides;
    /// "I/N"; empty: as the environment of an array job says, else the whole sweep.
    std::string shard;
    /// Cases at a time; 0: as many as the machine has processors.
    unsigned jobs = 0;
};

struct MergeOptions {
    std::vector<std::string> folders;
    std::string output;
};

using Command =
    std::variant<ExploreOptions, CompareOptions, DocsOptions, EvaluateOptions, DeployOptions, VerifyOptions,
                 CompareRunOptions, ReportOptions, NetworkListOptions, NetworkShowOptions,
                 NetworkCheckOptions, NetworkRowsOptions, NetworkOperatorsOptions, NetworkImportOptions,
                 NetworkExportOptions, PlatformListOptions, PlatformShowOptions, CalibrateOptions,
                 CheckOptions, MeasurementsOptions, SweepOptions, MergeOptions>;

struct Options {
    Command command;
    bool quiet = false;
    /// `never` if quiet.
    ColorMode color = ColorMode::automatic;
    std::vector<std::string> data_dirs;
};

/// What the command line asks for, or, if it asks for nothing to be run (help, version, a mistake), what to
/// print and the exit status.
struct Parsed {
    std::optional<Options> options;
    std::string out;
    std::string err;
    int status = 0;
};

[[nodiscard]] Parsed parse(int argc, const char* const* argv);

/// An option or argument of a command, as its help has it.
struct OptionHelp {
    /// "--output", "-o"; of an argument its name alone.
    std::vector<std::string> names;
    /// What it takes: "DIR", "text|json"; empty for a flag.
    std::string value;
    std::string about;
    std::string default_value;
    enum class Need { required, optional } need = Need::optional;
    enum class Count { once, many } count = Count::once;
};

/// A command with what it takes. Options of the commands above it may follow it, too.
struct CommandHelp {
    /// "cleave network show": the whole way to it.
    std::string path;
    std::string name;
    std::string about;
    /// Examples and exit status.
    std::string footer;
    std::vector<OptionHelp> options;
    std::vector<OptionHelp> arguments;
    std::vector<CommandHelp> commands;
};

/// The command's options that those below it take as well: all but --help and --version.
[[nodiscard]] std::vector<OptionHelp> inherited_options(const CommandHelp& command);

/// All commands with their options, from the parser itself; hidden commands are left out.
[[nodiscard]] CommandHelp describe_commands();

}  // namespace cleave::cli
