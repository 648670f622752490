// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/messages.hpp"

#include "cleave/text/usual_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace cleave {
namespace {

constexpr std::size_t kLongestQuote = 80;
constexpr std::size_t kLongestList = 32;

struct CodePoint {
    std::uint32_t value = 0;
    /// Bytes; 0 if the text is not UTF-8 here.
    std::size_t length = 0;
};

/// The first code point of a text that is not empty.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return {};
    }
    std::uint32_t value = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) {
            return {};
        }
        value = value << 6U | (byte(i) & 0x3FU);
    }
    const bool too_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return too_long || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, length};
}

/// Characters without a look of their own: controls, line and paragraph separators, marks of writing
/// direction, and those that Unicode keeps free.
bool is_hidden(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0xFFFE ||
           c == 0xFFFF;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const CodePoint c = decode(text);
        if (c.length == 0) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (c.value == '\n') {
            result += "\\n";
        } else if (c.value == '\t') {
            result += "\\t";
        } else if (is_hidden(c.value)) {
            result += c.value < 0x100 ? fmt::format("\\x{:02x}", c.value) : fmt::format("\\u{:04x}", c.value);
        } else {
            result += text.substr(0, c.length);
        }
        text.remove_prefix(c.length);
    }
    return result;
}

std::string quote(std::string_view text) {
    if (text.size() <= kLongestQuote) {
        return "'" + printable(text) + "'";
    }
    std::size_t cut = kLongestQuote;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80) {
        --cut;
    }
    return "'" + printable(text.substr(0, cut)) + "...'";
}

std::string join(const std::vector<std::string>& names) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i == kLongestList) {
            return result + ", ...";
        }
        result += (i == 0 ? "" : ", ") + printable(names[i]);
    }
    return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the table: a swap of neighbours looks two rows back.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& names) {
    if (text.size() > 2 * kLongestQuote) {
        return std::nullopt;  // nothing that long is a slip of the fingers
    }
    const std::string wanted = lower(text);
    if (auto usual = by_usual_word(wanted, names)) {
        return usual;
    }
    std::optional<std::string> best;
    // A third of the letters may differ.
    const std::size_t limit = std::max<std::size_t>(1, text.size() / 3);
    std::size_t least = 0;
    for (const std::string& name : names) {
        const std::string candidate = lower(name);
        // Twice the distance, so that of equally near names one of the same length wins.
        const std::size_t distance = edit_distance(wanted, candidate);
        const std::size_t difference = 2 * distance + (candidate.size() == wanted.size() ? 0 : 1);
        const bool near = distance <= limit && distance < std::max<std::size_t>(candidate.size(), 2);
        if (near && (!best || difference < least)) {
            best = name;
            least = difference;
        }
    }
    return best;
}

std::string hint(std::string_view text, const std::vector<std::string>& names, std::string_view what) {
    const std::optional<std::string> near = nearest(text, names);
    return fmt::format("({}{}: {})", near ? fmt::format("did you mean {}?; ", quote(*near)) : "", what,
                       join(names));
}

std::string count_items(std::size_t count) { return fmt::format("{} item{}", count, count == 1 ? "" : "s"); }

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const CodePoint c = decode(text.substr(i));
        if (c.length == 0) {
            return i;
        }
        i += c.length;
    }
    return std::nullopt;
}

}  // namespace cleave
