// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// The text with everything escaped that could confuse a terminal or a reader: control characters, bytes that
/// are not UTF-8, and characters that change the direction of writing.
[[nodiscard]] std::string printable(std::string_view text);

/// A user's text for a message: printable, in single quotes, cut when long.
[[nodiscard]] std::string quote(std::string_view text);

/// Names joined by commas; "..." stands for those after the first 32.
[[nodiscard]] std::string join(const std::vector<std::string>& names);

/// Fewest insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name that was probably meant; nothing if none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view text,
                                                 const std::vector<std::string>& names);

/// "(did you mean 'x'?; WHAT: a, b, c)", without the question if no name is near.
[[nodiscard]] std::string hint(std::string_view text, const std::vector<std::string>& names,
                               std::string_view what = "allowed");

/// "1 item", "2 items"
[[nodiscard]] std::string count_items(std::size_t count);

/// Byte offset of the first byte that does not belong to valid UTF-8; nothing if all do.
[[nodiscard]] std::optional<std::size_t> first_invalid_utf8(std::string_view text);

}  // namespace cleave
