// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/comparison.hpp"
#include "cleave/compare/front_summary.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A figure that a condition can be about.
struct Metric {
    enum class Unit { none, seconds, joules };
    std::string name;
    Unit unit = Unit::none;
};

/// Figures of one front: front.size, front.gap, baseline.latency_s, baseline.energy_j, and latency_s,
/// energy_j, latency_speedup, energy_gain, alm, dsp, m20k, link_bytes, interval_s of min_latency, knee and
/// min_energy.
[[nodiscard]] const std::vector<Metric>& front_metrics();
/// Those, of the new front; the same of the old one as old.NAME; new / old as ratio.NAME; and what comparing
/// gives: hypervolume, points.kept|improved|lost|gained|dominated, matched.worst_energy_ratio,
/// matched.median_energy_ratio, matched.missing.
[[nodiscard]] const std::vector<Metric>& comparison_metrics();

/// NAME RELATION NUMBER.
struct Condition {
    enum class Relation { less, less_equal, greater, greater_equal, equal, unequal };
    /// As it was written.
    std::string text;
    Metric metric;
    Relation relation = Relation::less;
    /// SI units.
    double bound = 0;
};

/// A condition with what came of it.
struct Judged {
    Condition condition;
    /// Nothing where the figure is not defined: of a point of an empty front, or a ratio to 0.
    std::optional<double> actual;

    /// Exactly, without a tolerance; never for a figure that is not defined.
    [[nodiscard]] bool holds() const;
};

/// `condition.metric` is one of front_metrics(). @throws std::logic_error otherwise
[[nodiscard]] Judged judge(const Condition& condition, const FrontSummary& front);
/// `condition.metric` is one of comparison_metrics(). @throws std::logic_error otherwise
[[nodiscard]] Judged judge(const Condition& condition, const FrontSummary& old_front,
                           const FrontSummary& new_front, const Comparison& comparison);

/// The figure to six digits, so that it can be told from a bound: "5.28734 ms", "1.234", "none".
[[nodiscard]] std::string show_metric(const Metric& metric, std::optional<double> value);

}  // namespace cleave
