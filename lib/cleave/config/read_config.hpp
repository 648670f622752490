// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"
#include "cleave/search/request.hpp"
#include "cleave/text/overrides.hpp"
#include "cleave/text/yaml_file.hpp"

#include <string>
#include <vector>

namespace cleave {

/// What an exploration's configuration file is read with.
struct ConfigOptions {
    /// Folders that hold network_specs/ and cost_models/, in the order in which bare names are looked up.
    std::vector<std::string> data_dirs;
    /// `key.path=VALUE`, applied in order.
    std::vector<std::string> overrides;
    /// `NAME=1,C,H,W`: shapes of an ONNX model's inputs, besides those of the configuration.
    std::vector<std::string> input_shapes{};
    /// Values from another file, applied after the overrides.
    std::vector<Setting> settings{};
    /// File with the network's weights, in place of the one that the configuration names.
    std::string weights{};
};

/// Files that repeat an exploration when they lie in one folder, as config.yaml and what it names:
/// network.yaml, gpu.yaml, fpga.yaml, link.yaml and, where weights are known, logic.json. Overrides are
/// applied; the number of threads, which changes no result, is left out.
struct ExploreInputs {
    std::string config;
    std::string network;
    std::string gpu;
    std::string fpga;
    std::string link;
    /// Empty where weights are not known.
    std::string logic;
};

/// One exploration, with the identity of everything that it was read from.
struct ExploreConfig {
    ExploreRequest request;
    ModelSheet gpu;
    ModelSheet fpga;
    ModelSheet link;
    /// SHA-256 of the configuration file's bytes followed by one line ("key.path=VALUE\n") for each override
    /// but that of the number of threads, one ("input_shape=NAME=1,C,H,W\n") for each input shape, and one
    /// for each setting.
    std::string config_sha256;
    std::string network_sha256;
    ExploreInputs inputs;
    /// What the import of an ONNX model has to say.
    std::vector<std::string> warnings;
    /// The weights that request.weights was counted from; nothing if it was read as it is.
    std::optional<Parameters> parameters;
};

/// Reads a configuration (docs/schema/config.schema.json) and the files that it names. An ONNX model in place
/// of a configuration is explored on the default platform: what the configurations that ship have.
/// @throws InputError with the faults of all of them.
[[nodiscard]] ExploreConfig load_explore_config(const std::string& file_name, const ConfigOptions& options);

/// The same of a network, a spec or an ONNX model, on the default platform.
/// @throws InputError
[[nodiscard]] ExploreConfig load_on_default_platform(const std::string& network_file,
                                                     const ConfigOptions& options);

}  // namespace cleave
