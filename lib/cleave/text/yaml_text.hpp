// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cleave {

/// The text as a YAML scalar, a key or a value, in braces as well, that readers of every version of YAML take
/// for that text: plain where it begins with a letter and is nothing but simple characters, else in double
/// quotes.
[[nodiscard]] std::string yaml_text(std::string_view text);

/// The same of a layer's or a network's name: plain also if it begins with a digit, as in 3x3_reduce, and no
/// YAML takes it for a number.
[[nodiscard]] std::string yaml_name(std::string_view text);

/// What was a plain scalar, such as a number, as one again; in double quotes if it has characters that cannot
/// stand without.
[[nodiscard]] std::string yaml_plain(std::string_view text);

/// Comment lines, one for each line of the text.
[[nodiscard]] std::string yaml_comment(const std::string& text);

}  // namespace cleave
