// SPDX-License-Identifier: Apache-2.0
#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

/// Words an option takes, where its help lists them ("text|json"), else empty.
std::vector<std::string> words_of(const OptionHelp& option) {
    std::vector<std::string> words;
    std::string_view rest = option.value;
    if (rest.find('|') == std::string_view::npos) {
        return words;
    }
    while (true) {
        const std::size_t end = rest.find('|');
        words.emplace_back(rest.substr(0, end));
        if (end == std::string_view::npos) {
            return words;
        }
        rest.remove_prefix(end + 1);
    }
}

enum class Value { none, words, folder, file, text };

/// What to offer for an option's value. Names of values say what they are.
Value value_of(const OptionHelp& option) {
    static const std::vector<std::string> kFiles{"CSV", "FILE", "MODEL", "ONNX"};
    if (option.value.empty()) {
        return Value::none;
    }
    if (!words_of(option).empty()) {
        return Value::words;
    }
    if (option.value == "DIR") {
        return Value::folder;
    }
    return std::find(kFiles.begin(), kFiles.end(), option.value) != kFiles.end() ? Value::file : Value::text;
}

/// In single quotes for a shell.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

/// What bash's script says about one command: its words, and what its options take.
void add_bash_command(const CommandHelp& command, const std::vector<OptionHelp>& inherited,
                      std::string& below, std::string& words, std::string& values) {
    std::vector<OptionHelp> options = command.options;
    options.insert(options.end(), inherited.begin(), inherited.end());
    std::vector<std::string> names;
    std::vector<std::string> commands;
    for (const OptionHelp& option : options) {
        for (const std::string& name : option.names) {
            names.push_back(name);
        }
        const char* kind = "";
        switch (value_of(option)) {
            case Value::none: continue;
            case Value::words: break;
            case Value::folder: kind = "directories"; break;
            case Value::file: kind = "files"; break;
            case Value::text: kind = "nothing"; break;
        }
        std::vector<std::string> patterns;
        for (const std::string& name : option.names) {
            patterns.push_back(quoted(command.path + " " + name));
        }
        const std::string taken =
            *kind != '\0' ? kind : fmt::format("words {}", fmt::join(words_of(option), " "));
        values += fmt::format("    {}) _cleave_value={} ;;\n", fmt::join(patterns, " | "), quoted(taken));
    }
    for (const CommandHelp& child : command.commands) {
        commands.push_back(child.name);
        below += fmt::format("    {}) return 0 ;;\n", quoted(child.path));
    }
    words += fmt::format("    {}) options={} commands={} arguments={} ;;\n", quoted(command.path),
                         quoted(fmt::format("{}", fmt::join(names, " "))),
                         quoted(fmt::format("{}", fmt::join(commands, " "))),
                         command.arguments.empty() ? "no" : "yes");
    std::vector<OptionHelp> all = inherited_options(command);
    all.insert(all.end(), inherited.begin(), inherited.end());
    for (const CommandHelp& child : command.commands) {
        add_bash_command(child, all, below, words, values);
    }
}

/// An entry of zsh's _arguments: brackets and colons end its parts.
std::string zsh_text(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        result += special.find(c) != std::string_view::npos ? std::string("\\") + c : std::string(1, c);
    }
    return result;
}

std::string zsh_value(const OptionHelp& option) {
    const std::string name = zsh_text(option.value, ":\\");
    switch (value_of(option)) {
        case Value::none: return "";
        case Value::words: return fmt::format(":value:({})", fmt::join(words_of(option), " "));
        case Value::folder: return ":" + name + ":_files -/";
        case Value::file: return ":" + name + ":_files";
        case Value::text: return ":" + name + ": ";
    }
    return "";
}

std::string zsh_option(const OptionHelp& option) {
    const std::string about = "[" + zsh_text(option.about, "[]:\\") + "]" + zsh_value(option);
    const std::string group =
        option.count == OptionHelp::Count::many ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    std::string lines;
    for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        const std::string spec = option.value.empty() ? name : name + (is_long ? "=" : "+");
        lines += fmt::format("        {} \\\n", quoted(group + spec + about));
    }
    return lines;
}

