// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_config.hpp"

#include "cleave/config/default_config.hpp"
#include "cleave/config/platform_fields.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/config/read_set.hpp"
#include "cleave/config/read_weights.hpp"
#include "cleave/config/resolved_config.hpp"
#include "cleave/config/search_fields.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/overrides.hpp"
#include "cleave/text/write_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// What the file that is read is: a configuration, or a network to explore on the default platform.
enum class Root { config, network };

enum class Objective { latency, energy, interval, alm };

std::optional<ThirdObjective> third_of(Objective objective) {
    switch (objective) {
        case Objective::latency:
        case Objective::energy: return std::nullopt;
        case Objective::interval: return ThirdObjective::interval;
        case Objective::alm: return ThirdObjective::alm;
    }
    return std::nullopt;
}

/// Whether a YAML file is of the format that starts with this key; false for what cannot be read.
bool has_key(const std::string& file_name, const std::string& key) {
    FaultList unreadable;
    const std::optional<std::string> text = read_file(file_name, std::nullopt, unreadable);
    return text && (text->starts_with(key + ":") || text->find("\n" + key + ":") != std::string::npos);
}

/// A network spec or an ONNX model, where a configuration may stand as well.
bool is_network(const std::string& file_name) {
    return is_onnx_file(file_name) ||
           (has_key(file_name, "cleave_network") && !has_key(file_name, "cleave_config"));
}

class ConfigReader {
public:
    ConfigReader(std::string file_name, Root kind, const ConfigOptions& options, FaultList& faults)
        : file_name_(std::move(file_name)), kind_(kind), options_(options), faults_(faults) {}

    /// Nothing if there was a fault.
    std::optional<ExploreConfig> read(const Node& root) {
        Fields fields(root, faults_);
        if (!check_version(fields, "cleave_config")) {
            return std::nullopt;
        }
        const std::optional<Field> network = fields.require("network");
        const std::vector<InputShape> shapes = read_input_shapes(fields.find("input_shape"));
        if (network) {
            if (const auto path = locate(*network, "network_specs", "cleave_network", "network")) {
                network_ = read_network_file(*path, reference_to_network(*network), faults_, shapes);
            }
        }
        if (const auto field = fields.require("gpu")) {
            read_gpu(*field);
        }
        if (const auto field = fields.require("fpga")) {
            read_fpga(*field);
        }
        if (const auto field = fields.require("link")) {
            read_link(*field);
        }
        const auto baseline = fields.find("baseline");
        parts_.read_energy(fields.find("energy"), baseline);
        parts_.read_resources(fields.find("resources"));
        search_.read_space(fields.find("space"));
        if (const auto field = fields.find("objectives")) {
            read_objectives(*field);
        }
        search_.read_constraints(fields.find("constraints"));
        check_fit_probability();
        search_.read_search(fields.find("search"));
        search_.read_verdict(fields.find("verdict"));
        read_weights(fields.find("weights"));
        fields.done();
        return faults_.empty() ? std::optional(assemble()) : std::nullopt;
    }

private:
    static Reference reference(const Field& field) { return {field.node().place, field.path()}; }

    /// Names of the files of one format (that start with its key) that bare names can stand for.
    [[nodiscard]] std::vector<std::string> available(const std::string& folder,
                                                     const std::string& key) const {
        std::set<std::string> names;
        for (const std::string& dir : options_.data_dirs) {
            std::error_code error;
            for (fs::directory_iterator it(fs::path(dir) / folder, error), end; !error && it != end;
                 it.increment(error)) {
                if (it->path().extension() == ".yaml" && has_key(it->path().string(), key)) {
                    names.insert(it->path().stem().string());
                }
            }
        }
        return {names.begin(), names.end()};
    }

    /// Folder that a relative path starts from: that of the file in which it is written; for one from the
    /// shell, that of the configuration.
    [[nodiscard]] fs::path folder_of(const Field& field) const {
        const bool setting =
            std::any_of(options_.settings.begin(), options_.settings.end(),
                        [&](const Setting& s) { return s.value.place.file == field.node().place.file; });
        return fs::path(setting ? *field.node().place.file : file_name_).parent_path();
    }

    /// Path of the file that a field names: a path relative to the configuration, or a bare name in a data
    /// folder.
    std::optional<std::string> locate(const Field& field, const std::string& folder, const std::string& key,
                                      const std::string& what) {
        const std::optional<std::string> text = field.string();
        if (!text) {
            return std::nullopt;
        }
        const bool is_path = text->find('/') != std::string::npos || text->ends_with(".yaml");
        if (is_path || (folder == "network_specs" && is_onnx_file(*text))) {
            return (folder_of(field) / *text).string();
        }
        for (const std::string& dir : options_.data_dirs) {
            const fs::path path = fs::path(dir) / folder / (*text + ".yaml");
            std::error_code error;
            if (fs::exists(path, error)) {
                return path.string();
            }
        }
        const std::vector<std::string> names = available(folder, key);
        field.fault(
            fmt::format("unknown {} {} {}", what, quote(*text),
                        hint(*text, names,
                             folder == "network_specs" ? "a path that ends in .yaml or .onnx, or one of"
                                                       : "a path that ends in .yaml, or one of")));
        return std::nullopt;
    }

