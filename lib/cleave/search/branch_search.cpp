// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/branch_search.hpp"

#include "cleave/search/branch_node.hpp"
#include "cleave/search/search_stop.hpp"
#include "cleave/search/slice_search.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

/// The front is found within these parts first, one after the other as far as they are more than the search's
/// own: what is known then makes the next one quick, and bounds what is missing if the search is stopped.
constexpr std::array<double, 5> kStages{0.01, 0.005, 0.002, 0.001, 0.0005};
/// Where paths have very many steps, branches are large and alike, and a point that shortens the search is
/// worth more than bounds: such problems have one more stage in front.
constexpr double kFirstStageOfLong = 0.05;
constexpr std::ptrdiff_t kLong = 1000;

std::vector<double> stages_of(const SearchProblem& problem, double epsilon) {
    std::vector<double> stages;
    if (std::count(problem.lanes.begin(), problem.lanes.end(), 0U) > kLong) {
        stages.push_back(kFirstStageOfLong);
    }
    stages.insert(stages.end(), kStages.begin(), kStages.end());
    std::erase_if(stages, [&](double stage) { return stage <= epsilon; });
    stages.push_back(epsilon);
    return stages;
}

using Node = BranchNode;

/// What all stages share.
struct Search {
    const SearchProblem& problem;
    const SearchOptions& options;
    SearchStop stop;
    UpperFront known;
    SearchCounts counts;
};

/// The tree of branches of one stage.
class BranchTree {
public:
    BranchTree(Search& search, Node root, double epsilon) : search_(search), epsilon_(epsilon) {
        nodes_.push_back(std::move(root));
    }
    ~BranchTree() {
        for (const Node& node : nodes_) {
            search_.stop.hold(-node.held);
        }
    }
    BranchTree(const BranchTree&) = delete;
    BranchTree& operator=(const BranchTree&) = delete;

    /// True if nothing is missing by more than epsilon.
    [[nodiscard]] bool run() {
        const auto& most_rounds = search_.options.most_rounds;
        while (!search_.stop.asked()) {
            if (near_enough()) {
                return true;
            }
            if (most_rounds && search_.counts.passes >= *most_rounds) {
                return false;
            }
            const Step step = next_step();
            if (!step.any && !std::exchange(leaves_to_others_, false)) {
                return true;
            }
            work(step.tasks);
        }
        return false;
    }

    [[nodiscard]] SearchGap gap() const {
        const auto& points = search_.known.points();
        if (points.empty()) {
            return SearchGap::unknown();
        }
        SearchGap gap;
        for (const Objectives& upper : local_upper_bounds(points, box(), objectives())) {
            gap = most_of(gap, gap_at(0, upper));
        }
        return gap;
    }

private:
    [[nodiscard]] const Objectives& box() const { return nodes_.front().branch.base.box; }
    [[nodiscard]] std::size_t objectives() const { return nodes_.front().branch.base.objectives(); }

    /// Nothing is missing below the branch's corner.
    void close(Node& node) {
        node.branch.certificate.close({node.branch.corner});
        release(node, Node::State::closed);
    }
    /// Leaves what a branch is searched with: it is not any more.
    void release(Node& node, Node::State state) {
        node.state = state;
        search_.stop.hold(-std::exchange(node.held, 0));
        SearchBase& base = node.branch.base;
        base.arcs = {};
        base.bounds.clear();
        base.pool = {};
        node.branch.mixtures.clear();
    }

    struct OpenNode {
        std::size_t number = 0;
        /// The corners that are left below its own.
        std::vector<Objectives> corners;
        /// Some of them are not left to others.
        bool has_own = false;
        /// What may be missing, in parts, below those.
        double missing = 0;
    };

    struct Step {
        /// Branches to be searched.
        std::vector<std::size_t> tasks;
        /// False if no open branch has a corner to search.
        bool any = false;
    };

