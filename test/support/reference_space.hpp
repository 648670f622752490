// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/design_space.hpp"
#include "cleave/search/result.hpp"
#include "support/random.hpp"
#include "support/reference_costs.hpp"

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace cleave::testing {

/// A partition, under the fastest of its schedules.
struct RefPartition {
    /// In normal form.
    Mapping mapping;
    std::int64_t time = 0;
    std::int64_t energy = 0;
    /// Summed over the network.
    Resources demand;
    std::int64_t bytes = 0;
    bool feasible = false;
    /// For each unit: device (0 GPU, 1 split, 2 FPGA), axis or first unit of the run, share.
    std::vector<std::tuple<int, std::int64_t, std::int64_t>> decisions;
};

/// Of each point of a front, in ticks.
using TimesAndEnergies = std::vector<std::pair<std::int64_t, std::int64_t>>;
[[nodiscard]] TimesAndEnergies times_and_energies(const std::vector<RefPartition>& front);
[[nodiscard]] TimesAndEnergies times_and_energies(const std::vector<FrontPoint>& front);
/// The least factor >= 1 such that each of `points` has one of `front` that is at most so many times it, in
/// both.
[[nodiscard]] double times_as_much(const TimesAndEnergies& front, const TimesAndEnergies& points);

/// Every partition of a design space, found by trying all of them. For small networks only.
class ReferenceSpace {
public:
    /// Which of the hardware variants of layers are tried.
    enum class Tried { all, useful };

    ReferenceSpace(const ReferenceCosts& costs, const DesignSpace& space, Tried tried = Tried::all);

    /// All partitions that can be scheduled, whether they fit the FPGA or not; nothing if there are more than
    /// `most` mappings. Of runs and splits that only differ in their hardware, those are left out that
    /// another is as fast, as economical and as small as: no schedule gets better by a longer task.
    [[nodiscard]] std::optional<std::vector<RefPartition>> partitions(std::size_t most) const;
    /// A partition with any hardware, also such that is left out above; nothing if it cannot be scheduled.
    [[nodiscard]] std::optional<RefPartition> any_partition(Random& random) const;
    /// Number of sequences of stages, each of which fits the FPGA alone.
    [[nodiscard]] std::uint64_t count_schedules() const;

private:
    [[nodiscard]] bool is_allowed_run(UnitMask units) const;
    void add(const std::vector<RefGroup>& same_but_hardware);
    /// Least time of any schedule; nothing if the groups wait for each other or for themselves.
    [[nodiscard]] std::optional<std::int64_t> shortest(const std::vector<const RefGroup*>& groups) const;
    [[nodiscard]] bool closed(UnitMask done) const { return closed_[done]; }
    [[nodiscard]] RefPartition finish(const std::vector<const RefGroup*>& groups, std::int64_t time) const;
    [[nodiscard]] bool is_feasible(const std::vector<const RefGroup*>& groups) const;

    const ReferenceCosts& costs_;
    const DesignSpace& space_;
    /// Runs and splits, by their first unit: all, and those that are worth trying.
    std::vector<std::vector<RefGroup>> all_groups_;
    std::vector<std::vector<RefGroup>> groups_;
    /// True if some layer has several variants.
    bool choices_ = false;
    /// For every set of units: is everything they depend on in it as well? How long do they take on the GPU?
    std::vector<bool> closed_;
    std::vector<std::int64_t> gpu_time_;
};

/// The feasible (time, energy) that no other partition dominates, by time; of equal ones the one with the
/// least demand, by limit, then the smallest decisions.
[[nodiscard]] std::vector<RefPartition> reference_front(const std::vector<RefPartition>& partitions,
                                                        const std::vector<CapacityLimit>& limits);

}  // namespace cleave::testing
