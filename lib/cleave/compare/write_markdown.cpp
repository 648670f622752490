// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/comparison_rows.hpp"
#include "cleave/compare/write_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace cleave {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ';
}

/// Length of the UTF-8 sequence at the start of `text` and its code point; length 0 if it is not valid.
std::pair<std::size_t, std::uint32_t> code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0xC2U   ? 0
                               : first < 0xE0U ? 2
                               : first < 0xF0U ? 3
                               : first < 0xF5U ? 4
                                               : 0;
    if (length == 0 || text.size() < length) {
        return {0, 0};
    }
    std::uint32_t value = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return {0, 0};
        }
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < kLeast[length] || surrogate || value > 0x10FFFF
               ? std::pair<std::size_t, std::uint32_t>{0, 0}
               : std::pair{length, value};
}

/// C1 controls, line and paragraph separators, and marks, embeddings and isolates of writing direction.
bool misleads(std::uint32_t c) {
    return c < 0xA0 || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string sentence(const std::string& text) {
    std::string result = text + ".";
    result[0] = static_cast<char>(result[0] >= 'a' && result[0] <= 'z' ? result[0] - 'a' + 'A' : result[0]);
    return result;
}

/// For text of ours that may have a user's text in it, such as a network's name in a warning.
std::string escaped(std::string_view text) {
    const std::string code = markdown_code(text);
    constexpr std::string_view kOpen = "<code>";
    constexpr std::string_view kClose = "</code>";
    return code.substr(kOpen.size(), code.size() - kOpen.size() - kClose.size());
}

std::string trend_sign(const Shift& shift) {
    switch (shift.trend) {
        case Trend::better: return shift.text + " (better)";
        case Trend::worse: return "**" + shift.text + "** (worse)";
        case Trend::same:
        case Trend::unknown: break;
    }
    return shift.text;
}

}  // namespace

std::string markdown_code(std::string_view text) {
    std::string code = "<code>";
    while (!text.empty()) {
        const char c = text.front();
        const auto byte = static_cast<unsigned char>(c);
        std::size_t length = 1;
        if (is_plain(c)) {
            code += c;
        } else if (byte >= 0x21U && byte < 0x7FU) {
            code += fmt::format("&#{};", static_cast<int>(byte));
        } else {
            const auto [bytes, value] = code_point(text);
            if (bytes == 0 || misleads(value)) {
                code += kReplacement;
            } else {
                code += text.substr(0, bytes);
            }
            length = std::max<std::size_t>(bytes, 1);
        }
        text.remove_prefix(length);
    }
    return code + "</code>";
}

std::string comparison_markdown(const ComparisonResult& result) {
    const Comparison& comparison = result.comparison;
    const auto failed =
        static_cast<std::size_t>(std::count_if(result.judged.begin(), result.judged.end(), fails));
    std::string text = fmt::format("### Front of {}\n\n", markdown_code(result.new_front.network));
    for (const std::string& warning : comparison.warnings) {
        text += fmt::format("> **Warning:** {}\n>\n", sentence(escaped(warning)));
    }
    text += comparison.warnings.empty() ? "" : "\n";
    if (!result.judged.empty()) {
        text += failed == 0 ? "**Passed.** None of the conditions to fail is met:\n\n"
                            : fmt::format("**Failed.** {} of {} conditions to fail {} met:\n\n", failed,
                                          result.judged.size(), failed == 1 ? "is" : "are");
        text += "| condition | value | |\n|---|---:|---|\n";
        for (const Judged& judged : result.judged) {
            text += fmt::format("| {} | {} | {} |\n", markdown_code(judged.condition.text),
                                show_metric(judged.condition.metric, judged.actual),
                                fails(judged) ? "**failed**" : "passed");
        }
        text += "\n";
    }
    text += "| point | latency before | now | change | energy before | now | change |\n";
    text += "|---|---:|---:|---|---:|---:|---|\n";
    for (const ComparisonRow& row : comparison_rows(result.old_front, result.new_front)) {
        text +=
            fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.label, row.old_latency, row.new_latency,
                        trend_sign(row.latency), row.old_energy, row.new_energy, trend_sign(row.energy));
    }
    text += "\n";
    for (const std::string& line : comparison_sentences(result.old_front, result.new_front, comparison)) {
        text += "- " + sentence(line) + "\n";
    }
    if (comparison.changes.empty()) {
        return text + "- Nothing changed in configuration, network, platform and models.\n";
    }
    text += fmt::format(
        "\n<details><summary>{} change{} in configuration, network, platform, models and "
        "completeness</summary>\n\n"
        "| what | before | now |\n|---|---|---|\n",
        comparison.changes.size(), comparison.changes.size() == 1 ? "" : "s");
    for (const ChangeRow& row : change_rows(comparison)) {
        text += fmt::format("| {} | {} | {} |\n", markdown_code(row.path), markdown_code(row.before),
                            markdown_code(row.now));
    }
    return text + "\n</details>\n";
}

}  // namespace cleave
