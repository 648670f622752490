// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace cleave::cli {

/// What a piece of text is, from which its colour follows.
enum class Tone { plain, strong, good, bad, caution };

enum class ColorMode { automatic, always, never };

/// How text is written to one stream: with colours or without.
class Style {
public:
    /// Without colours.
    Style() = default;
    /// With `automatic`: colours if the stream is a terminal other than a dumb one (TERM) and NO_COLOR is not
    /// set (https://no-color.org).
    Style(std::FILE* stream, ColorMode mode);

    [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;
    [[nodiscard]] bool has_colors() const { return colors_; }

private:
    bool colors_ = false;
};

[[nodiscard]] bool is_terminal(std::FILE* stream);

/// Columns of a terminal; 80 if it does not say.
[[nodiscard]] std::size_t terminal_width(std::FILE* stream);

/// A message with the first "error:", "warning:" or "note:" of each of its lines, right after a colon and a
/// space or at the start, in its colour.
[[nodiscard]] std::string paint_message(const Style& style, std::string_view message);

}  // namespace cleave::cli
