// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"
#include "cleave/search/problem.hpp"
#include "cleave/search/staircase.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace cleave {
namespace {

constexpr std::size_t kDirections = 33;
constexpr std::int64_t kMostTotal = std::int64_t{1} << 50;
constexpr std::uint32_t kNoLabel = std::numeric_limits<std::uint32_t>::max();
/// Labels kept per node in the passes that only look for good points; the last pass keeps all.
constexpr std::array<std::size_t, 2> kBeams{200, 3000};

/// A partial path from node 0, by its last arc and the label before it.
struct Label {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    std::uint32_t parent = kNoLabel;
    std::uint32_t arc = 0;
};

auto cost_key(const Label& l) { return std::tie(l.time, l.energy, l.use); }

void check(const SearchProblem& problem) {
    if (problem.nodes < 1) {
        throw std::invalid_argument("a search problem needs a node");
    }
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    std::uint32_t before = 0;
    for (const SearchArc& arc : problem.arcs) {
        if (arc.from < before || arc.to <= arc.from || arc.to >= problem.nodes) {
            throw std::invalid_argument("arcs of a search problem must be sorted and lead forwards");
        }
        before = arc.from;
        bool negative = arc.time < 0 || arc.energy < 0;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            negative = negative || arc.use[k] < 0;
            use[k] = std::max(use[k], arc.use[k]);
        }
        if (negative) {
            throw std::invalid_argument("arcs of a search problem must not have negative values");
        }
        time = std::max(time, arc.time);
        energy = std::max(energy, arc.energy);
    }
    const std::int64_t most = kMostTotal / std::max<std::int64_t>(1, problem.nodes);
    if (time > most || energy > most || *std::max_element(use.begin(), use.end()) > most) {
        throw std::overflow_error("times, energies or resources of the search are too large for exact sums");
    }
}

/// Labels of one node, found in order of (time, energy, use, preference), so that whatever dominates a label
/// comes before it and labels once kept stay. Blocks with their least energy and use are skipped whole.
class NodeFront {
public:
    [[nodiscard]] bool covers(const Label& label) const {
        for (const Block& block : blocks_) {
            if (!is_covered(block.least_energy, block.least_use, label)) {
                continue;
            }
            for (std::size_t i = block.begin; i < block.end; ++i) {
                if (is_covered(energies_[i], uses_[i], label)) {
                    return true;
                }
            }
        }
        return false;
    }

    void push(const Label& label) {
        if (blocks_.empty() || blocks_.back().end - blocks_.back().begin == kBlock) {
            blocks_.push_back({energies_.size(), energies_.size(), label.energy, label.use});
        }
        Block& block = blocks_.back();
        ++block.end;
        block.least_energy = std::min(block.least_energy, label.energy);
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            block.least_use[k] = std::min(block.least_use[k], label.use[k]);
        }
        energies_.push_back(label.energy);
        uses_.push_back(label.use);
    }

private:
    static constexpr std::size_t kBlock = 32;
    struct Block {
        std::size_t begin;
        std::size_t end;
        std::int64_t least_energy;
        ResourceUse least_use;
    };
    static bool is_covered(std::int64_t energy, const ResourceUse& use, const Label& label) {
        bool covered = energy <= label.energy;
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            covered = covered && use[k] <= label.use[k];
        }
        return covered;
    }
    std::vector<Block> blocks_;
    std::vector<std::int64_t> energies_;
    std::vector<ResourceUse> uses_;
};

class Solver {
public:
    Solver(const SearchProblem& problem, const SearchOptions& options)
        : problem_(problem), options_(options) {
        first_arc_.resize(problem.nodes + 1);
        for (const SearchArc& arc : problem.arcs) {
            ++first_arc_[arc.from + 1];
        }
        std::partial_sum(first_arc_.begin(), first_arc_.end(), first_arc_.begin());
    }