    /// Goes on with those open branches that may miss most: they are to be searched again, or their parts
    /// are.
    Step next_step() {
        const std::vector<Objectives> corners = open_corners(search_.known, box(), objectives(), epsilon_);
        std::vector<OpenNode> order;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].state == Node::State::open) {
                OpenNode open = look_at(i, corners);
                if (open.has_own || open.corners.empty()) {
                    order.push_back(std::move(open));
                }
            }
        }
        std::stable_sort(order.begin(), order.end(),
                         [](const OpenNode& a, const OpenNode& b) { return a.missing > b.missing; });
        Step step;
        step.any = !order.empty();
        // Some are looked into at a time, side by side; which does not depend on threads.
        constexpr std::size_t kAtOnce = 4;
        const std::size_t most = search_.options.tuning.branches_per_round;
        for (std::size_t first = 0; first < order.size() && step.tasks.size() < most; first += kAtOnce) {
            std::vector<Inside> found(std::min(kAtOnce, order.size() - first));
            parallel_for(found.size(), search_.options.threads,
                         [&](std::size_t i) { found[i] = look_into(order[first + i]); });
            for (std::size_t i = 0; i < found.size() && step.tasks.size() < most; ++i) {
                advance(order[first + i], std::move(found[i]), step.tasks);
            }
        }
        return step;
    }

    /// What is in a branch below the corners that are left.
    struct Inside {
        bool is_empty = false;
        /// One below each corner; or those of the division, if it is to be divided.
        std::vector<Branch> parts;
    };

    Inside look_into(const OpenNode& open) {
        Node& node = nodes_[open.number];
        Inside inside;
        if (open.corners.size() > 1) {
            for (const Objectives& corner : open.corners) {
                inside.parts.push_back(part_below(node.branch, corner));
            }
        } else if (open.corners.empty() || !shrink(node.branch, open.corners.front())) {
            inside.is_empty = true;
        } else if (node.beam > 0 && node.cut && !is_for_labels(node, search_.options.tuning)) {
            auto [first, second] = divide(node.branch, *node.cut);
            // A part may be as large as the whole where arcs of the mixture were left out since: then bounds
            // are made again first, of what is left.
            const std::size_t all = node.branch.base.arcs.arcs.size();
            if (first.base.arcs.arcs.size() == all || second.base.arcs.arcs.size() == all) {
                drop_left_out(node.branch);
                node.beam = 0;
            } else {
                inside.parts.push_back(std::move(first));
                inside.parts.push_back(std::move(second));
            }
        }
        return inside;
    }

    OpenNode look_at(std::size_t i, const std::vector<Objectives>& corners) const {
        OpenNode open;
        open.number = i;
        std::vector<Objectives> own;
        for (const Objectives& corner : corners) {
            if (within(corner, nodes_[i].branch.corner)) {
                open.corners.push_back(corner);
                if (!is_left_to_another(i, corner)) {
                    own.push_back(corner);
                }
            }
        }
        open.corners = largest(open.corners);
        open.has_own = !own.empty();
        open.missing = openness(i, own);
        return open;
    }

    /// Boxes of one node overlap, and as points are found, a corner may come to lie in several. It is
    /// searched in the smallest of them, unless one is closed already. Once nothing is left to be searched
    /// that way, each branch answers for all corners in its box, so that no proof rests on what was left to
    /// which.
    [[nodiscard]] bool is_left_to_another(std::size_t i, const Objectives& corner) const {
        if (!leaves_to_others_) {
            return false;
        }
        for (std::size_t at = i; at != 0; at = nodes_[at].parent) {
            const Node& parent = nodes_[nodes_[at].parent];
            if (parent.state != Node::State::by_corners) {
                continue;
            }
            const auto own = size_of(at);
            if (std::any_of(parent.children.begin(), parent.children.end(), [&](std::size_t child) {
                    return within(corner, nodes_[child].branch.corner) && size_of(child) < own;
                })) {
                return true;
            }
        }
        return false;
    }

    /// In an order in which closed boxes and small ones come first.
    [[nodiscard]] std::tuple<bool, double, std::size_t> size_of(std::size_t i) const {
        const Objectives& corner = nodes_[i].branch.corner;
        double size = 1;
        for (const std::int64_t side : corner) {
            size *= static_cast<double>(std::max<std::int64_t>(side, 1));
        }
        return {nodes_[i].state != Node::State::closed, size, i};
    }

    /// Of the corners those of the largest boxes.
    [[nodiscard]] static std::vector<Objectives> largest(const std::vector<Objectives>& corners) {
        std::vector<Objectives> kept;
        for (const Objectives& corner : corners) {
            const auto holds = [&](const Objectives& other) { return within(corner, other); };
            if (std::none_of(kept.begin(), kept.end(), holds)) {
                kept.erase(std::remove_if(kept.begin(), kept.end(),
                                          [&](const Objectives& other) { return within(other, corner); }),
                           kept.end());
                kept.push_back(corner);
            }
        }
        return kept;
    }

    void advance(const OpenNode& open, Inside inside, std::vector<std::size_t>& tasks) {
        const std::size_t i = open.number;
        if (inside.is_empty) {
            close(nodes_[i]);
            return;
        }
        if (inside.parts.empty()) {
            tasks.push_back(i);
            return;
        }
        const bool by_corners = open.corners.size() > 1;
        for (Branch& part : inside.parts) {
            const Objectives corner = part.corner;
            add_child(i, std::move(part));
            if (!by_corners || !is_left_to_another(i, corner)) {
                tasks.push_back(nodes_.size() - 1);
            }
        }
        release(nodes_[i], by_corners ? Node::State::by_corners : Node::State::by_paths);
    }

    void add_child(std::size_t parent, Branch branch) {
        nodes_[parent].children.push_back(nodes_.size());
        Node node{std::move(branch)};
        node.parent = parent;
        node.before = nodes_[parent].branch.certificate.excess_at(node.branch.corner);
        node.plateau_beam = nodes_[parent].plateau_beam;
        node.plateaus = is_alone(parent) ? 0 : nodes_[parent].plateaus;
        node.held = bytes_of(node.branch);
        search_.stop.hold(node.held);
        nodes_.push_back(std::move(node));
    }

    /// True if the other part of the division that a branch is from has been closed: then its own parts do
    /// not come on top of that one's.
    [[nodiscard]] bool is_alone(std::size_t i) const {
        const Node& parent = nodes_[nodes_[i].parent];
        return i != 0 && parent.state == Node::State::by_paths &&
               std::any_of(parent.children.begin(), parent.children.end(),
                           [&](std::size_t child) { return nodes_[child].state == Node::State::closed; });
    }

    /// What is found counts from the next round on, so that nothing depends on the order of tasks.
    void work(const std::vector<std::size_t>& tasks) {
        Progress* progress = search_.options.progress;
        ++search_.counts.passes;
        if (progress != nullptr) {
            ++progress->passes;
            progress->slices_done = 0;
            progress->slices = tasks.size();
        }
        std::vector<std::optional<SliceResult>> results(tasks.size());
        parallel_for(tasks.size(), search_.options.threads, [&](std::size_t t) {
            Node& node = nodes_[tasks[t]];
            if (!search_.stop.asked()) {
                if (node.beam > 0 || make_bounds(node.branch, search_.stop)) {
                    results[t] = label(node, search_.problem, search_.options.tuning, ties_within(epsilon_),
                                       search_.stop);
                    if (!results[t]->closed) {
                        node.cut = find_cut(node.branch, search_.stop);
                    }
                } else {
                    results[t].emplace().closed = true;
                }
            }
            if (progress != nullptr) {
                ++progress->slices_done;
            }
        });
        for (std::size_t t = 0; t < tasks.size(); ++t) {
            if (results[t]) {
                take(nodes_[tasks[t]], std::move(*results[t]));
            }
        }
    }

    void take(Node& node, SliceResult result) {
        search_.counts += result.counts;
        ++search_.counts.slices;
        add_feasible(node.branch.base.pool, search_.problem.capacity, search_.known);
        for (SearchPoint& point : result.points) {
            search_.known.add(std::move(point));
        }
        if (result.closed) {
            close(node);
        } else if (result.missing) {
            node.branch.certificate.add({node.branch.corner}, *result.missing);
        }
    }

    /// How much may be missing below these corners in a branch, in parts.
    [[nodiscard]] double openness(std::size_t i, const std::vector<Objectives>& corners) const {
        double most = 0;
        for (const Objectives& corner : corners) {
            double least = nodes_[i].branch.certificate.excess_at(corner);
            for (std::size_t at = i; at != 0;) {
                at = nodes_[at].parent;
                least = std::min(least, nodes_[at].branch.certificate.excess_at(corner));
            }
            most = std::max(most, least);
        }
        return most;
    }

    /// What may be missing below a local upper bound of the points.
    [[nodiscard]] SearchGap gap_at(std::size_t i, const Objectives& upper) const {
        const Node& node = nodes_[i];
        SearchGap own = node.branch.certificate.gap_at(upper, epsilon_);
        if (!within(open_corner(upper, box(), 0), node.branch.corner)) {
            // What it knows holds in a smaller box only: beside that, epsilon does.
            constexpr double kUnknown = std::numeric_limits<double>::infinity();
            own = {std::max(own.all, epsilon_), kUnknown, kUnknown};
        }
        if (node.state == Node::State::by_paths) {
            SearchGap parts;
            for (const std::size_t child : node.children) {
                parts = most_of(parts, gap_at(child, upper));
            }
            return least_of(own, parts);
        }
        // Any box that holds the one below `upper` has all its paths.
        SearchGap least = own;
        const Objectives corner = open_corner(upper, box(), epsilon_);
        for (const std::size_t child : node.children) {
            if (within(corner, nodes_[child].branch.corner)) {
                least = least_of(least, gap_at(child, upper));
            }
        }
        return least;
    }

    /// Boxes may be open and yet hold nothing far from what is known: bounds tell before labels do.
    [[nodiscard]] bool near_enough() const { return epsilon_ > 0 && gap().all <= epsilon_; }

    Search& search_;
    double epsilon_;
    bool leaves_to_others_ = true;
    std::vector<Node> nodes_;
};

}  // namespace

