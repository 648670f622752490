// SPDX-License-Identifier: Apache-2.0
#include "man_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

namespace cleave::cli {
namespace {

/// Text in which nothing means anything to roff; hyphens as they are typed.
std::string roff(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool at_start = result.empty() || result.back() == '\n';
        if (at_start && (c == '.' || c == '\'')) {
            result += "\\&";
        }
        switch (c) {
            case '\\': result += "\\e"; break;
            case '-': result += "\\-"; break;
            case '\'': result += "\\(aq"; break;
            case '`': result += "\\(ga"; break;
            case '^': result += "\\(ha"; break;
            case '~': result += "\\(ti"; break;
            default: result += c;
        }
    }
    return result;
}

std::string page_name(const std::string& path) {
    std::string name = path;
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
    return text;
}

std::string option_entry(const OptionHelp& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.names) {
        names.push_back("\\fB" + roff(name) + "\\fR");
    }
    std::string entry = ".TP\n" + fmt::format("{}", fmt::join(names, ", "));
    if (!option.value.empty() && option.names.front().starts_with("-")) {
        entry += " \\fI" + roff(option.value) + "\\fR";
    }
    entry += "\n" + roff(option.about) + "\n";
    if (!option.default_value.empty()) {
        entry += ".br\nDefault: " + roff(option.default_value) + ".\n";
    }
    return entry;
}

std::string synopsis(const CommandHelp& command) {
    std::string line = ".B " + roff(command.path) + "\n[\\fIoptions\\fR]\n";
    for (const OptionHelp& argument : command.arguments) {
        const std::string name = "\\fI" + roff(argument.names.front()) + "\\fR" +
                                 (argument.count == OptionHelp::Count::many ? " ..." : "");
        line += argument.need == OptionHelp::Need::required ? name + "\n" : "[" + name + "]\n";
    }
    return line + (command.commands.empty() ? "" : "\\fIcommand\\fR ...\n");
}

/// The footer's lines "Example: ...", "Exit status: ..." as sections; lines that begin with a space continue
/// the one before.
std::string footer_sections(const std::string& footer) {
    std::string examples;
    std::string statuses;
    std::string notes;
    std::string* section = &notes;
    std::istringstream lines(footer);
    for (std::string line; std::getline(lines, line);) {
        section = line.starts_with(" ") ? section : &notes;
        for (const auto& [prefix, target] :
             {std::pair("Examples: ", &examples), std::pair("Example: ", &examples),
              std::pair("Exit status: ", &statuses)}) {
            if (line.starts_with(prefix)) {
                section = target;
                line.erase(0, std::string(prefix).size());
            }
        }
        line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
        *section += roff(line) + "\n";
    }
    return (examples.empty() ? "" : ".SH EXAMPLES\n.nf\n" + examples + ".fi\n") +
           (statuses.empty() ? "" : ".SH EXIT STATUS\n" + statuses) +
           (notes.empty() ? "" : ".SH NOTES\n" + notes);
}

struct Pages {
    std::string version;
    std::vector<std::pair<std::string, std::string>> files;

    void add(const CommandHelp& command, std::vector<OptionHelp> inherited) {
        const std::string name = page_name(command.path);
        // Without a date, so that the same sources give the same pages.
        std::string text = fmt::format(".TH \"{}\" \"1\" \"\" \"cleave {}\" \"User Commands\"\n",
                                       roff(upper(name)), roff(version));
        text += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(command.about));
        text += ".SH SYNOPSIS\n" + synopsis(command);
        text += ".SH DESCRIPTION\n" + roff(command.about) + "\n";
        if (!command.arguments.empty()) {
            text += ".SH ARGUMENTS\n";
            for (const OptionHelp& argument : command.arguments) {
                text += option_entry(argument);
            }
        }
        if (!command.commands.empty()) {
            text += ".SH COMMANDS\n";
            for (const CommandHelp& below : command.commands) {
                text +=
                    fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", roff(page_name(below.path)), roff(below.about));
            }
        }
        text += ".SH OPTIONS\n";
        for (const OptionHelp& option : command.options) {
            text += option_entry(option);
        }
        for (const OptionHelp& option : inherited) {
            text += option_entry(option);
        }
        text += footer_sections(command.footer);
        if (const std::size_t end = command.path.rfind(' '); end != std::string::npos) {
            text +=
                fmt::format(".SH SEE ALSO\n\\fB{}\\fR(1)\n", roff(page_name(command.path.substr(0, end))));
        }
        files.emplace_back(name + ".1", std::move(text));
        std::vector<OptionHelp> all = inherited_options(command);
        all.insert(all.end(), inherited.begin(), inherited.end());
        for (const CommandHelp& below : command.commands) {
            add(below, all);
        }
    }
};

}  // namespace

std::vector<std::pair<std::string, std::string>> man_pages(const CommandHelp& root,
                                                           const std::string& version) {
    Pages pages{version, {}};
    pages.add(root, {});
    return std::move(pages.files);
}

}  // namespace cleave::cli