std::string zsh_function_name(const std::string& path) {
    std::string name = "_" + path;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

void add_zsh_command(const CommandHelp& command, const std::vector<OptionHelp>& inherited,
                     std::string& text) {
    std::vector<OptionHelp> all = inherited_options(command);
    all.insert(all.end(), inherited.begin(), inherited.end());
    for (const CommandHelp& child : command.commands) {
        add_zsh_command(child, all, text);
    }
    text += fmt::format("{}() {{\n", zsh_function_name(command.path));
    text += "    local curcontext=$curcontext state line\n    typeset -A opt_args\n    _arguments -C -s \\\n";
    for (const OptionHelp& option : command.options) {
        text += zsh_option(option);
    }
    for (const OptionHelp& option : inherited) {
        text += zsh_option(option);
    }
    if (command.commands.empty()) {
        for (const OptionHelp& argument : command.arguments) {
            const bool many = argument.count == OptionHelp::Count::many;
            text +=
                fmt::format("        {} \\\n", quoted(fmt::format("{}:{}:_files", many ? "*" : "",
                                                                  zsh_text(argument.names.front(), ":\\"))));
        }
        text += "        && return 0\n}\n\n";
        return;
    }
    text += "        '1: :->command' '*:: :->rest' && return 0\n    case $state in\n    command)\n";
    text += "        local -a commands=(\n";
    for (const CommandHelp& child : command.commands) {
        text += fmt::format("            {}\n", quoted(zsh_text(child.name, ":\\") + ":" + child.about));
    }
    text += "        )\n        _describe -t commands command commands\n";
    text += command.arguments.empty() ? "        ;;\n" : "        _files\n        ;;\n";
    text += "    rest)\n        case $words[1] in\n";
    for (const CommandHelp& child : command.commands) {
        text += fmt::format("        {}) {} ;;\n", quoted(child.name), zsh_function_name(child.path));
    }
    text += command.arguments.empty() ? "" : "        *) _files ;;\n";
    text += "        esac\n        ;;\n    esac\n}\n\n";
}

}  // namespace

std::string bash_completion(const CommandHelp& root) {
    std::string below;
    std::string words;
    std::string values;
    add_bash_command(root, {}, below, words, values);
    return R"(# shellcheck shell=bash
# Completion of cleave for bash; made from the program's own options.

# Whether $1, a command with its path, is one.
_cleave_is_command() {
    case $1 in
)" + below +
           R"(    esac
    return 1
}

# Sets _cleave_value to what option $2 of command $1 takes; empty for a flag.
_cleave_find_value() {
    _cleave_value=
    case "$1 $2" in
)" + values +
           R"(    esac
}

_cleave_offer() {
    mapfile -t COMPREPLY < <(compgen "$@")
}

_cleave() {
    local current=${COMP_WORDS[COMP_CWORD]} path=cleave option='' word _cleave_value
    local options='' commands='' arguments=no
    local -i i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $option ]]; then # its value; bash makes words of --name, = and value
            [[ $word == '=' ]] || option=
        elif [[ $word == -* ]]; then
            _cleave_find_value "$path" "$word"
            [[ -z $_cleave_value ]] || option=$word
        elif _cleave_is_command "$path $word"; then
            path+=" $word"
        fi
    done
    [[ $current != '=' ]] || current=
    if [[ -n $option ]]; then
        _cleave_find_value "$path" "$option"
        case $_cleave_value in
        words*) _cleave_offer -W "${_cleave_value#words }" -- "$current" ;;
        directories)
            compopt -o filenames 2>/dev/null
            _cleave_offer -d -- "$current"
            ;;
        files)
            compopt -o filenames 2>/dev/null
            _cleave_offer -f -- "$current"
            ;;
        esac
        return 0
    fi
    case $path in
)" + words +
           R"(    esac
    if [[ $current == -* ]]; then
        _cleave_offer -W "$options" -- "$current"
    elif [[ $arguments == yes ]]; then
        compopt -o filenames 2>/dev/null
        _cleave_offer -f -W "$commands" -- "$current"
    else
        _cleave_offer -W "$commands" -- "$current"
    fi
}

complete -F _cleave cleave
)";
}

std::string zsh_completion(const CommandHelp& root) {
    std::string functions;
    add_zsh_command(root, {}, functions);
    return "#compdef cleave\n# Completion of cleave for zsh; made from the program's own options.\n\n" +
           functions + "_cleave \"$@\"\n";
}

}  // namespace cleave::cli
