// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/unit_graph.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace cleave {

/// Index of a state in StateSpace. Every stage leads from a lower to a higher index.
enum class StateId : std::uint32_t {};
[[nodiscard]] constexpr std::size_t index(StateId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr StateId state_id(std::size_t i) { return static_cast<StateId>(i); }

/// Units [first, first + count) between two places where a single feature map is all that is still needed.
struct Region {
    std::size_t first = 0;
    std::size_t count = 0;
};

/// The states between the stages of a partition: which units have been computed, always together with
/// everything they depend on. All feature maps still needed lie in GPU memory. A state is a region, with all
/// regions before it complete, and a set of its units (a down-set of the dependence order), as a bit mask.
///
/// A region of more than 64 units, or of more than `most_states` down-sets, is cut in the middle of its unit
/// order. This only removes partitions in which devices overlap across the cut, and where layers have
/// foldings runs over it that do not take the region whole: several feature maps may be needed behind it. The
/// stages of a region of n independent units are some 4^n, so the limit is what bounds the options of wide
/// networks.
class StateSpace {
public:
    static constexpr std::size_t kMostStates = 128;

    explicit StateSpace(const UnitGraph& graph, std::size_t most_states = kMostStates);

    [[nodiscard]] std::size_t size() const { return states_.size(); }
    [[nodiscard]] StateId start() const { return StateId{0}; }
    [[nodiscard]] StateId end() const { return state_id(states_.size() - 1); }
    [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }
    /// Whether the border in front of a region is a cut. The first has none.
    [[nodiscard]] bool is_cut(std::size_t region) const { return cut_in_front_[region]; }
    [[nodiscard]] std::size_t cuts() const;
    /// Region and mask of a state; the end state has region == regions().size() and mask 0.
    [[nodiscard]] std::size_t region(StateId id) const { return states_[index(id)].first; }
    [[nodiscard]] std::uint64_t mask(StateId id) const { return states_[index(id)].second; }

    /// Units of the state's region that are not computed but whose producers all are, in order.
    [[nodiscard]] std::vector<UnitId> ready(StateId id) const;
    [[nodiscard]] bool is_done(StateId id, UnitId unit) const;
    /// The state after also computing `unit`, which must be ready.
    [[nodiscard]] StateId after(StateId id, UnitId unit) const;
    /// The state after computing `units` as well; nothing if that is no state (something they need is
    /// missing, or one of them is done already).
    [[nodiscard]] std::optional<StateId> after_all(StateId id, const std::vector<UnitId>& units) const;

private:
    void add_region(const UnitGraph& graph, Region region, std::size_t most_states);
    [[nodiscard]] StateId find(std::size_t region, std::uint64_t mask) const;

    std::vector<Region> regions_;
    std::vector<bool> cut_in_front_;
    std::vector<std::size_t> region_of_;
    /// For each unit, the mask of producers inside its region.
    std::vector<std::uint64_t> needs_;
    std::vector<std::pair<std::size_t, std::uint64_t>> states_;
    std::map<std::pair<std::size_t, std::uint64_t>, StateId> ids_;
};

}  // namespace cleave
