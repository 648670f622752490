// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/overrides.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace cleave {
namespace {

std::vector<Key> split_path(const Key& path) {
    std::vector<Key> keys;
    for (std::size_t at = 0; at <= path.text.size();) {
        const std::size_t end = std::min(path.text.find('.', at), path.text.size());
        Place place = path.place;
        place.column += static_cast<int>(at);
        keys.push_back({path.text.substr(at, end - at), place});
        at = end + 1;
    }
    return keys;
}

/// The child of that name, made if it is not there.
Node& child(Node& map, const Key& key) {
    if (Node* found = map.find(key.text)) {
        return *found;
    }
    map.keys.push_back(key);
    return map.children.emplace_back();
}

}  // namespace

void set_value(Node& root, const Key& path, Node value, FaultList& faults) {
    Node* node = &root;
    std::string done;
    for (const Key& key : split_path(path)) {
        if (key.text.empty()) {
            faults.add(key.place, "", "a key of the path is empty (KEY.PATH=VALUE is needed)");
            return;
        }
        if (node->kind == NodeKind::null) {
            *node = Node{};
            node->kind = NodeKind::map;
            node->place = key.place;
        } else if (node->kind != NodeKind::map) {
            faults.add(key.place, done, fmt::format("has no keys, so {} cannot be set", quote(key.text)));
            return;
        }
        node = &child(*node, key);
        done += (done.empty() ? "" : ".") + key.text;
    }
    *node = std::move(value);
}

void apply_override(Node& root, const std::string& override_text, FaultList& faults) {
    const auto file = std::make_shared<const std::string>("--set " + override_text);
    const Place start{file, 1, 1};
    const std::size_t equals = override_text.find('=');
    if (equals == std::string::npos) {
        faults.add(start, "", "there is no '=' (KEY.PATH=VALUE is needed)");
        return;
    }
    // Blanks in place of the key path leave the columns of the value as they are in the whole text.
    const std::string text = std::string(equals + 1, ' ') + override_text.substr(equals + 1);
    if (text.find_first_not_of(' ') == std::string::npos) {
        faults.add({file, 1, static_cast<int>(equals) + 1}, "",
                   "there is no value after '=' (KEY.PATH=VALUE is needed)");
        return;
    }
    std::optional<Node> value = parse_yaml(text, *file, faults);
    if (!value) {
        return;
    }
    set_value(root, {override_text.substr(0, equals), start}, std::move(*value), faults);
}

}  // namespace cleave
