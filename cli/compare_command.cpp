// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/comparison_rows.hpp"
#include "cleave/compare/read_condition.hpp"
#include "cleave/compare/read_summary.hpp"
#include "cleave/compare/write_comparison.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"
#include "commands.hpp"
#include "conditions.hpp"
#include "data_files.hpp"
#include "front_input.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

namespace cleave::cli {
namespace {

/// Whole numbers of very many digits, such as those of design points, in few.
std::string shortened(const std::string& text) {
    constexpr std::size_t kMostDigits = 24;
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? show_digits(text, kMostDigits) : text;
}

Tone tone_of(Trend trend) {
    switch (trend) {
        case Trend::better: return Tone::good;
        case Trend::worse: return Tone::bad;
        case Trend::same:
        case Trend::unknown: break;
    }
    return Tone::plain;
}

/// Both fronts. @throws InputError with the faults of both
std::pair<FrontSummary, FrontSummary> load_fronts(const CompareOptions& options) {
    FaultList faults;
    const auto load = [&](const std::string& named) {
        const std::string path = front_path(named);
        const std::optional<std::string> text = read_file(path, std::nullopt, faults, kLargestFront);
        const std::optional<Node> document = text ? parse_json(*text, path, faults) : std::nullopt;
        return document ? read_front_summary(*document, faults) : std::nullopt;
    };
    std::optional<FrontSummary> old_front = load(options.old_front);
    std::optional<FrontSummary> new_front = load(options.new_front);
    faults.throw_if_any();
    if (options.networks == CompareOptions::Networks::same && old_front->network != new_front->network) {
        throw InputError(file_fault(
            options.new_front, fmt::format("is a front of network '{}', but {} is one of '{}' (--any-network "
                                           "compares them all the same)",
                                           new_front->network, options.old_front, old_front->network)));
    }
    return {std::move(*old_front), std::move(*new_front)};
}

std::string text_of(const ComparisonResult& result, const Style& style) {
    using Align = Table::Align;
    Table points({{"point"},
                  {"latency before", Align::right},
                  {"now", Align::right},
                  {"change", Align::right},
                  {"energy before", Align::right},
                  {"now", Align::right},
                  {"change", Align::right}});
    for (const ComparisonRow& row : comparison_rows(result.old_front, result.new_front)) {
        const Tone latency = tone_of(row.latency.trend);
        const Tone energy = tone_of(row.energy.trend);
        points.add({row.label, row.old_latency, row.new_latency, row.latency.text, row.old_energy,
                    row.new_energy, row.energy.text},
                   {Tone::plain, Tone::plain, Tone::plain, latency, Tone::plain, Tone::plain, energy});
    }
    std::string text = fmt::format("{}\n{}", printable(result.new_front.network), points.text(style));
    for (const std::string& line :
         comparison_sentences(result.old_front, result.new_front, result.comparison)) {
        text += line + "\n";
    }
    if (result.comparison.changes.empty()) {
        return text + "nothing changed in configuration, network, platform and models\n";
    }
    Table changes({{"changed"}, {"before"}, {"now"}});
    for (const ChangeRow& row : change_rows(result.comparison)) {
        changes.add({printable(row.path), printable(shortened(row.before)), printable(shortened(row.now))});
    }
    return text + "\n" + changes.text(style);
}

}  // namespace

int run_compare(const CompareOptions& options, const Session& session) {
    const std::vector<Condition> conditions =
        read_conditions("--fail-if", options.fail_if, comparison_metrics());
    auto [old_front, new_front] = load_fronts(options);
    ComparisonResult result{std::move(old_front), std::move(new_front), {}, {}};
    result.comparison = compare(result.old_front, result.new_front);
    for (const Condition& condition : conditions) {
        result.judged.push_back(judge(condition, result.old_front, result.new_front, result.comparison));
    }
    switch (options.format) {
        case CompareOptions::Format::text:
            if (!session.quiet) {
                std::fputs(text_of(result, session.out).c_str(), stdout);
            }
            break;
        case CompareOptions::Format::json: std::fputs(comparison_json(result).c_str(), stdout); break;
        case CompareOptions::Format::markdown: std::fputs(comparison_markdown(result).c_str(), stdout); break;
    }
    for (const std::string& warning : result.comparison.warnings) {
        say(session, "cleave: warning: " + printable(warning));
    }
    bool failed = false;
    for (const Judged& judged : result.judged) {
        if (fails(judged)) {
            failed = true;
            say(session, "cleave: error: --fail-if " + describe_judged(judged));
        }
    }
    return failed ? kThresholdMissed : kDone;
}

}  // namespace cleave::cli
