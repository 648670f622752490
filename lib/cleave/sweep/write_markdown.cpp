// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/write_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace cleave {
namespace {

/// Text that Markdown, and HTML made of it, shows as it is, on one line.
std::string escaped(const std::string& text) {
    constexpr std::string_view kSpecial = "\\`*[]|$~#!{}";
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool inside = i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            result += ' ';
        } else if (c == '&') {
            result += "&amp;";
        } else if (c == '<') {
            result += "&lt;";
        } else if (c == '>') {
            result += "&gt;";
        } else if (c == '@') {
            result += "&#64;";
        } else if (kSpecial.find(c) != std::string_view::npos || (c == '_' && !inside)) {
            result += std::string("\\") + c;
        } else {
            result += c;
        }
    }
    return result;
}

std::string bandwidth_text(double bytes_per_second) {
    return fmt::format("{:g} GB/s", bytes_per_second / 1e9);
}

std::string value_text(SweepObjective objective, double value) {
    switch (objective) {
        case SweepObjective::latency: return fmt::format("{:.3f} ms", value * 1e3);
        case SweepObjective::energy: return fmt::format("{:.3f} mJ", value * 1e3);
        case SweepObjective::speedup:
        case SweepObjective::energy_gain: return fmt::format("{:.3f}x", value);
    }
    return "";
}

std::string plural(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void add_outcome(std::string& text, const std::vector<CaseRecord>& cases) {
    std::string list;
    for (const auto& [status, name] : names_of(CaseStatus{})) {
        const auto count = std::count_if(cases.begin(), cases.end(),
                                         [s = status](const CaseRecord& c) { return c.status == s; });
        if (count > 0) {
            list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, name);
        }
    }
    text += fmt::format("{}{}. `index.csv` has a line for each, `cases/` their results.\n",
                        plural(cases.size(), "case"), list.empty() ? "" : ": " + list);
    const auto wrong = [](const CaseRecord& c) { return !c.front; };
    if (std::any_of(cases.begin(), cases.end(), wrong)) {
        text += "\n## Cases without a result\n\n| case | status | why |\n|---|---|---|\n";
        for (const CaseRecord& record : cases) {
            if (wrong(record)) {
                text += fmt::format("| {} | {} | {} |\n", escaped(record.name), name_of(record.status),
                                    escaped(record.error));
            }
        }
    }
}

void add_best(std::string& text, const std::vector<CaseRecord>& cases) {
    const std::vector<BestCase> best = best_cases(cases);
    if (best.empty()) {
        return;
    }
    text += "\n## Best case by objective\n\n| network | objective | best | case |\n|---|---|---:|---|\n";
    for (const BestCase& one : best) {
        const CaseRecord& record = cases[one.index];
        text += fmt::format("| {} | {} | {} | {}{} |\n", escaped(one.network), name_of(one.objective),
                            value_text(one.objective, one.value), escaped(record.name),
                            record.settled() ? "" : " (stopped)");
    }
    for (const BestPlatform& one : best_platforms(cases)) {
        text += fmt::format("| all (geometric mean) | {} | {} | {} |\n", name_of(one.objective),
                            value_text(one.objective, one.value), escaped(one.platform));
    }
    text +=
        "\nGains are over the GPU alone on the same platform. Of equally good cases the first is named.\n";
    const auto stopped = std::count_if(cases.begin(), cases.end(),
                                       [](const CaseRecord& c) { return c.status == CaseStatus::stopped; });
    if (stopped > 0) {
        text += fmt::format(
            "\nWhere the search was stopped ({}), better points may exist: such fronts are left out of "
            "everything below, and of what is said of all networks.\n",
            plural(static_cast<std::size_t>(stopped), "case"));
    }
}

void add_effects(std::string& text, const std::vector<CaseRecord>& cases) {
    const std::vector<ParameterEffect> effects = parameter_effects(cases);
    if (effects.empty()) {
        return;
    }
    text +=
        "\n## Effect of each parameter\n\nGeometric means of the greatest gains, over the combinations of "
        "all other parameters that have a proved front with every value of this one.\n\n"
        "| parameter | value | combinations | speed-up | energy gain |\n|---|---|---:|---:|---:|\n";
    for (const ParameterEffect& e : effects) {
        text += fmt::format("| {} | {} | {} | {:.3f}x | {:.3f}x |\n", escaped(e.key),
                            e.value.empty() ? "as configured" : escaped(e.value), e.cases, e.mean.speedup,
                            e.mean.energy_gain);
    }
}

/// What becomes of one gain as the bandwidth rises.
struct Trend {
    std::optional<double> first;
    double last = 0;
    std::size_t rises = 0;
    std::size_t falls = 0;
};

Trend trend(const LinkSensitivity& one, std::size_t setting, double Gains::*gain) {
    Trend result;
    for (const auto& row : one.gains) {
        if (!row[setting]) {
            continue;
        }
        const double value = *row[setting].*gain;
        if (result.first) {
            result.rises += value > result.last ? 1 : 0;
            result.falls += value < result.last ? 1 : 0;
        }
        result.first = result.first.value_or(value);
        result.last = value;
    }
    return result;
}

std::string trend_text(const Trend& trend) {
    const char* how = trend.falls > 0 ? (trend.rises > 0 ? ", not steadily" : ", falling")
                                      : (trend.rises > 0 ? ", never falling" : ", no change");
    return fmt::format("{:.3f}x to {:.3f}x{}", trend.first.value_or(0), trend.last, how);
}