    SearchResult run() {
        SearchResult result;
        bounds_ = lagrangian_bounds(problem_, kDirections);
        limit_outer_corners();
        for (const auto& path : bounds_.paths) {
            note_path(path);
        }
        for (const std::size_t beam : kBeams) {
            pass(beam);
        }
        const bool finished = pass(std::numeric_limits<std::size_t>::max());
        result.exact = finished;
        result.front = finished ? front_from_labels() : front_from_paths();
        if (!finished) {
            result.gap = CornerTest(staircase_, bounds_.bounds, longest_time_, longest_energy_).gap();
        }
        counts_.labels = labels_.size();
        result.counts = counts_;
        return result;
    }

private:
    /// The outer corners need a finite far coordinate that no path exceeds: the longest path.
    void limit_outer_corners() {
        std::vector<std::int64_t> time(problem_.nodes, 0);
        std::vector<std::int64_t> energy(problem_.nodes, 0);
        for (const SearchArc& arc : problem_.arcs) {
            time[arc.to] = std::max(time[arc.to], time[arc.from] + arc.time);
            energy[arc.to] = std::max(energy[arc.to], energy[arc.from] + arc.energy);
        }
        longest_time_ = *std::max_element(time.begin(), time.end());
        longest_energy_ = *std::max_element(energy.begin(), energy.end());
    }

