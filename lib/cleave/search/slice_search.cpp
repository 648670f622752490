// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/slice_search.hpp"

#include "cleave/search/label.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

namespace cleave {

namespace {

/// Candidates between two looks at the stop conditions.
constexpr std::uint64_t kLook = 1 << 14;

/// What is kept of a label to trace its path.
struct Trace {
    std::uint32_t parent = kNoLabel;
    /// Index into the slice's arcs.
    std::uint32_t arc = 0;
};

/// An arc with what it adds to the slice's bounds.
struct PricedArc {
    PerBound<std::int64_t> worsens{};
    /// Price without the grid's resource.
    PerBound<std::int64_t> beside{};
    std::uint32_t arc = 0;
};

template <std::size_t L>
class SliceSearch {
public:
    SliceSearch(const SearchProblem& problem, const CornerSlice& slice, Ties ties, std::size_t beam,
                SearchStop& stop)
        : problem_(problem), slice_(slice), ties_(ties), beam_(beam), stop_(stop), open_(slice.arcs.nodes) {
        price_arcs();
        result_.missing = all_found();
    }
    ~SliceSearch() {
        stop_.hold(-held_bytes_);
        stop_.count_labels(-held_labels_);
    }
    SliceSearch(const SliceSearch&) = delete;
    SliceSearch& operator=(const SliceSearch&) = delete;

    SliceResult run() {
        const std::uint32_t end = slice_.arcs.nodes - 1;
        if (!slice_.arcs.arcs.empty() || end == 0) {
            open_[0].push_back({});
        }
        for (std::uint32_t node = 0; node <= end; ++node) {
            if (stop_.has_stopped()) {
                give_up(node, end);
                break;
            }
            visit(node, end);
        }
        result_.closed = !discarded_;
        return std::move(result_);
    }

private:
    using L_ = Label<L>;

    static PerBound<MissingBound> all_found() {
        PerBound<MissingBound> none;
        for (MissingBound& bound : none) {
            bound.least = std::numeric_limits<std::int64_t>::max();
        }
        return none;
    }

    void price_arcs() {
        const ArcSet& set = slice_.arcs;
        first_.assign(set.nodes + 1, 0);
        for (std::size_t i = 0; i < set.arcs.size(); ++i) {
            const SearchArc& arc = set.arcs[i];
            ++first_[arc.from + 1];
            PricedArc priced;
            priced.arc = static_cast<std::uint32_t>(i);
            for (std::size_t j = 0; j < kSliceBounds; ++j) {
                const LagrangianBound& bound = slice_.bounds[j];
                priced.worsens[j] = bound.price(arc) + bound.completion[arc.to] - bound.completion[arc.from];
                priced.beside[j] = price_beside(slice_.grid, bound, arc);
            }
            if (slice_.most_use[arc.to][0] >= 0) {
                priced_.push_back(priced);
            } else {
                --first_[arc.from + 1];
            }
        }
        std::partial_sum(first_.begin(), first_.end(), first_.begin());
        for (std::size_t v = 0; v < set.nodes; ++v) {
            std::stable_sort(
                priced_.begin() + static_cast<std::ptrdiff_t>(first_[v]),
                priced_.begin() + static_cast<std::ptrdiff_t>(first_[v + 1]),
                [](const PricedArc& a, const PricedArc& b) { return a.worsens[0] < b.worsens[0]; });
        }
    }

    void hold(std::int64_t labels, std::int64_t bytes) {
        held_labels_ += labels;
        held_bytes_ += bytes;
        stop_.count_labels(labels);
        stop_.hold(bytes);
    }

    void visit(std::uint32_t node, std::uint32_t end) {
        std::vector<L_> labels = std::move(open_[node]);
        open_[node] = {};
        const auto bytes = static_cast<std::int64_t>(labels.size() * sizeof(L_));
        const auto count = static_cast<std::int64_t>(labels.size());
        settle(labels, node);
        const auto begin = static_cast<std::uint32_t>(traces_.size());
        for (const L_& label : labels) {
            traces_.push_back({label.parent, label.arc});
        }
        result_.counts.labels += labels.size();
        if (node == end) {
            for (const L_& label : labels) {
                report(label);
            }
        } else {
            for (std::size_t i = 0; i < labels.size(); ++i) {
                if (is_time_to_stop()) {
                    for (; i < labels.size(); ++i) {
                        discard(node, labels[i]);
                    }
                    break;
                }
                extend(labels[i], begin + static_cast<std::uint32_t>(i), node);
            }
        }
        const auto kept = static_cast<std::int64_t>(labels.size());
        hold(kept - count, kept * static_cast<std::int64_t>(sizeof(Trace)) - bytes);
    }

    bool is_time_to_stop() {
        if (result_.counts.candidates < next_look_) {
            return stop_.has_stopped();
        }
        next_look_ = result_.counts.candidates + kLook;
        stop_.count_candidates(kLook);
        return stop_.asked();
    }

