// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/resolved_config.hpp"

#include "cleave/text/write_yaml.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace cleave {
namespace {

void set_text(Node* node, const std::string& text) {
    if (node != nullptr) {
        node->text = text;
        node->quoted = true;
    }
}

void remove(Node& map, std::string_view key) {
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (map.keys[i].text == key) {
            map.keys.erase(map.keys.begin() + static_cast<std::ptrdiff_t>(i));
            map.children.erase(map.children.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }
}

/// A new key at the end.
Node& add(Node& map, const std::string& key) {
    map.keys.push_back({key, map.place});
    Node& value = map.children.emplace_back();
    value.kind = NodeKind::scalar;
    value.place = map.place;
    return value;
}

}  // namespace

std::string resolved_config(Node root, bool with_logic) {
    set_text(root.find("network"), "./network.yaml");
    remove(root, "weights");
    if (with_logic) {
        set_text(&add(root, "weights"), "./logic.json");
    }
    remove(root, "input_shape");
    for (const char* device : {"gpu", "fpga", "link"}) {
        if (Node* fields = root.find(device)) {
            set_text(fields->find("model"), fmt::format("./{}.yaml", device));
        }
    }
    if (Node* search = root.find("search")) {
        remove(*search, "threads");
        if (search->children.empty()) {
            remove(root, "search");
        }
    }
    return write_yaml(root, "The exploration of the front beside this folder, with the files that it used.");
}

}  // namespace cleave
