// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace cleave {
namespace {

constexpr std::size_t kLongestName = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool separates(char c) { return c == '/' || c == '.' || c == '_' || c == '-' || c == ':'; }

/// Bytes of the character at the start of a text that is not empty; 0 if it is not valid UTF-8, a control
/// character, or one that is not seen.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        return lead < 0x20 || lead == 0x7F ? 0 : 1;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    const unsigned second = byte(1);
    const bool too_long = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool outside = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
    // C1 controls, marks of writing direction and other characters without a look of their own.
    const bool control = lead == 0xC2 && second < 0xA0;
    const bool hidden = (lead == 0xE2 && (second == 0x80 || second == 0x81)) ||
                        (lead == 0xEF && second == 0xBB && byte(2) == 0xBF);
    return too_long || outside || control || hidden ? 0 : length;
}

std::string trim(std::string_view text) {
    while (!text.empty() && separates(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && separates(text.back())) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
    return text.size() >= start.size() &&
           std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) ==
                      std::tolower(static_cast<unsigned char>(b));
           });
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

/// "Conv", "conv_12", "Conv12": what exporters call a node that has no name.
bool names_operator(std::string_view text, const std::string& op) {
    if (!starts_with_ignoring_case(text, op)) {
        return false;
    }
    text.remove_prefix(op.size());
    if (!text.empty() && text.front() == '_') {
        text.remove_prefix(1);
    }
    return all_digits(text);
}

/// A number, or a letter and a number.
bool says_nothing(std::string_view text) {
    if (!text.empty() && is_letter(text.front())) {
        text.remove_prefix(1);
    }
    return all_digits(text) || text.find("::") != std::string_view::npos;
}

std::string node_name(const OnnxNode& node) {
    std::string name = trim(node.name);
    if (names_operator(name, node.op)) {
        return "";
    }
    // Exporters put the operator behind the path of the module that it is in.
    const std::size_t slash = name.rfind('/');
    if (slash != std::string::npos && names_operator(std::string_view(name).substr(slash + 1), node.op)) {
        name = trim(name.substr(0, slash));
    }
    return says_nothing(name) ? "" : name;
}

std::string weights_name(const std::string& weights) {
    // Of PyTorch, Caffe 2, Keras, PaddlePaddle, MXNet.
    static const std::array<std::string_view, 12> endings{".weight", ".weights",  "_weight", "_weights",
                                                          "_w_0",    ".w_0",      "_w",      "/weights",
                                                          "/kernel", "/kernel:0", "_kernel", "_W"};
    for (const std::string_view ending : endings) {
        if (weights.size() > ending.size() && weights.ends_with(ending)) {
            const std::string name = trim(weights.substr(0, weights.size() - ending.size()));
            return says_nothing(name) ? "" : name;
        }
    }
    return "";
}

}  // namespace

std::string valid_name(const std::string& text) {
    std::string name;
    std::string_view rest = text;
    while (!rest.empty() && name.size() < kLongestName) {
        const std::size_t length = character_length(rest);
        if (length == 0) {
            name += '_';
        } else if (rest.front() == '/') {
            name += '.';
        } else {
            name += rest.substr(0, length);
        }
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return name.empty() ? "x" : name;
}

std::string UniqueNames::add(const std::string& name) {
    std::string candidate = name;
    int& number = next_.try_emplace(name, 2).first->second;
    while (!taken_.insert(candidate).second) {
        candidate = fmt::format("{}_{}", name, number++);
    }
    return candidate;
}

std::string telling_name(const OnnxNode& node, const std::string& weights) {
    const std::string name = node_name(node);
    return name.empty() ? weights_name(weights) : name;
}

std::string common_prefix(const std::vector<std::string>& names) {
    if (names.empty()) {
        return "";
    }
    std::size_t length = names.front().size();
    for (const std::string& name : names) {
        const auto differ = std::mismatch(name.begin(), name.end(), names.front().begin(),
                                          names.front().begin() + static_cast<std::ptrdiff_t>(length));
        length = std::min(length, static_cast<std::size_t>(differ.second - names.front().begin()));
    }
    const auto ends_part = [&](const std::string& name) {
        return length == name.size() || separates(name[length]) || separates(name[length - 1]);
    };
    while (length > 0 && !std::all_of(names.begin(), names.end(), ends_part)) {
        --length;
    }
    return trim(names.front().substr(0, length));
}

std::string without_prefix(const std::string& name, const std::string& prefix) {
    return name.starts_with(prefix) ? trim(name.substr(prefix.size())) : name;
}

std::string flat_path(const std::string& path) {
    std::string result;
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string part = path.substr(start, end - start);
        const bool repeats =
            part.starts_with(result) && (part.size() == result.size() || part[result.size()] == '.');
        result = result.empty() || repeats ? part : result + "." + part;
        start = end + 1;
    }
    return result;
}

std::optional<FullName> full_name(const std::string& name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || name.find('/', slash + 1) != std::string::npos) {
        return std::nullopt;
    }
    FullName result{name.substr(0, slash), name.substr(slash + 1)};
    const auto fits = [](const std::string& part) { return !part.empty() && valid_name(part) == part; };
    return fits(result.module) && fits(result.layer) && result.layer != "input" ? std::optional(result)
                                                                                : std::nullopt;
}

}  // namespace cleave
