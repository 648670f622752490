// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cleave {

/// Text as content or quoted attribute value of HTML, XML and SVG: markup characters become references;
/// control characters, which XML does not allow, become U+FFFD.
[[nodiscard]] std::string escape_markup(std::string_view text);

/// JSON as content of a script element: characters that could end the element, start a comment in it, or end
/// a line of JavaScript (`<`, `>`, `&`, U+2028, U+2029) become escapes. In JSON they occur inside strings
/// only.
[[nodiscard]] std::string escape_script_json(std::string_view json);

/// Base64 (RFC 4648) of bytes given as hexadecimal digits: the form of a digest in a content security policy.
[[nodiscard]] std::string base64_of_hex(std::string_view hex);

}  // namespace cleave
