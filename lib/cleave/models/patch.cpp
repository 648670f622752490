// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/patch.hpp"

#include "cleave/text/write_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

namespace cleave {
namespace {

Node text_node(const std::string& text, bool quoted) {
    Node node;
    node.kind = NodeKind::scalar;
    node.text = text;
    node.quoted = quoted;
    return node;
}

Node map_node() {
    Node node;
    node.kind = NodeKind::map;
    return node;
}

Node& child(Node& map, const std::string& key) {
    if (Node* found = map.find(key)) {
        return *found;
    }
    map.keys.push_back({key, map.place});
    map.children.push_back(map_node());
    return map.children.back();
}

void set(Node& map, const std::string& key, const Node& value) { child(map, key) = value; }

void collect_sources(const Node& node, std::set<std::string>& names) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (node.kind == NodeKind::map && node.keys[i].text == "source") {
            names.insert(node.children[i].text);
        } else {
            collect_sources(node.children[i], names);
        }
    }
}

void rename_source(Node& node, const std::string& from, const std::string& to) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (node.kind == NodeKind::map && node.keys[i].text == "source" && node.children[i].text == from) {
            node.children[i].text = to;
        } else {
            rename_source(node.children[i], from, to);
        }
    }
}

void keep_only(Node& map, const std::set<std::string>& names) {
    for (std::size_t i = map.keys.size(); i-- > 0;) {
        if (names.count(map.keys[i].text) == 0) {
            map.keys.erase(map.keys.begin() + static_cast<std::ptrdiff_t>(i));
            map.children.erase(map.children.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

}  // namespace

void ModelPatch::set_figure(const std::vector<std::string>& path, const std::string& value,
                            const std::string& standard_error, const std::string& source) {
    Node* at = &root_;
    for (const std::string& key : path) {
        at = &child(*at, key);
    }
    Node figure = map_node();
    set(figure, "value", text_node(value, false));
    if (!standard_error.empty()) {
        set(figure, "standard_error", text_node(standard_error, false));
    }
    set(figure, "source", text_node(source, false));
    *at = figure;
}

void ModelPatch::remove(const std::vector<std::string>& path) {
    Node* at = &root_;
    for (std::size_t i = 0; i + 1 < path.size() && at != nullptr; ++i) {
        at = at->find(path[i]);
    }
    if (at == nullptr || at->kind != NodeKind::map) {
        return;
    }
    for (std::size_t i = at->keys.size(); i-- > 0;) {
        if (at->keys[i].text == path.back()) {
            at->keys.erase(at->keys.begin() + static_cast<std::ptrdiff_t>(i));
            at->children.erase(at->children.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

void ModelPatch::set_source(const Source& source) {
    Node entry = map_node();
    const auto add = [&](const char* key, const std::string& text, bool quoted) {
        if (!text.empty()) {
            set(entry, key, text_node(text, quoted));
        }
    };
    add("kind", name_of(source.kind), false);
    add("text", source.text, true);
    add("data", source.data, true);
    add("sha256", source.sha256, true);
    add("rows", source.rows, false);
    add("holdout", source.holdout, true);
    add("left_out", source.left_out, true);
    add("worst", source.worst, true);
    add("correlation", source.correlation, true);
    Node& sources = child(root_, "sources");
    if (const Node* found = sources.find(source.name)) {
        const Node old = *found;
        std::string other = source.name;
        do {
            other += "-base";
        } while (sources.find(other) != nullptr);
        set(sources, other, old);
        rename_source(root_, source.name, other);
    }
    set(sources, source.name, entry);
}

void ModelPatch::rename(const std::string& name) {
    const std::string base = this->name();
    set(root_, "name", text_node(name, true));
    for (Node& source : child(root_, "sources").children) {
        const std::string text = child(source, "text").text;
        if (!text.starts_with("Taken from ")) {
            set(source, "text",
                text_node(fmt::format("Taken from {}, not from these data: {}", base, text), true));
        }
    }
}

void ModelPatch::set_description(const std::string& text) {
    set(root_, "description", text_node(text, true));
}

std::string ModelPatch::name() const {
    const Node* name = root_.find("name");
    return name == nullptr ? "" : name->text;
}

std::string ModelPatch::yaml(const std::string& header) {
    std::set<std::string> used;
    collect_sources(root_, used);
    keep_only(child(root_, "sources"), used);
    return write_yaml(root_, header);
}

std::string figure_text(double si, double scale, const std::string& unit) {
    // Four digits are well below any standard error, and hide differences in the last bits between machines.
    std::string number = fmt::format("{:.4g}", si / scale);
    if (number.find('e') != std::string::npos) {
        number = fmt::format("{}", std::stod(number));
    }
    return unit.empty() ? number : number + " " + unit;
}

std::string error_text(double si, double scale, const std::string& unit) {
    if (!std::isfinite(si)) {
        return "";
    }
    const double value = si / scale;
    const double digits = value > 0 ? std::pow(10.0, std::floor(std::log10(value)) - 1) : 1;
    return figure_text(std::round(value / digits) * digits, 1, unit);
}

}  // namespace cleave
