// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/design_space.hpp"
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

/// Every partition of a design space, found by trying all of them. For small networks only.
class ReferenceSpace {
public:
    ReferenceSpace(const ReferenceCosts& costs, const DesignSpace& space);

    /// All partitions that can be scheduled, whether they fit the FPGA or not; nothing if there are more than
    /// `most` mappings.
    [[nodiscard]] std::optional<std::vector<RefPartition>> partitions(std::size_t most) const;
    /// Number of sequences of stages, each of which fits the FPGA alone.
    [[nodiscard]] std::uint64_t count_schedules() const;

private:
    [[nodiscard]] bool is_allowed_run(UnitMask units) const;
    /// Least time of any schedule; nothing if the groups wait for each other or for themselves.
    [[nodiscard]] std::optional<std::int64_t> shortest(const std::vector<const RefGroup*>& groups) const;
    [[nodiscard]] bool closed(UnitMask done) const { return closed_[done]; }
    [[nodiscard]] RefPartition finish(const std::vector<const RefGroup*>& groups, std::int64_t time) const;
    [[nodiscard]] bool is_feasible(const std::vector<const RefGroup*>& groups) const;

    const ReferenceCosts& costs_;
    const DesignSpace& space_;
    /// Runs and splits, by their first unit.
    std::vector<std::vector<RefGroup>> groups_;
    /// For every set of units: is everything they depend on in it as well? How long do they take on the GPU?
    std::vector<bool> closed_;
    std::vector<std::int64_t> gpu_time_;
};

/// The feasible (time, energy) that no other partition dominates, by time; of equal ones the one with the
/// least demand, by limit, then the smallest decisions.
[[nodiscard]] std::vector<RefPartition> reference_front(const std::vector<RefPartition>& partitions,
                                                        const std::vector<CapacityLimit>& limits);

}  // namespace cleave::testing