SearchResult search_branches(const SearchProblem& problem, const SearchOptions& options) {
    Search search{problem, options, SearchStop(options), UpperFront(problem, options.epsilon == 0), {}};
    Node root{whole_search(problem)};
    if (!make_bounds(root.branch, search.stop)) {
        return {};
    }
    add_feasible(root.branch.base.pool, problem.capacity, search.known);
    const std::vector<double> stages = stages_of(problem, options.epsilon);
    // What each has proved holds for what is found later, too.
    std::deque<BranchTree> trees;
    bool finished = false;
    for (std::size_t i = 0; i < stages.size() && (i == 0 || finished); ++i) {
        const bool last = i + 1 == stages.size();
        finished = trees.emplace_back(search, last ? std::move(root) : root, stages[i]).run();
    }
    SearchResult result;
    result.gap = SearchGap::unknown();
    for (const BranchTree& tree : trees) {
        result.gap = least_of(result.gap, tree.gap());
    }
    result.front = search.known.points();
    result.completeness = completeness_of(finished, options.epsilon);
    // A search that finished without a point has shown that there is none.
    if (finished && (options.epsilon == 0 || result.front.empty())) {
        result.gap = {};
    }
    search.counts.most_labels = search.stop.most_labels();
    result.counts = search.counts;
    return result;
}

}  // namespace cleave
