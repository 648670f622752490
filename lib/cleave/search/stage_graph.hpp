// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/options.hpp"
#include "cleave/search/problem.hpp"

#include <span>
#include <string>
#include <vector>

namespace cleave {

/// Stage options as a search graph, and paths in it as mappings.
class StageGraph {
public:
    /// @throws std::invalid_argument for a third objective in the module scope, or for ALMs of an
    /// implementation that does not add them up.
    StageGraph(const Costing& costing, const StateSpace& states, const OptionSet& options,
               std::optional<ThirdObjective> third);

    /// Which limits the search has to keep.
    enum class Capacity { limited, unlimited };

    struct Point {
        Nanoseconds time;
        Picojoules energy;
        /// 0 without a third objective; otherwise nanoseconds or ALMs.
        std::int64_t third = 0;
        Mapping mapping;
    };
    struct Front {
        std::vector<Point> points;
        Completeness completeness = Completeness::exact;
        SearchGap gap;
        SearchCounts counts;
    };

    /// Partitions above are not wanted.
    struct Bounds {
        std::optional<Nanoseconds> time;
        std::optional<Picojoules> energy;
    };

    /// The front of whole partitions under the platform's resource scope.
    [[nodiscard]] Front solve(Capacity capacity, const Bounds& bounds, const SearchOptions& search) const;
    /// The search problem of the whole network: what `solve` solves in the network scope. It refers to this
    /// graph.
    [[nodiscard]] SearchProblem problem(Capacity capacity) const;
    /// Number of partitions with their schedule, in decimal.
    [[nodiscard]] std::string count() const;

private:
    struct Part {
        SearchProblem problem;
        std::size_t first_option = 0;
    };
    [[nodiscard]] Front solve_network(Capacity capacity, const Bounds& bounds,
                                      const SearchOptions& search) const;
    [[nodiscard]] Front solve_modules(Capacity capacity, const Bounds& bounds,
                                      const SearchOptions& search) const;
    /// The problem from one state to a later one, no stage of which leads past it.
    [[nodiscard]] Part part(StateId begin, StateId end, Capacity capacity) const;
    [[nodiscard]] bool has_lanes() const;
    [[nodiscard]] Mapping mapping(std::span<const std::size_t> options) const;
    [[nodiscard]] std::vector<Decision> decisions(std::span<const std::uint32_t> path,
                                                  std::size_t first_option) const;

    const Costing& costing_;
    const StateSpace& states_;
    const OptionSet& options_;
    std::optional<ThirdObjective> third_;
    /// The FPGA's limits that any option counts towards.
    std::vector<CapacityLimit> limits_;
};

}  // namespace cleave
