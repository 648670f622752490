// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/partition/design_space.hpp"
#include "cleave/search/problem.hpp"
#include "cleave/search/result.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// What no partition of a space can do, told from its units one by one: without stages, and so without
/// generating any.
///
/// Whatever the stages, each unit is on the GPU, in a run as some hardware, or split in some way. Of these
/// choices GPU work adds up (there is one GPU), demand adds up (network scope), and so does energy without
/// standing power, of which a unit of a run has the share that its hardware draws over one interval at
/// least; and no run is over before an interval of each of its units, no split before its own end. So a
/// partition within some time has only choices that end within it, and paths of these, one choice a unit,
/// that all partitions within a time and an energy are among, are ruled out by a Lagrangian bound
/// (corner_bound). Transfers of runs, their fills, waits and stages are left out: it is a bound, not a good
/// estimate.
class UnitBound {
public:
    /// On so many threads (0: one per processor).
    UnitBound(const Costing& costing, const DesignSpace& space, unsigned threads);

    /// True only if no partition takes at most so much in both.
    [[nodiscard]] bool rules_out(Nanoseconds time, Picojoules energy) const;
    /// How far points that are missing may be from these, at most; unknown without points.
    /// @param front  sorted by time, energies falling
    [[nodiscard]] SearchGap gap(const std::vector<FrontPoint>& front) const;

private:
    struct Choice {
        /// No partition with it takes less.
        std::int64_t ends = 0;
        SearchArc arc;
    };
    [[nodiscard]] static std::vector<Choice> nondominated(std::vector<Choice> all);
    [[nodiscard]] std::vector<Choice> choices_of(UnitId unit, const DesignSpace& space) const;
    [[nodiscard]] Choice choice_of(Nanoseconds gpu, Nanoseconds ends, Picojoules tasks,
                                   const Resources& demand) const;
    [[nodiscard]] Picojoules least_work(const LayerHardware& hardware) const;
    [[nodiscard]] bool no_path(Nanoseconds time, Picojoules energy, Milliwatts while_gpu_works) const;
    [[nodiscard]] double least_factor(double time, double energy, bool divide_time, bool divide_energy) const;

    const Costing& costing_;
    /// Of the whole network; none in the module scope.
    std::vector<CapacityLimit> limits_;
    /// Of all units, one after the other; arcs lead from each unit to the next.
    std::vector<Choice> choices_;
    /// Standing power over a time within which no partition ends.
    Picojoules least_standing_;
};

}  // namespace cleave