    /// Nothing where the file to explore is the network itself: then no text of the user's names it.
    [[nodiscard]] std::optional<Reference> reference_to_network(const Field& field) const {
        const bool itself = kind_ == Root::network && *field.node().place.file == file_name_;
        return itself ? std::nullopt : std::optional(reference(field));
    }

    std::vector<InputShape> read_input_shapes(const std::optional<Field>& field) {
        std::vector<InputShape> shapes = parse_input_shapes(options_.input_shapes, faults_);
        const auto text = field ? field->string() : std::nullopt;
        if (auto shape = text ? parse_input_shape(*text, reference(*field), faults_) : std::nullopt) {
            const bool replaced = std::any_of(shapes.begin(), shapes.end(), [&](const InputShape& other) {
                return other.input == shape->input;
            });
            if (!replaced) {
                shapes.push_back(std::move(*shape));
            }
        }
        return shapes;
    }

    void read_gpu(const Field& field) {
        Fields fields(field);
        if (const auto model = fields.require("model")) {
            if (const auto path = locate(*model, "cost_models", "cleave_gpu", "GPU model")) {
                parts_.gpu = read_gpu_model_file(*path, reference(*model), faults_);
            }
        }
        parts_.read_gpu(fields);
    }

    void read_fpga(const Field& field) {
        Fields fields(field);
        if (const auto model = fields.require("model")) {
            if (const auto path = locate(*model, "cost_models", "cleave_fpga", "FPGA model")) {
                parts_.fpga = read_fpga_model_file(*path, reference(*model), faults_);
            }
        }
        parts_.read_fpga(fields, Settings::with_defaults);
    }

    void read_link(const Field& field) {
        Fields fields(field);
        if (const auto model = fields.require("model")) {
            if (const auto path = locate(*model, "cost_models", "cleave_link", "link model")) {
                parts_.link = read_link_model_file(*path, reference(*model), faults_);
            }
        }
        LinkModel unused;
        LinkModel& link = parts_.link ? parts_.link->model : unused;
        if (const auto entry = fields.find("bandwidth")) {
            link.to_fpga.bandwidth = link.to_gpu.bandwidth =
                entry->quantity<BytesPerSecond>().value_or(BytesPerSecond(1));
        }
        if (const auto entry = fields.find("overhead")) {
            link.to_fpga.overhead = link.to_gpu.overhead =
                entry->quantity<Seconds>(Zero::allowed).value_or(Seconds());
        }
        if (const auto entry = fields.find("floor")) {
            link.to_fpga.floor = link.to_gpu.floor =
                entry->quantity<Seconds>(Zero::allowed).value_or(Seconds());
        }
        if (const auto entry = fields.find("sync")) {
            link.to_fpga.sync = link.to_gpu.sync =
                entry->quantity<Seconds>(Zero::allowed).value_or(Seconds());
        }
        if (const auto entry = fields.find("energy")) {
            link.energy = entry->quantity<JoulesPerByte>(Zero::allowed).value_or(JoulesPerByte());
        }
        parts_.read_hand_over(fields);
        fields.done();
    }

    void read_objectives(const Field& field) {
        const std::set<Objective> objectives = read_set<Objective>(field,
                                                                   {{"latency", Objective::latency},
                                                                    {"energy", Objective::energy},
                                                                    {"interval", Objective::interval},
                                                                    {"alm", Objective::alm}},
                                                                   "objective", "objectives");
        if (!field.is(NodeKind::sequence) || objectives.size() < field.node().children.size()) {
            return;
        }
        std::vector<ThirdObjective> thirds;
        for (const Objective objective : objectives) {
            if (const auto third = third_of(objective)) {
                thirds.push_back(*third);
            }
        }
        if (objectives.size() - thirds.size() < 2) {
            field.fault("needs both latency and energy (written as [latency, energy])");
        } else if (thirds.size() > 1) {
            field.fault("takes one of interval and alm besides latency and energy");
        } else if (!thirds.empty()) {
            search_.space.third = thirds.front();
            check_third(field);
        }
    }

