// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace cleave::cli {
namespace {

/// Whether a variable of the environment is set to something.
bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

bool is_dumb() {
    const char* term = std::getenv("TERM");
    return term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
}

/// Attributes as the terminal takes them (ECMA-48, "Select Graphic Rendition").
const char* code(Tone tone) {
    switch (tone) {
        case Tone::plain: return "";
        case Tone::strong: return "\x1b[1m";
        case Tone::good: return "\x1b[32m";
        case Tone::bad: return "\x1b[1;31m";
        case Tone::caution: return "\x1b[33m";
    }
    return "";
}

std::string paint_line(const Style& style, std::string_view line) {
    constexpr std::array<std::pair<std::string_view, Tone>, 3> kMarks{
        {{"error:", Tone::bad}, {"warning:", Tone::caution}, {"note:", Tone::strong}}};
    std::size_t first = std::string_view::npos;
    std::pair<std::string_view, Tone> mark;
    for (const auto& candidate : kMarks) {
        const std::size_t at =
            line.starts_with(candidate.first) ? 0 : line.find(": " + std::string(candidate.first));
        const std::size_t start = at == 0 || at == std::string_view::npos ? at : at + 2;
        if (start < first) {
            first = start;
            mark = candidate;
        }
    }
    if (first == std::string_view::npos) {
        return std::string(line);
    }
    return std::string(line.substr(0, first)) + style.paint(mark.second, mark.first) +
           std::string(line.substr(first + mark.first.size()));
}

}  // namespace

Style::Style(std::FILE* stream, ColorMode mode)
    : colors_(mode == ColorMode::always ||
              (mode == ColorMode::automatic && is_terminal(stream) && !is_dumb() && !is_set("NO_COLOR"))) {}

std::string Style::paint(Tone tone, std::string_view text) const {
    return !colors_ || tone == Tone::plain || text.empty() ? std::string(text)
                                                           : code(tone) + std::string(text) + "\x1b[0m";
}

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

std::size_t terminal_width(std::FILE* stream) {
    constexpr std::size_t kUsual = 80;
    winsize size{};
    return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

std::string paint_message(const Style& style, std::string_view message) {
    if (!style.has_colors()) {
        return std::string(message);
    }
    std::string painted;
    while (!message.empty()) {
        const std::size_t end = message.find('\n');
        painted += paint_line(style, message.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        painted += '\n';
        message.remove_prefix(end + 1);
    }
    return painted;
}

}  // namespace cleave::cli
