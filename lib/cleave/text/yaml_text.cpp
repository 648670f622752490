// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/yaml_text.hpp"

#include "cleave/text/messages.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace cleave {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Characters that mean nothing to YAML inside a scalar, in braces either.
bool is_simple(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("./%+- ()^=;'*").find(c) != std::string_view::npos;
}

bool is_simple(std::string_view text) {
    return !text.empty() && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_simple(c); });
}

/// Words that YAML 1.1 or 1.2 takes for something else, in whatever case of their letters.
bool is_word(std::string_view text) {
    constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                     "on",   "off",   "y",    "n"};
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
        return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                          [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
    });
}

/// A name such as 3x3_reduce: begins with a digit, and yet no YAML takes it for a number, date or time.
bool is_numbered_name(std::string_view text) {
    const bool name = std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/';
    });
    const bool says_text = std::any_of(
        text.begin(), text.end(), [](char c) { return is_letter(c) && c != 'e' && c != 'E' && c != '_'; });
    const bool based = text.size() > 1 && text[0] == '0' && is_letter(text[1]);
    return name && says_text && !based && is_digit(text.front());
}

std::string quoted(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return "\"" + printable(escaped) + "\"";
}

}  // namespace

std::string yaml_text(std::string_view text) {
    return is_simple(text) && is_letter(text.front()) && !is_word(text) ? std::string(text) : quoted(text);
}

std::string yaml_name(std::string_view text) {
    return is_numbered_name(text) ? std::string(text) : yaml_text(text);
}

std::string yaml_plain(std::string_view text) {
    const bool sign = text.size() > 1 && (text[0] == '-' || text[0] == '+' || text[0] == '.') &&
                      (is_digit(text[1]) || text[1] == '.');
    const bool plain = is_simple(text) && (is_letter(text.front()) || is_digit(text.front()) || sign);
    return plain ? std::string(text) : quoted(text);
}

std::string yaml_comment(const std::string& text) {
    std::string comment;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        comment += line.empty() ? "#\n" : "# " + printable(line) + "\n";
    }
    return comment;
}

}  // namespace cleave
