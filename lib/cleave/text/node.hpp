// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/fault.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Limits of an input; what goes beyond is a fault.
inline constexpr std::size_t kLargestFile = std::size_t{16} << 20;
inline constexpr std::size_t kDeepestNesting = 64;
/// Values of a document after aliases have been replaced by what they stand for.
inline constexpr std::size_t kMostValues = 1'000'000;

enum class NodeKind { null, scalar, sequence, map };

struct Key {
    std::string text;
    Place place;
};

/// One value of a YAML or JSON document, with its place. Plain data: nothing is interpreted yet.
struct Node {
    NodeKind kind = NodeKind::null;
    Place place;
    /// Text of a scalar, as written but for quotes and escapes.
    std::string text;
    /// Whether a scalar was in quotes or a block, so that it is text whatever it looks like.
    bool quoted = false;
    /// Whether a scalar is a number, true or false of JSON, so that it is no text whatever it looks like.
    bool literal = false;
    /// Items of a sequence or values of a map, in file order.
    std::vector<Node> children;
    /// Keys of a map, one for each child.
    std::vector<Key> keys;

    /// Value of a key; null if the node is no map or has no such key.
    [[nodiscard]] const Node* find(std::string_view key) const;
    [[nodiscard]] Node* find(std::string_view key);
};

/// Reads the only document of `text`. Aliases are replaced by copies of what they stand for. Duplicate keys,
/// tags, merge keys, keys that are no plain text, further documents and recursive aliases are faults; after
/// some of them the tree is usable and is returned.
/// @param file_name  what messages call the file.
[[nodiscard]] std::optional<Node> parse_yaml(const std::string& text, const std::string& file_name,
                                             FaultList& faults);

/// Reads the only value of a JSON text (RFC 8259). Beyond what the grammar says, a repeated key and nesting
/// deeper than kDeepestNesting are faults; after any fault there is no tree.
/// @param file_name  what messages call the file.
[[nodiscard]] std::optional<Node> parse_json(std::string_view text, const std::string& file_name,
                                             FaultList& faults);

}  // namespace cleave