    void extend(const L_& label, std::uint32_t number, std::uint32_t node) {
        const Grid& grid = slice_.grid;
        PerBound<std::int64_t> least;
        PerBound<std::int64_t> beside;
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            const LagrangianBound& bound = slice_.bounds[j];
            least[j] = bound.at(node, label);
            beside[j] = price_beside(grid, bound, label) - capacity_beside(grid, bound, slice_.arcs.capacity);
        }
        const PerBound<std::int64_t>& threshold = slice_.threshold;
        std::size_t pushed = 0;
        for (std::size_t a = first_[node]; a < first_[node + 1]; ++a) {
            const PricedArc& priced = priced_[a];
            ++result_.counts.candidates;
            if (least[0] + priced.worsens[0] > threshold[0]) {
                // Arcs are sorted by what they add: no later one comes below.
                ++result_.counts.by_bound;
                break;
            }
            PerBound<std::int64_t> next_least;
            bool below = true;
            for (std::size_t j = 0; j < kSliceBounds; ++j) {
                next_least[j] = least[j] + priced.worsens[j];
                below = below && next_least[j] <= threshold[j];
            }
            if (!below) {
                ++result_.counts.by_bound;
                continue;
            }
            const SearchArc& arc = slice_.arcs.arcs[priced.arc];
            const ResourceUse& most = slice_.most_use[arc.to];
            L_ next;
            bool fits = true;
            for (std::size_t k = 0; k < kResourceKinds; ++k) {
                next.use[k] = label.use[k] + arc.use[k];
                fits = fits && next.use[k] <= most[k];
            }
            if (!fits) {
                ++result_.counts.over_capacity;
                continue;
            }
            const std::int64_t left = slice_.arcs.capacity[grid.resource] - next.use[grid.resource];
            const PerBound<std::int64_t>& rest =
                slice_.completion[arc.to * grid.entries() + static_cast<std::size_t>(grid.cell(left))];
            for (std::size_t j = 0; j < kSliceBounds; ++j) {
                next_least[j] = std::max(next_least[j], beside[j] + priced.beside[j] + rest[j]);
            }
            if (!slice_.reaches_corner(next_least)) {
                ++result_.counts.by_bound;
                continue;
            }
            next.time = label.time + arc.time;
            next.energy = label.energy + arc.energy;
            for (std::size_t l = 0; l < L; ++l) {
                next.load[l] = label.load[l] + arc.load[l];
            }
            next.parent = number;
            next.arc = priced.arc;
            open_[arc.to].push_back(next);
            ++pushed;
        }
        if (pushed == 0) {
            return;
        }
        hold(static_cast<std::int64_t>(pushed), static_cast<std::int64_t>(pushed * sizeof(L_)));
    }

    static auto key(const L_& l) { return std::tie(l.time, l.energy, l.load, l.use); }

    /// Leaves the labels that no other makes unnecessary.
    ///
    /// A label a makes b unnecessary if a is nowhere above b in objectives, loads and use, with uses raised
    /// to the node's slack first (up to it every completion fits), and a comes before b in the order (time,
    /// energy, loads, use, preference). Take any completion of b: it fits after a as well, and then either
    /// ends better than b's in some objective, worse in none; or equal in all, and then with loads, use and
    /// path that come first in the canonical order, since these compare as those of a and b do. Either way
    /// b's path is not a canonical path of the front. Sorting in that order puts what makes a label
    /// unnecessary before it, so labels once kept stay.
    void settle(std::vector<L_>& labels, std::uint32_t node) {
        std::vector<std::uint32_t> order(labels.size());
        std::iota(order.begin(), order.end(), 0U);
        std::sort(order.begin(), order.end(), [&](std::uint32_t i, std::uint32_t j) {
            const L_& a = labels[i];
            const L_& b = labels[j];
            if (a.time != b.time) {
                return a.time < b.time;
            }
            return key(a) < key(b);
        });
        const FieldScale<L> scale(labels, slice_.slack_use[node]);
        tree_.clear(scale.fields());
        std::vector<L_> kept;
        for (std::size_t i = 0; i < order.size();) {
            // Of labels that are equal but for their paths, the preferred one stands for all.
            std::size_t end = i + 1;
            while (end < order.size() && key(labels[order[end]]) == key(labels[order[i]])) {
                ++end;
            }
            const std::size_t begin = std::exchange(i, end);
            const L_& label = labels[order[begin]];
            const auto fields = scale.of(label);
            const bool covered = tree_.any_within(fields, [&](std::size_t number) {
                return scale.exact() || scale.is_above(label, kept[number]);
            });
            result_.counts.dominated += end - begin - (covered ? 0 : 1);
            if (!covered) {
                tree_.push(fields);
                kept.push_back(*preferred(labels, {order.begin() + static_cast<std::ptrdiff_t>(begin),
                                                   order.begin() + static_cast<std::ptrdiff_t>(end)}));
            }
        }
        if (kept.size() > beam_) {
            thin(kept, node);
        }
        labels = std::move(kept);
    }