    /// What a third objective needs; read after platform and resources.
    void check_third(const Field& field) {
        if (parts_.resource_scope == ResourceScope::module) {
            field.fault("a third objective needs resources.scope network");
        }
        if (search_.space.third == ThirdObjective::alm && parts_.fpga &&
            !parts_.fpga->model.implementations[parts_.implementations.front()].form.adds_up()) {
            std::vector<std::string> names;
            for (const Implementation& one : parts_.fpga->model.implementations) {
                if (one.form.adds_up()) {
                    names.push_back(one.name);
                }
            }
            field.fault(names.size() == 1
                            ? fmt::format("alm needs fpga.implementation {}, the one whose ALMs add up",
                                          names.front())
                            : fmt::format("alm needs an fpga.implementation whose ALMs add up ({})",
                                          names.empty() ? "the model has none" : join(names)));
        }
    }

    /// What it needs of the FPGA's model.
    void check_fit_probability() {
        if (!search_.fit_probability_field || !parts_.fpga) {
            return;
        }
        const auto& all = parts_.fpga->model.implementations;
        bool known = false;
        bool adds_up = true;
        for (const std::size_t i : parts_.implementations) {
            known = known || all[i].spread.alm > 0 || all[i].spread.m20k > 0;
            adds_up = adds_up && all[i].form.adds_up();
        }
        if (!known || !adds_up) {
            search_.fit_probability_field->fault(
                known ? "needs implementations whose ALMs add up, which dhm-2021's do not"
                      : "needs spreads of logic or memory, which the FPGA model does not have");
        }
    }

    /// Weights that costs depend on: those of a file that is named, or the network's own.
    void read_weights(const std::optional<Field>& field) {
        const auto path = field ? field->string() : std::nullopt;
        if (!network_ || !parts_.fpga || (field && !path)) {
            return;
        }
        WeightsWanted wanted{options_.weights, std::nullopt, search_.pick, search_.pick_field, false};
        if (wanted.file.empty() && path) {
            wanted.file = *path == kAssumedWeights ? *path : (folder_of(*field) / *path).string();
            wanted.reference = reference(*field);
        }
        const auto& all = parts_.fpga->model.implementations;
        wanted.count = std::any_of(parts_.implementations.begin(), parts_.implementations.end(),
                                   [&](std::size_t i) { return all[i].form.assumed_weights().has_value(); });
        weights_ = find_weights(wanted, *network_, faults_);
    }

    ExploreConfig assemble() {
        Platform platform = parts_.assemble();
        count_logic(weights_, network_->network, search_.pick);
        ExploreRequest request{std::move(network_->network), std::move(platform), search_.space,
                               search_.constraints,          search_.limits,      search_.min_gain};
        request.weights = std::move(weights_.logic);
        return {std::move(request),
                std::move(parts_.gpu->sheet),
                std::move(parts_.fpga->sheet),
                std::move(parts_.link->sheet),
                "",
                std::move(network_->sha256),
                {"", std::move(network_->spec), std::move(parts_.gpu->bytes), std::move(parts_.fpga->bytes),
                 std::move(parts_.link->bytes), std::move(weights_.logic_bytes)},
                std::move(network_->warnings),
                weights_.model ? std::optional(std::move(weights_.model->parameters)) : std::nullopt};
    }

    std::string file_name_;
    Root kind_;
    const ConfigOptions& options_;
    FaultList& faults_;
    std::optional<NetworkFile> network_;
    PlatformParts parts_;
    SearchFields search_;
    KnownWeightsFile weights_;
};

ExploreConfig load(const std::string& file_name, Root kind, const ConfigOptions& options) {
    FaultList faults;
    std::optional<ExploreConfig> config;
    if (std::optional<YamlFile> file = kind == Root::network
                                           ? default_config(file_name, faults)
                                           : read_yaml_file(file_name, std::nullopt, faults)) {
        std::string identity = file->bytes;
        for (const std::string& text : options.overrides) {
            apply_override(file->root, text, faults);
            // Results never depend on the number of threads.
            identity += text.starts_with("search.threads=") ? "" : text + "\n";
        }
        for (const Setting& setting : options.settings) {
            set_value(file->root, setting.key, setting.value, faults);
            identity += setting.key.text + "=" + setting.text + "\n";
        }
        for (const std::string& text : options.input_shapes) {
            identity += "input_shape=" + text + "\n";
        }
        config = ConfigReader(file_name, kind, options, faults).read(file->root);
        if (config) {
            config->config_sha256 = sha256(identity);
            config->inputs.config = resolved_config(std::move(file->root), !config->inputs.logic.empty());
        }
    }
    faults.throw_if_any();
    return std::move(*config);
}

}  // namespace

ExploreConfig load_explore_config(const std::string& file_name, const ConfigOptions& options) {
    return load(file_name, is_network(file_name) ? Root::network : Root::config, options);
}

ExploreConfig load_on_default_platform(const std::string& network_file, const ConfigOptions& options) {
    return load(network_file, Root::network, options);
}

}  // namespace cleave
