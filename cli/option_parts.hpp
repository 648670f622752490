// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave::cli {

// What commands' options are put together from.

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

/// `--set`
CLI::Option* add_set(CLI::App* command, std::vector<std::string>& overrides);
/// `--input-shape`
void add_input_shape(CLI::App* command, std::vector<std::string>& shapes);
/// `--weights`
void add_weights(CLI::App* command, std::string& weights);
/// `--json`
void add_json(CLI::App* command, bool& json);
/// An option that takes conditions, each of which may be given on its own.
void add_conditions(CLI::App* command, const std::string& name, std::vector<std::string>& conditions,
                    const std::string& about);

// Commands by subject, each with its options; `chosen` gets those of the command that is used.

/// deploy, verify, compare-run
void add_bundle_commands(CLI::App& app, std::optional<Command>& chosen);
/// measurements
void add_measurements_commands(CLI::App& app, std::optional<Command>& chosen);
/// network, platform, calibrate
void add_model_commands(CLI::App& app, std::optional<Command>& chosen);

}  // namespace cleave::cli
