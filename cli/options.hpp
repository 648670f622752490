// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave::cli {

struct ExploreOptions {
    std::string config;
    std::string output = "out";
    std::vector<std::string> overrides;
};

struct EvaluateOptions {
    std::string config;
    std::string mapping;
    std::string output;
    std::vector<std::string> overrides;
    bool json = false;
};

struct NetworkListOptions {
    bool json = false;
};

struct NetworkShowOptions {
    std::string network;
    bool json = false;
};

struct NetworkCheckOptions {
    std::vector<std::string> files;
};

struct PlatformListOptions {
    bool json = false;
};

struct PlatformShowOptions {
    std::string model;
    bool json = false;
};

using Command = std::variant<ExploreOptions, EvaluateOptions, NetworkListOptions, NetworkShowOptions,
                             NetworkCheckOptions, PlatformListOptions, PlatformShowOptions>;

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
