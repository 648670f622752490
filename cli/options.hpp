// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    /// Platforms to draw within the models' errors; 0: none.
    std::size_t uncertainty = 0;
};

struct EvaluateOptions {
    std::string config;
    std::string mapping;
    std::string output;
    std::vector<std::string> overrides;
    std::vector<std::string> input_shapes;
    bool json = false;
};

struct DeployOptions {
    std::string front;
    /// An identifier, or min-latency, min-energy, knee.
    std::string point;
    /// Empty: random weights.
    std::string model;
    /// Empty: noise.
    std::string calibration;
    std::uint64_t seed = 1;
    std::string output = "bundle";
};

struct ReportOptions {
    std::string front;
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
    std::string network;
    std::vector<std::string> input_shapes;
    bool json = false;
};

struct NetworkCheckOptions {
    std::vector<std::string> files;
    std::vector<std::string> input_shapes;
};

struct NetworkImportOptions {
    std::string model;
    std::string output;
    std::vector<std::string> input_shapes;
};

/// `network export`: an ONNX model with seeded weights.
struct NetworkExportOptions {
    std::string network;
    std::string output;
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
    /// GPU: workloads, layers and, if given, single kernels. FPGA and link: one file.
    std::vector<std::string> data;
    std::string base;
    std::string output;
};

/// `calibrate --check`: scores a model on measurements.
struct CheckOptions {
    std::string model;
    std::vector<std::string> data;
    std::string implementation = "dhm-2021";
    bool json = false;
};

using Command =
    std::variant<ExploreOptions, EvaluateOptions, DeployOptions, ReportOptions, NetworkListOptions,
                 NetworkShowOptions, NetworkCheckOptions, NetworkImportOptions, NetworkExportOptions,
                 PlatformListOptions, PlatformShowOptions, CalibrateOptions, CheckOptions>;

struct Options {
    Command command;
    bool quiet = false;
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

}  // namespace cleave::cli
