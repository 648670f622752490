// SPDX-License-Identifier: Apache-2.0
#include "peers.hpp"
#include "problems.hpp"

#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

#include <algorithm>
#include <utility>

namespace cleave::bench {
namespace {

/// The form in which pagmo takes a problem; it is copied, so it only refers to the search problem.
class PathGenes {
public:
    PathGenes() = default;
    explicit PathGenes(const SearchProblem& problem) : problem_(&problem), first_(problem.nodes + 1) {
        for (const SearchArc& arc : problem.arcs) {
            ++first_[arc.from + 1];
        }
        for (std::size_t v = 0; v < problem.nodes; ++v) {
            first_[v + 1] += first_[v];
            gene_.push_back(degrees_.size());
            if (degree(v) > 1) {
                degrees_.push_back(degree(v));
            }
        }
    }

    [[nodiscard]] pagmo::vector_double fitness(const pagmo::vector_double& genes) const {
        std::int64_t time = 0;
        std::int64_t energy = 0;
        ResourceUse use{};
        std::uint32_t node = 0;
        while (node + 1 < problem_->nodes && degree(node) > 0) {
            const std::size_t choice =
                degree(node) > 1 ? static_cast<std::size_t>(genes[gene_[node]]) : std::size_t{0};
            const SearchArc& arc = problem_->arcs[first_[node] + choice];
            time += arc.time;
            energy += arc.energy;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                use[k] += arc.use[k];
            }
            node = arc.to;
        }
        double excess = node + 1 < problem_->nodes ? 1 : 0;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            if (use[k] > problem_->capacity[k]) {
                excess += static_cast<double>(use[k] - problem_->capacity[k]) /
                          static_cast<double>(std::max<std::int64_t>(1, problem_->capacity[k]));
            }
        }
        // No feasible sum comes near it: sums are below 2^50.
        constexpr double kPenalty = 0x1p60;
        const double penalty = excess > 0 ? kPenalty * (1 + excess) : 0;
        return {static_cast<double>(time) + penalty, static_cast<double>(energy) + penalty};
    }
    [[nodiscard]] pagmo::vector_double::size_type get_nobj() const { return 2; }
    [[nodiscard]] pagmo::vector_double::size_type get_nix() const { return genes(); }
    [[nodiscard]] std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        pagmo::vector_double high;
        for (const std::size_t degree : degrees_) {
            high.push_back(static_cast<double>(degree - 1));
        }
        return {pagmo::vector_double(genes(), 0), high};
    }
    [[nodiscard]] std::size_t genes() const { return degrees_.size(); }
    [[nodiscard]] pagmo::vector_double least_use() const {
        const auto weight = [&](const SearchArc& arc) {
            double sum = 0;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                sum += static_cast<double>(arc.use[k]) /
                       static_cast<double>(std::max<std::int64_t>(1, problem_->capacity[k]));
            }
            return std::pair(sum, arc.time);
        };
        pagmo::vector_double chosen;
        for (std::uint32_t v = 0; v < problem_->nodes; ++v) {
            if (degree(v) < 2) {
                continue;
            }
            const auto begin = problem_->arcs.begin() + static_cast<std::ptrdiff_t>(first_[v]);
            const auto end = problem_->arcs.begin() + static_cast<std::ptrdiff_t>(first_[v + 1]);
            const auto best = std::min_element(
                begin, end, [&](const SearchArc& a, const SearchArc& b) { return weight(a) < weight(b); });
            chosen.push_back(static_cast<double>(best - begin));
        }
        return chosen;
    }

private:
    [[nodiscard]] std::size_t degree(std::size_t node) const { return first_[node + 1] - first_[node]; }

    const SearchProblem* problem_ = nullptr;
    /// Number of the first arc of each node.
    std::vector<std::size_t> first_;
    /// Number of each node's gene, for nodes with a choice; and how many arcs each gene chooses from.
    std::vector<std::size_t> gene_;
    std::vector<std::size_t> degrees_;
};

double share_of(const pagmo::population& population, const Area& area, double exact_area) {
    std::vector<std::pair<std::int64_t, std::int64_t>> points;
    for (const pagmo::vector_double& f : population.get_f()) {
        if (f[0] < static_cast<double>(area.time) && f[1] < static_cast<double>(area.energy)) {
            points.emplace_back(static_cast<std::int64_t>(f[0]), static_cast<std::int64_t>(f[1]));
        }
    }
    return area.of(std::move(points)) / exact_area;
}

}  // namespace

double Area::of(std::vector<std::pair<std::int64_t, std::int64_t>> points) const {
    std::sort(points.begin(), points.end());
    double sum = 0;
    std::int64_t top = energy;
    for (const auto& [t, e] : points) {
        if (t < time && e < top) {
            sum += static_cast<double>(time - t) * static_cast<double>(top - e);
            top = e;
        }
    }
    return sum;
}

GeneticRun run_nsga2(const SearchProblem& problem, const Area& area, double exact_area, unsigned population,
                     unsigned seed, double wanted_share, double time_limit) {
    const PathGenes genes(problem);
    const Stopwatch watch;
    pagmo::population people{pagmo::problem(genes), population - 1, seed};
    people.push_back(genes.least_use());
    // A mutation a child on average, the usual rate; the rest is pagmo's default.
    const double mutation = 1.0 / static_cast<double>(genes.genes());
    const unsigned generations = std::max(1U, 2000 / population);
    pagmo::algorithm algorithm{pagmo::nsga2(generations, 0.95, 10., mutation, 50., seed)};
    GeneticRun run;
    do {
        people = algorithm.evolve(people);
        run.share = share_of(people, area, exact_area);
        run.seconds = watch.seconds();
        run.course.push_back({run.seconds, run.share});
    } while (run.share < wanted_share && run.seconds < time_limit);
    run.evaluations = people.get_problem().get_fevals();
    return run;
}

}  // namespace cleave::bench
