// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/front_summary.hpp"
#include "cleave/compare/hypervolume.hpp"
#include "cleave/units/names.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What became of a point of the old front, or where a point of the new one comes from, in latency and
/// energy.
enum class Fate {
    /// The other front has a point with the same latency and energy.
    kept,
    /// Old point: a new point dominates it.
    improved,
    /// Old point: no new point is as good in both objectives.
    lost,
    /// New point: no old point is as good in both objectives.
    gained,
    /// New point: an old point dominates it.
    dominated,
};
[[nodiscard]] constexpr auto names_of(Fate) {
    using enum Fate;
    return std::to_array<Named<Fate>>({{kept, "kept"},
                                       {improved, "improved"},
                                       {lost, "lost"},
                                       {gained, "gained"},
                                       {dominated, "dominated"}});
}
static_assert(all_named<Fate>());

/// A point of the old front and, of the new points that take no longer, the one with the least energy.
struct MatchedPoint {
    std::size_t old_point = 0;
    /// Nothing if all new points take longer.
    std::optional<std::size_t> new_point;
    /// Energy of the new point / energy of the old one; nothing without a new point or for an old energy of
    /// 0.
    std::optional<double> energy_ratio;
};

/// A fact that differs; one of the values may be absent.
struct Change {
    std::string path;
    std::optional<std::string> old_value;
    std::optional<std::string> new_value;
};

/// What became of one front in another.
struct Comparison {
    Cost reference;
    double old_volume = 0;
    double new_volume = 0;
    /// New / old; nothing if the old volume is 0.
    std::optional<double> volume_ratio;
    /// Of each old point: kept, improved or lost. Of each new one: kept, gained or dominated.
    std::vector<Fate> old_fates;
    std::vector<Fate> new_fates;
    /// One for each old point.
    std::vector<MatchedPoint> matched;
    /// In the order of the old front's facts, then those that only the new one has.
    std::vector<Change> changes;
    /// Why figures of the two may not be comparable, a sentence each without its full stop.
    std::vector<std::string> warnings;

    /// Among fates of both fronts; `kept` counts those of the new front.
    [[nodiscard]] std::size_t count(Fate fate) const;
    /// Old points without a new point that is as fast.
    [[nodiscard]] std::size_t unmatched() const;
    /// Energy ratios that are there, sorted.
    [[nodiscard]] std::vector<double> energy_ratios() const;
};

/// Compares in latency and energy; all comparisons are exact.
[[nodiscard]] Comparison compare(const FrontSummary& old_front, const FrontSummary& new_front);

}  // namespace cleave