    /// Keeps about `beam` labels: for each direction in turn, those with the lowest bounds.
    void thin(std::vector<L_>& kept, std::uint32_t node) {
        const std::size_t each = std::max<std::size_t>(1, beam_ / kSliceBounds);
        std::vector<bool> chosen(kept.size(), false);
        std::vector<std::size_t> order(kept.size());
        std::vector<PerBound<std::int64_t>> value(kept.size());
        for (std::size_t i = 0; i < kept.size(); ++i) {
            value[i] = slice_.at(node, kept[i]);
        }
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(each - 1),
                             order.end(), [&](std::size_t a, std::size_t b) {
                                 return std::tie(value[a][j], a) < std::tie(value[b][j], b);
                             });
            for (std::size_t i = 0; i < each; ++i) {
                chosen[order[i]] = true;
            }
        }
        std::size_t out = 0;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (chosen[i]) {
                kept[out++] = kept[i];
            } else {
                discard(node, kept[i]);
            }
        }
        kept.resize(out);
    }

    /// Paths that begin with the label are not looked at: they may be missing.
    void discard(std::uint32_t node, const L_& label) {
        discarded_ = true;
        const PerBound<std::int64_t> least = slice_.at(node, label);
        for (std::size_t j = 0; j < kSliceBounds; ++j) {
            MissingBound& missing = (*result_.missing)[j];
            missing.weights = slice_.bounds[j].weights;
            missing.least = std::min(missing.least, least[j]);
        }
    }

    /// After a stop: what waits at this node and later ones goes no further; what is at the end was found.
    void give_up(std::uint32_t node, std::uint32_t end) {
        for (std::uint32_t v = node; v < end; ++v) {
            for (const L_& label : open_[v]) {
                discard(v, label);
            }
        }
        for (const L_& label : open_[end]) {
            report(label);
        }
    }

    /// Arc numbers of the problem along the path of a label with this parent and last arc.
    [[nodiscard]] std::vector<std::uint32_t> path(std::uint32_t parent, std::uint32_t last) const {
        std::vector<std::uint32_t> arcs{slice_.arcs.number[last]};
        for (std::uint32_t i = parent; traces_[i].parent != kNoLabel; i = traces_[i].parent) {
            arcs.push_back(slice_.arcs.number[traces_[i].arc]);
        }
        std::reverse(arcs.begin(), arcs.end());
        return arcs;
    }

    [[nodiscard]] const L_* preferred(const std::vector<L_>& labels,
                                      std::span<const std::uint32_t> equal) const {
        const L_* best = &labels[equal.front()];
        for (const std::uint32_t i : equal.subspan(1)) {
            if (prefer(labels[i], *best)) {
                best = &labels[i];
            }
        }
        return best;
    }

    /// Compares what comes after the last label that both paths pass.
    [[nodiscard]] bool prefer(const L_& a, const L_& b) const {
        if (ties_ == Ties::any) {
            return std::tie(a.parent, a.arc) < std::tie(b.parent, b.arc);
        }
        std::vector<std::uint32_t> path_a{slice_.arcs.number[a.arc]};
        std::vector<std::uint32_t> path_b{slice_.arcs.number[b.arc]};
        // A label's parent has a smaller number: going back on the larger one cannot pass a common label.
        const auto step_back = [&](std::uint32_t& at, std::vector<std::uint32_t>& path) {
            path.push_back(slice_.arcs.number[traces_[at].arc]);
            at = traces_[at].parent;
        };
        for (std::uint32_t i = a.parent, j = b.parent; i != j;) {
            if (i > j) {
                step_back(i, path_a);
            } else {
                step_back(j, path_b);
            }
        }
        std::reverse(path_a.begin(), path_a.end());
        std::reverse(path_b.begin(), path_b.end());
        return problem_.prefer ? problem_.prefer(path_a, path_b) : path_a < path_b;
    }

    void report(const L_& label) {
        SearchPoint point;
        point.time = label.time;
        point.energy = label.energy;
        point.use = label.use;
        std::copy(label.load.begin(), label.load.end(), point.load.begin());
        if (label.parent != kNoLabel) {
            point.path = path(label.parent, label.arc);
        }
        result_.points.push_back(std::move(point));
    }

    const SearchProblem& problem_;
    const CornerSlice& slice_;
    Ties ties_;
    std::size_t beam_;
    SearchStop& stop_;
    std::vector<std::size_t> first_;
    std::vector<PricedArc> priced_;
    std::vector<std::vector<L_>> open_;
    std::vector<Trace> traces_;
    DominanceTree tree_;
    std::uint64_t next_look_ = 0;
    std::int64_t held_labels_ = 0;
    std::int64_t held_bytes_ = 0;
    bool discarded_ = false;
    SliceResult result_;
};

}  // namespace

SliceResult search_slice(const SearchProblem& problem, const CornerSlice& slice, Ties ties, std::size_t beam,
                         SearchStop& stop) {
    return problem.loads == 0 ? SliceSearch<0>(problem, slice, ties, beam, stop).run()
                              : SliceSearch<kLoadKinds>(problem, slice, ties, beam, stop).run();
}

}  // namespace cleave
