// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/branch_search.hpp"
#include "cleave/search/certificate.hpp"
#include "cleave/search/corners.hpp"
#include "cleave/search/lagrangian.hpp"
#include "cleave/search/problem.hpp"
#include "cleave/search/slice.hpp"
#include "cleave/search/slice_search.hpp"
#include "cleave/units/exact.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

namespace cleave {

SearchCounts& SearchCounts::operator+=(const SearchCounts& more) {
    labels += more.labels;
    most_labels = std::max(most_labels, more.most_labels);
    candidates += more.candidates;
    over_capacity += more.over_capacity;
    by_bound += more.by_bound;
    dominated += more.dominated;
    passes += more.passes;
    slices += more.slices;
    return *this;
}

namespace {

constexpr std::int64_t kMostTotal = std::int64_t{1} << 50;
/// Passes after the first look for points within this share of epsilon: what they find brings the bounds
/// nearer to the points known, and so the end, sooner than many more labels would.
constexpr double kFinerEpsilon = 0.3;

void check(const SearchProblem& problem, const SearchOptions& options) {
    if (problem.nodes < 1) {
        throw std::invalid_argument("a search problem needs a node");
    }
    if (problem.loads > kLoadKinds) {
        throw std::invalid_argument("a search problem has too many loads");
    }
    if (!(options.epsilon >= 0 && options.epsilon <= 1)) {
        throw std::invalid_argument("epsilon of a search must be in [0, 1]");
    }
    // The most that anything can sum up to on the way to each node.
    std::vector<std::int64_t> most(problem.nodes, 0);
    std::uint32_t before = 0;
    for (const SearchArc& arc : problem.arcs) {
        if (arc.from < before || arc.to <= arc.from || arc.to >= problem.nodes) {
            throw std::invalid_argument("arcs of a search problem must be sorted and lead forwards");
        }
        before = arc.from;
        const auto [least_use, most_use] = std::minmax_element(arc.use.begin(), arc.use.end());
        const auto [least_load, most_load] = std::minmax_element(arc.load.begin(), arc.load.end());
        if (std::min({arc.time, arc.energy, *least_use, *least_load}) < 0) {
            throw std::invalid_argument("arcs of a search problem must not have negative values");
        }
        const std::int64_t largest = std::max({arc.time, arc.energy, *most_use, *most_load});
        if (largest > kMostTotal - most[arc.from]) {
            throw OutOfProportion("times, energies or resources of the search are too large for exact sums");
        }
        most[arc.to] = std::max(most[arc.to], most[arc.from] + largest);
    }
}

class Solver {
public:
    Solver(const SearchProblem& problem, const SearchOptions& options)
        : problem_(problem),
          options_(options),
          stop_(options),
          objectives_(problem.loads == 0 ? 2 : 3),
          base_(base_of(problem, fitting_arcs(problem))),
          known_(problem, options.epsilon == 0),
          certificate_(objectives_, base_.box) {}

    SearchResult run() {
        for (const auto& direction : base_.directions) {
            base_.bounds.push_back(best_bound(base_.arcs, direction, base_.most, base_.pool));
            certificate_.add_everywhere({base_.bounds.back().weights, base_.bounds.back().root()});
            // Those of one objective each come first; slices need them and one more.
            if (base_.bounds.size() > objectives_ && stop_.asked()) {
                break;
            }
        }
        if (base_.bounds.front().completion.front() >= kUnreachable) {
            return {};
        }
        add_feasible(base_.pool, problem_.capacity, known_);
        const SearchTuning& tuning = options_.tuning;
        bool finished =
            near_enough() ||
            pass({tuning.first_beam, std::numeric_limits<std::size_t>::max(), options_.epsilon}) ||
            near_enough();
        // Each keeps more labels a node, until nothing had to be left out.
        for (std::size_t beam = tuning.second_beam; !finished && !stop_.has_stopped();
             beam *= tuning.beam_growth) {
            finished =
                pass({beam, tuning.corners_per_slice, kFinerEpsilon * options_.epsilon}) || near_enough();
        }
        SearchResult result;
        result.front = known_.points();
        result.completeness = completeness_of(finished, options_.epsilon);
        // A search that finished without a point has shown that there is none.
        if (!finished || (options_.epsilon > 0 && !result.front.empty())) {
            result.gap = certificate_.gap(result.front, options_.epsilon);
        }
        counts_.most_labels = stop_.most_labels();
        result.counts = counts_;
        return result;
    }

private:
    struct Pass {
        std::size_t beam = 0;
        std::size_t corners_per_slice = 0;
        /// At most that of the search.
        double epsilon = 0;
    };

    /// Searches all slices that are still open, side by side; what they find counts from the next pass on, so
    /// that nothing depends on their order. True if none is left open.
    bool pass(const Pass& pass) {
        ++counts_.passes;
        std::vector<Objectives> corners;
        for (const Objectives& corner : open_corners(known_, base_.box, objectives_, pass.epsilon)) {
            if (!certificate_.is_closed(corner)) {
                corners.push_back(corner);
            }
        }
        const auto groups = slices(std::move(corners), base_.most, pass.corners_per_slice);
        counts_.slices += groups.size();
        if (Progress* progress = options_.progress) {
            ++progress->passes;
            progress->slices_done = 0;
            progress->slices = groups.size();
        }
        std::vector<std::optional<SliceResult>> results(groups.size());
        parallel_for(groups.size(), options_.threads, [&](std::size_t i) {
            if (!stop_.asked()) {
                results[i] = search_slice(problem_, make_slice(base_, groups[i], options_.tuning.grid_cells),
                                          ties_within(options_.epsilon), pass.beam, stop_);
            }
            if (options_.progress != nullptr) {
                ++options_.progress->slices_done;
            }
        });
        bool finished = true;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (!results[i]) {
                finished = false;
                continue;
            }
            SliceResult& result = *results[i];
            counts_ += result.counts;
            for (SearchPoint& point : result.points) {
                known_.add(std::move(point));
            }
            if (result.closed) {
                certificate_.close(groups[i]);
            } else {
                finished = false;
                certificate_.add(groups[i], *result.missing);
            }
        }
        return finished;
    }

    /// Boxes may be open and yet hold nothing far from what is known: bounds tell before labels do.
    [[nodiscard]] bool near_enough() const {
        return options_.epsilon > 0 &&
               certificate_.gap(known_.points(), options_.epsilon).all <= options_.epsilon;
    }

    const SearchProblem& problem_;
    const SearchOptions& options_;
    SearchStop stop_;
    std::size_t objectives_;
    SearchBase base_;
    UpperFront known_;
    Certificate certificate_;
    SearchCounts counts_;
};

}  // namespace

SearchResult solve(const SearchProblem& problem, const SearchOptions& options) {
    check(problem, options);
    if (!problem.lanes.empty()) {
        return search_branches(problem, options);
    }
    return Solver(problem, options).run();
}

}  // namespace cleave
