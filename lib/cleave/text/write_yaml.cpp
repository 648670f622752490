// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/write_yaml.hpp"

#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_text.hpp"

#include <sstream>

namespace cleave {
namespace {

constexpr std::size_t kWidth = 118;

std::string scalar(const Node& node) {
    if (node.kind == NodeKind::null) {
        return "null";
    }
    return node.quoted ? yaml_text(node.text) : yaml_plain(node.text);
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
        text += node.kind == NodeKind::map ? yaml_text(node.keys[i].text) + ": " + value : value;
    }
    text = node.kind == NodeKind::map ? "{" + text + "}" : "[" + text + "]";
    return text.size() <= room ? text : "";
}

/// Folded style needs single spaces between words and none at the ends, and has no escapes.
bool can_fold(const std::string& text) {
    return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
           text.find("  ") == std::string::npos && printable(text) == text;
}

class Writer {
public:
    std::string run(const Node& root, const std::string& header) {
        text_ = yaml_comment(header);
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
                const std::string key = yaml_text(node.keys[i].text);
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