    void note_path(const std::vector<std::uint32_t>& path) {
        SearchPoint point;
        for (const std::uint32_t i : path) {
            const SearchArc& arc = problem_.arcs[i];
            point.time += arc.time;
            point.energy += arc.energy;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                point.use[k] += arc.use[k];
            }
        }
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            if (point.use[k] > problem_.capacity[k]) {
                return;
            }
        }
        if (staircase_.add(point.time, point.energy)) {
            point.path = path;
            found_.push_back(std::move(point));
        }
    }

    [[nodiscard]] bool should_stop() const {
        return (options_.should_stop && options_.should_stop()) ||
               (options_.most_labels && labels_.size() + open_labels_ > *options_.most_labels);
    }

    /// Labels every node, in order. With a beam, only the most promising labels of each node are kept, and
    /// what they reach improves the staircase. Returns false if a limit ended it.
    bool pass(std::size_t beam) {
        if (stopped_) {
            return false;
        }
        ++counts_.passes;
        labels_.clear();
        const CornerTest test(staircase_, bounds_.bounds, longest_time_, longest_energy_);
        std::vector<std::vector<Label>> open(problem_.nodes);
        open_labels_ = 1;
        open[0].push_back({});
        for (std::uint32_t node = 0; node < problem_.nodes; ++node) {
            std::vector<Label> candidates = std::move(open[node]);
            open[node] = {};
            open_labels_ -= candidates.size();
            const auto begin = static_cast<std::uint32_t>(labels_.size());
            settle(candidates, beam, node);
            const auto end = static_cast<std::uint32_t>(labels_.size());
            for (std::uint32_t i = begin; i < end; ++i) {
                if ((i & 255U) == 0 && should_stop()) {
                    stopped_ = true;
                    if (node + 1 == problem_.nodes) {
                        note_end(begin);
                    }
                    return false;
                }
                extend(i, node, test, open);
            }
            if (node + 1 == problem_.nodes) {
                end_begin_ = begin;
                note_end(begin);
            }
        }
        return true;
    }

    void extend(std::uint32_t number, std::uint32_t node, const CornerTest& test,
                std::vector<std::vector<Label>>& open) {
        const Label from = labels_[number];
        for (std::uint32_t a = first_arc_[node]; a < first_arc_[node + 1]; ++a) {
            const SearchArc& arc = problem_.arcs[a];
            ++counts_.candidates;
            Label next{from.time + arc.time, from.energy + arc.energy, from.use, number, a};
            bool fits = true;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                next.use[k] += arc.use[k];
                fits = fits && next.use[k] <= problem_.capacity[k];
            }
            if (!fits) {
                ++counts_.over_capacity;
            } else if (!test.can_improve(arc.to, next.time, next.energy, next.use)) {
                ++counts_.by_bound;
            } else {
                open[arc.to].push_back(next);
                ++open_labels_;
            }
        }
    }

    /// Moves the candidates that no other dominates to labels_.
    void settle(std::vector<Label>& candidates, std::size_t beam, std::uint32_t node) {
        std::sort(candidates.begin(), candidates.end(), [&](const Label& a, const Label& b) {
            if (cost_key(a) != cost_key(b)) {
                return cost_key(a) < cost_key(b);
            }
            return prefer(a, b);
        });
        NodeFront front;
        std::vector<Label> kept;
        for (const Label& candidate : candidates) {
            if (front.covers(candidate)) {
                ++counts_.dominated;
                continue;
            }
            front.push(candidate);
            kept.push_back(candidate);
        }
        if (kept.size() > beam) {
            thin(kept, beam, node);
        }
        labels_.insert(labels_.end(), kept.begin(), kept.end());
    }

    /// Keeps about `beam` labels: for each direction in turn, those with the lowest bounds.
    void thin(std::vector<Label>& kept, std::size_t beam, std::uint32_t node) const {
        const std::size_t each = std::max<std::size_t>(1, beam / bounds_.bounds.size());
        std::vector<bool> chosen(kept.size(), false);
        std::vector<std::size_t> order(kept.size());
        std::vector<std::int64_t> value(kept.size());
        for (const LagrangianBound& bound : bounds_.bounds) {
            std::iota(order.begin(), order.end(), std::size_t{0});
            for (std::size_t i = 0; i < kept.size(); ++i) {
                value[i] = bound.at(node, kept[i].time, kept[i].energy, kept[i].use);
            }
            std::nth_element(
                order.begin(), order.begin() + static_cast<std::ptrdiff_t>(each - 1), order.end(),
                [&](std::size_t a, std::size_t b) { return std::tie(value[a], a) < std::tie(value[b], b); });
            for (std::size_t i = 0; i < each; ++i) {
                chosen[order[i]] = true;
            }
        }
        std::size_t out = 0;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (chosen[i]) {
                kept[out++] = kept[i];
            }
        }
        kept.resize(out);
    }

    [[nodiscard]] std::vector<std::uint32_t> path_of(const Label& label) const {
        std::vector<std::uint32_t> path;
        for (const Label* l = &label; l->parent != kNoLabel; l = &labels_[l->parent]) {
            path.push_back(l->arc);
        }
        std::reverse(path.begin(), path.end());
        return path;
    }

    [[nodiscard]] bool prefer(const Label& a, const Label& b) const {
        const std::vector<std::uint32_t> path_a = path_of(a);
        const std::vector<std::uint32_t> path_b = path_of(b);
        return problem_.prefer ? problem_.prefer(path_a, path_b) : path_a < path_b;
    }

    /// Adds the paths of labels at the last node to what is known.
    void note_end(std::uint32_t begin) {
        for (std::size_t i = begin; i < labels_.size(); ++i) {
            note_path(path_of(labels_[i]));
        }
    }

    [[nodiscard]] std::vector<SearchPoint> front_from_labels() const {
        std::vector<SearchPoint> front;
        for (std::size_t i = end_begin_; i < labels_.size(); ++i) {
            const Label& l = labels_[i];
            // Labels come sorted: the first of equal objectives has the least use and is the preferred one.
            if (front.empty() || l.energy < front.back().energy) {
                front.push_back({l.time, l.energy, l.use, path_of(l)});
            }
        }
        return front;
    }

    [[nodiscard]] std::vector<SearchPoint> front_from_paths() const {
        std::vector<SearchPoint> front;
        for (const auto& [time, energy] : staircase_.points()) {
            const auto found = std::find_if(
                found_.begin(), found_.end(),
                [&, t = time, e = energy](const auto& p) { return p.time == t && p.energy == e; });
            front.push_back(*found);
        }
        return front;
    }

    const SearchProblem& problem_;
    const SearchOptions& options_;
    std::vector<std::uint32_t> first_arc_;
    std::int64_t longest_time_ = 0;
    std::int64_t longest_energy_ = 0;
    LagrangianBounds bounds_;
    Staircase staircase_;
    std::vector<SearchPoint> found_;
    std::vector<Label> labels_;
    std::uint64_t open_labels_ = 0;
    std::size_t end_begin_ = 0;
    bool stopped_ = false;
    SearchCounts counts_;
};

}  // namespace

SearchResult solve(const SearchProblem& problem, const SearchOptions& options) {
    check(problem);
    return Solver(problem, options).run();
}

}  // namespace cleave
