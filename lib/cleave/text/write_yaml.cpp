// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/write_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace cleave {
namespace {

constexpr std::size_t kWidth = 118;

bool is_simple(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '%' || c == '+' || c == '-' || c == ' ' || c == '(' || c == ')' ||
           c == '^' || c == '=' || c == ';' || c == '\'' || c == '*';
}

/// Text that can stand without quotes inside braces as well. What was quoted stays quoted if it looks like a
/// number or a word of YAML's own.
bool is_plain(const Node& node) {
    const std::string& t = node.text;
    if (t.empty() || t.front() == ' ' || t.back() == ' ' || !std::all_of(t.begin(), t.end(), is_simple)) {
        return false;
    }
    static const std::set<std::string> kWords{"true", "false", "null", "yes", "no", "on", "off"};
    const bool letter = (t.front() >= 'a' && t.front() <= 'z') || (t.front() >= 'A' && t.front() <= 'Z');
    const bool number = t.front() >= '0' && t.front() <= '9';
    const bool sign = t.size() > 1 && (t.front() == '-' || t.front() == '+' || t.front() == '.') &&
                      ((t[1] >= '0' && t[1] <= '9') || t[1] == '.');
    return (letter || ((number || sign) && !node.quoted)) && (kWords.count(t) == 0 || !node.quoted);
}

std::string double_quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += std::string("\\") + c;
        } else if (code < 0x20 || code == 0x7f) {
            result += fmt::format("\\x{:02x}", code);
        } else {
            result += c;
        }
    }
    return result + "\"";
}

std::string scalar(const Node& node) {
    if (node.kind == NodeKind::null) {
        return "null";
    }
    return is_plain(node) ? node.text : double_quoted(node.text);
}

std::string key_text(const Key& key) {
    static const std::set<std::string> kWords{"true", "false", "null", "yes", "no", "on", "off"};
    const auto is_safe = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const std::string& t = key.text;
    const bool plain = !t.empty() && is_safe(t.front()) && kWords.count(t) == 0 &&
                       std::all_of(t.begin(), t.end(),
                                   [&](char c) { return is_safe(c) || c == '-' || c == '.' || c == '/'; });
    return plain ? t : double_quoted(t);
}

bool is_leaf(const Node& node) { return node.kind == NodeKind::scalar || node.kind == NodeKind::null; }

/// The node on one line; empty if it does not go on one.
std::string one_line(const Node& node, std::size_t room) {
    if (is_leaf(node)) {
        return scalar(node);
    }
    std::string text;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const Node& child = node.children[i];
        const bool nested_value = node.kind == NodeKind::map && node.keys.size() > 1 && !is_leaf(child);
        if (nested_value) {
            return "";
        }
        const std::string value = is_leaf(child) ? scalar(child) : one_line(child, room);
        if (value.empty()) {
            return "";
        }
        text += text.empty() ? "" : ", ";
        text += node.kind == NodeKind::map ? key_text(node.keys[i]) + ": " + value : value;
    }
    text = node.kind == NodeKind::map ? "{" + text + "}" : "[" + text + "]";
    return text.size() <= room ? text : "";
}

/// Folded style needs single spaces between words and none at the ends.
bool can_fold(const std::string& text) {
    const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code < 0x20 || code == 0x7f;
    });
    return printable && !text.empty() && text.front() != ' ' && text.back() != ' ' &&
           text.find("  ") == std::string::npos;
}

class Writer {
public:
    std::string run(const Node& root, const std::string& header) {
        std::istringstream lines(header);
        for (std::string line; std::getline(lines, line);) {
            text_ += line.empty() ? "#\n" : "# " + line + "\n";
        }
        block(root, 0);
        return text_;
    }

private:
    void folded(const std::string& value, std::size_t indent) {
        text_ += ">-\n";
        std::istringstream words(value);
        std::string line;
        const std::string margin(indent, ' ');
        for (std::string word; words >> word;) {
            if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
                text_ += margin + line + "\n";
                line.clear();
            }
            line += (line.empty() ? "" : " ") + word;
        }
        text_ += margin + line + "\n";
    }

    /// A value after "key:" or "-", which stands at `indent`.
    void value(const Node& node, std::size_t indent, std::size_t used) {
        const std::string line = one_line(node, kWidth > used ? kWidth - used : 0);
        const bool too_long = is_leaf(node) && used + line.size() > kWidth && can_fold(node.text);
        if (!line.empty() && !too_long) {
            text_ += " " + line + "\n";
        } else if (is_leaf(node)) {
            text_ += " ";
            folded(node.text, indent + 2);
        } else {
            text_ += "\n";
            block(node, indent + 2);
        }
    }

    void block(const Node& node, std::size_t indent) {
        const std::string margin(indent, ' ');
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            const Node& child = node.children[i];
            if (node.kind == NodeKind::map) {
                const std::string key = key_text(node.keys[i]);
                text_ += (indent == 0 && i > 0 && !is_leaf(child) ? "\n" : "") + margin + key + ":";
                value(child, indent, indent + key.size() + 2);
                continue;
            }
            text_ += margin + "-";
            if (child.kind == NodeKind::map && one_line(child, kWidth - indent - 2).empty()) {
                // The first key of an item stands behind its dash.
                const std::size_t start = text_.size();
                block(child, indent + 2);
                text_.replace(start, indent + 2, " ");
            } else {
                value(child, indent, indent + 2);
            }
        }
    }

    std::string text_;
};

}  // namespace

std::string write_yaml(const Node& root, const std::string& header) { return Writer().run(root, header); }

}  // namespace cleave
