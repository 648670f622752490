// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/comparison_rows.hpp"

#include "cleave/units/percentile.hpp"
#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kShaDigits = 64;
constexpr std::size_t kShownDigits = 12;

std::string points(std::size_t count) { return fmt::format("{} point{}", count, count == 1 ? "" : "s"); }

ComparisonRow row(std::string label, std::optional<Cost> before, std::optional<Cost> after) {
    const auto latency = [](const std::optional<Cost>& cost) {
        return cost ? std::optional(cost->latency.value()) : std::nullopt;
    };
    const auto energy = [](const std::optional<Cost>& cost) {
        return cost ? std::optional(cost->energy.value()) : std::nullopt;
    };
    return {std::move(label),
            before ? show(before->latency) : "-",
            after ? show(after->latency) : "-",
            shift(latency(before), latency(after)),
            before ? show(before->energy) : "-",
            after ? show(after->energy) : "-",
            shift(energy(before), energy(after))};
}

bool is_sha(const std::string& value) {
    return value.size() == kShaDigits && std::all_of(value.begin(), value.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string show_fact(const std::string& path, const std::optional<std::string>& value) {
    if (!value) {
        return "(absent)";
    }
    double hertz = 0;
    const char* end = value->data() + value->size();
    if (path.ends_with("_hz") && std::from_chars(value->data(), end, hertz).ptr == end) {
        return fmt::format("{:.6g} MHz", hertz / 1e6);
    }
    return is_sha(*value) ? value->substr(0, kShownDigits) : *value;
}

}  // namespace

Shift shift(std::optional<double> before, std::optional<double> after) {
    if (!before || !after) {
        return {"-", Trend::unknown};
    }
    if (*before == *after) {
        return {"same", Trend::same};
    }
    const Trend trend = *after < *before ? Trend::better : Trend::worse;
    if (*before <= 0) {
        return {"-", trend};
    }
    const double percent = 100 * (*after / *before - 1);
    // Two decimals hide a change that small; it is one all the same.
    return {std::abs(percent) < 0.005 ? fmt::format("{:+.1e} %", percent) : fmt::format("{:+.2f} %", percent),
            trend};
}

std::vector<ComparisonRow> comparison_rows(const FrontSummary& old_front, const FrontSummary& new_front) {
    std::vector<ComparisonRow> rows;
    rows.push_back(row("GPU only", Cost{old_front.baseline_latency, old_front.baseline_energy},
                       Cost{new_front.baseline_latency, new_front.baseline_energy}));
    for (const auto& [label, position] :
         {std::pair("min latency", &FrontSummary::min_latency), std::pair("knee", &FrontSummary::knee),
          std::pair("min energy", &FrontSummary::min_energy)}) {
        const auto cost = [position = position](const FrontSummary& front) -> std::optional<Cost> {
            if (front.points.empty()) {
                return std::nullopt;
            }
            const SummaryPoint& point = front.points[front.*position];
            return Cost{point.latency, point.energy};
        };
        rows.push_back(row(label, cost(old_front), cost(new_front)));
    }
    return rows;
}

std::vector<std::string> comparison_sentences(const FrontSummary& old_front, const FrontSummary& new_front,
                                              const Comparison& comparison) {
    std::vector<std::string> sentences;
    sentences.push_back(fmt::format(
        "hypervolume {} of the old front's (reference point {}, {}: {} times the joint nadir)",
        comparison.volume_ratio ? fmt::format("{:.6f}", *comparison.volume_ratio) : "is no multiple",
        show(comparison.reference.latency), show(comparison.reference.energy), kReferenceFactor));
    sentences.push_back(fmt::format(
        "{} before, {} now: {} kept; of the old ones {} improved, {} lost; of the new ones {} gained, {} "
        "dominated by an old one",
        points(old_front.points.size()), points(new_front.points.size()), comparison.count(Fate::kept),
        comparison.count(Fate::improved), comparison.count(Fate::lost), comparison.count(Fate::gained),
        comparison.count(Fate::dominated)));
    const std::vector<double> ratios = comparison.energy_ratios();
    if (!ratios.empty()) {
        const auto change = [](double ratio) { return shift(1, ratio).text; };
        sentences.push_back(
            fmt::format("least energy at the latency of each old point: worst {}, median {}, best {}",
                        change(ratios.back()), change(percentile(ratios, 0.5)), change(ratios.front())));
    }
    if (const std::size_t missing = comparison.unmatched(); missing > 0) {
        sentences.push_back(fmt::format("{} of the old front {} faster than every new point", points(missing),
                                        missing == 1 ? "is" : "are"));
    }
    return sentences;
}

std::vector<ChangeRow> change_rows(const Comparison& comparison) {
    std::vector<Change> changes = comparison.changes;
    std::stable_partition(changes.begin(), changes.end(), [](const Change& change) {
        return !is_sha(change.old_value.value_or("")) && !is_sha(change.new_value.value_or(""));
    });
    std::vector<ChangeRow> rows;
    for (const Change& change : changes) {
        rows.push_back({change.path, show_fact(change.path, change.old_value),
                        show_fact(change.path, change.new_value)});
    }
    return rows;
}

}  // namespace cleave
