// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/mapping.hpp"
#include "cleave/units/names.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace cleave {

/// Names for regions of the one design space (docs/architecture.md).
enum class Strategy { gpu, dwconv, gconv, fused, fpga };
[[nodiscard]] constexpr auto names_of(Strategy) {
    using enum Strategy;
    return std::to_array<Named<Strategy>>(
        {{gpu, "gpu"}, {dwconv, "dwconv"}, {gconv, "gconv"}, {fused, "fused"}, {fpga, "fpga"}});
}
static_assert(all_named<Strategy>());

/// What can be minimised besides latency and energy: the steady time between frames when GPU, link and FPGA
/// work on successive frames, or the ALMs of the partition.
enum class ThirdObjective { interval, alm };
[[nodiscard]] constexpr auto names_of(ThirdObjective) {
    using enum ThirdObjective;
    return std::to_array<Named<ThirdObjective>>({{interval, "interval"}, {alm, "alm"}});
}
static_assert(all_named<ThirdObjective>());

/// Which foldings runs on the FPGA may have.
enum class Folding {
    /// A run at every pace that a folding of some layer, or a transfer that it streams beside, sets; in it
    /// every folding that no other beats at that pace.
    exact,
    /// Paces in steps of kLadderStep, and of the foldings that differ by less than a step in how long they
    /// take the one that needs least; splits take shares in kLadderShares parts of the whole; and of the
    /// stages from one state to another that differ by less than kLadderNear in time and energy and by a step
    /// at most, rounded up, in each resource, one. What that leaves out, ladder_loss bounds.
    ladder,
};
[[nodiscard]] constexpr auto names_of(Folding) {
    using enum Folding;
    return std::to_array<Named<Folding>>({{exact, "exact"}, {ladder, "ladder"}});
}
static_assert(all_named<Folding>());

/// Eighth root of two.
inline constexpr double kLadderStep = 1.0905077326652577;
inline constexpr std::int64_t kLadderShares = 16;
inline constexpr double kLadderNear = 1.02;

/// Which partitions an exploration considers. Runs of wires alone (concat, slice, shuffle, flatten, dropout)
/// never are: they would move data over the link and back for nothing.
struct DesignSpace {
    /// Strategies allowed besides `gpu`, which always is.
    std::set<Strategy> strategies{Strategy::dwconv, Strategy::gconv, Strategy::fused, Strategy::fpga};
    std::set<SplitAxis> axes{SplitAxis::channels, SplitAxis::filters, SplitAxis::groups};
    /// Splits take multiples of this many channels, filters or groups, below the whole.
    std::int64_t share_step = 1;
    /// Most units (layers with what goes along with them) in one FPGA run; absent: as many as fit.
    std::optional<std::int64_t> longest_run;
    /// Without a meaning where no layer has foldings.
    Folding folding = Folding::ladder;
    /// Instead of options that there are, ones that bound them: for every partition of the exact space there
    /// is one of these that is no worse in time, energy and demand. A run costs what it costs at the quickest
    /// of some neighbouring paces, its units need what they need at the slowest of them, and its maps wait
    /// for nothing.
    bool relaxed = false;
    /// Options that are best in this are kept, too.
    std::optional<ThirdObjective> third;
};

}  // namespace cleave
