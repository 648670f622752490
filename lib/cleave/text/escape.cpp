// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/escape.hpp"

#include <cstdint>

namespace cleave {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint32_t hex_digit(char c) {
    return static_cast<std::uint32_t>(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
}

}  // namespace

std::string escape_markup(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: {
                const auto code = static_cast<unsigned char>(c);
                const bool allowed = code >= 0x20 || c == '\t' || c == '\n' || c == '\r';
                if (allowed && code != 0x7F) {
                    escaped += c;
                } else {
                    escaped += kReplacement;
                }
            }
        }
    }
    return escaped;
}

std::string escape_script_json(std::string_view json) {
    std::string escaped;
    escaped.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view three = json.substr(i, 3);
        if (json[i] == '<') {
            escaped += "\\u003c";
        } else if (json[i] == '>') {
            escaped += "\\u003e";
        } else if (json[i] == '&') {
            escaped += "\\u0026";
        } else if (three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9") {
            escaped += three.back() == '\xA8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            escaped += json[i];
        }
    }
    return escaped;
}

std::string base64_of_hex(std::string_view hex) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    // Three bytes, six hexadecimal digits, make four digits of base 64.
    for (std::size_t i = 0; i < hex.size(); i += 6) {
        const std::string_view group = hex.substr(i, 6);
        std::uint32_t bits = 0;
        for (std::size_t d = 0; d < 6; ++d) {
            bits = bits * 16 + (d < group.size() ? hex_digit(group[d]) : 0);
        }
        const std::size_t used = group.size() / 2 + 1;
        for (std::size_t d = 0; d < 4; ++d) {
            text += d < used ? kDigits[(bits >> (18 - 6 * d)) & 63U] : '=';
        }
    }
    return text;
}

}  // namespace cleave