/// The least bandwidth with at least this share of all growth, of the logarithm of the gain.
double bandwidth_of_share(const LinkTrend& trend, double Gains::*gain, double share) {
    const auto logarithm = [&](std::size_t b) { return std::log(trend.means[b].*gain); };
    const double first = logarithm(0);
    const double growth = logarithm(trend.means.size() - 1) - first;
    std::size_t b = 0;
    while (logarithm(b) - first < share * growth) {
        ++b;
    }
    return trend.bandwidths[b];
}

/// How far the mean gain grows, and where most of it is there.
std::string mean_text(const LinkTrend& trend, double Gains::*gain) {
    if (trend.series == 0) {
        return "";
    }
    const double first = trend.means.front().*gain;
    const double last = trend.means.back().*gain;
    std::string text =
        fmt::format(" Its geometric mean is {:.3f}x at {} and {:.3f}x at {}", first,
                    bandwidth_text(trend.bandwidths.front()), last, bandwidth_text(trend.bandwidths.back()));
    if (last > first) {
        text += fmt::format("; half of this growth is there at {}, nine tenths at {}",
                            bandwidth_text(bandwidth_of_share(trend, gain, 0.5)),
                            bandwidth_text(bandwidth_of_share(trend, gain, 0.9)));
    }
    return text + ".";
}

/// The answer in a few lines: in how many series each gain grows with the bandwidth, how far, and where.
void add_answer(std::string& text, const std::vector<LinkSensitivity>& networks) {
    const LinkTrend means = link_trend(networks);
    for (const auto& [name, gain] :
         {std::pair("energy gain", &Gains::energy_gain), std::pair("latency speed-up", &Gains::speedup)}) {
        std::size_t series = 0;
        std::size_t grows = 0;
        std::size_t falls = 0;
        for (const LinkSensitivity& one : networks) {
            for (std::size_t s = 0; s < one.settings.size(); ++s) {
                const Trend found = trend(one, s, gain);
                ++series;
                grows += found.rises > 0 && found.falls == 0 ? 1 : 0;
                falls += found.falls > 0 ? 1 : 0;
            }
        }
        text += fmt::format(
            "- The {} grows with the bandwidth in {} of {} series (a network with one setting), and falls "
            "somewhere in {}.{}\n",
            name, grows, series, falls, mean_text(means, gain));
    }
}

void add_gain_table(std::string& text, const LinkSensitivity& one, const char* title, double Gains::*gain) {
    text += fmt::format("\n{}:\n\n| link |", title);
    for (const std::string& setting : one.settings) {
        text += fmt::format(" {} |", setting.empty() ? "gain" : escaped(setting));
    }
    text += "\n|---:|";
    for (std::size_t i = 0; i < one.settings.size(); ++i) {
        text += "---:|";
    }
    text += "\n";
    for (std::size_t b = 0; b < one.bandwidths.size(); ++b) {
        text += fmt::format("| {} |", bandwidth_text(one.bandwidths[b]));
        for (const std::optional<Gains>& cell : one.gains[b]) {
            text += cell ? fmt::format(" {:.3f}x |", (*cell).*gain) : std::string(" - |");
        }
        text += "\n";
    }
}

void add_sensitivity(std::string& text, const std::vector<CaseRecord>& cases) {
    const std::vector<LinkSensitivity> networks = link_sensitivity(cases);
    const std::vector<std::string> without = without_sensitivity(cases);
    if (networks.empty() && without.empty()) {
        return;
    }
    if (networks.empty()) {
        text += "\n## Gains and the link\n\nNothing can be compared: ";
        text += "no network has proved fronts at two bandwidths.\n";
        return;
    }
    text += fmt::format(
        "\n## Gains and the link\n\nThe greatest gain on each front over the GPU alone, as the link between "
        "GPU and "
        "FPGA gets faster.\n\n![Gains over link bandwidth]({})\n\n",
        kSensitivityPlot);
    add_answer(text, networks);
    for (const std::string& network : without) {
        text += fmt::format("- {} is left out: it has proved fronts at less than two bandwidths.\n",
                            escaped(network));
    }
    for (const LinkSensitivity& one : networks) {
        text +=
            fmt::format("\n### {}\n\nFrom {} to {}:\n\n| setting | energy gain | speed-up |\n|---|---|---|\n",
                        escaped(one.network), bandwidth_text(one.bandwidths.front()),
                        bandwidth_text(one.bandwidths.back()));
        for (std::size_t s = 0; s < one.settings.size(); ++s) {
            text += fmt::format(
                "| {} | {} | {} |\n", one.settings[s].empty() ? "all" : escaped(one.settings[s]),
                trend_text(trend(one, s, &Gains::energy_gain)), trend_text(trend(one, s, &Gains::speedup)));
        }
        add_gain_table(text, one, "Energy gain", &Gains::energy_gain);
        add_gain_table(text, one, "Latency speed-up", &Gains::speedup);
    }
}

}  // namespace

std::string sweep_markdown(const std::string& name, const std::vector<CaseRecord>& cases,
                           const std::optional<SweepPart>& part) {
    std::string text = fmt::format("# Sweep {}\n\n", escaped(name));
    if (part) {
        text += fmt::format(
            "Shard {}/{}, {} of {}: `cleave merge` joins all shards, and compares their cases.\n\n",
            part->index, part->count, cases.size(), plural(part->all_cases, "case"));
        add_outcome(text, cases);
        return text;
    }
    add_outcome(text, cases);
    add_best(text, cases);
    add_sensitivity(text, cases);
    add_effects(text, cases);
    return text;
}

}  // namespace cleave
