// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dominance.hpp"
#include "peers.hpp"
#include "problems.hpp"

#include <algorithm>
#include <array>

namespace cleave::bench {
namespace {

constexpr std::size_t kFields = 2 + kResourceKinds;
using Label = std::array<std::int64_t, kFields>;

bool within(const Label& a, const Label& b) {
    for (std::size_t f = 0; f < kFields; ++f) {
        if (a[f] > b[f]) {
            return false;
        }
    }
    return true;
}

/// Keeps the labels that no other one is at least as good as. False if it was stopped.
bool keep_best(std::vector<Label>& labels, const Stopwatch& watch, double time_limit) {
    // After sorting only an earlier label can be within a later one.
    std::sort(labels.begin(), labels.end());
    Label most{};
    for (const Label& label : labels) {
        for (std::size_t f = 0; f < kFields; ++f) {
            most[f] = std::max(most[f], label[f]);
        }
    }
    DominanceTree tree;
    tree.clear(kFields);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (i % 4096 == 0 && watch.seconds() > time_limit) {
            return false;
        }
        const Label label = labels[i];
        DominanceTree::Fields coarse{};
        for (std::size_t f = 0; f < kFields; ++f) {
            const double share =
                most[f] > 0 ? static_cast<double>(label[f]) / static_cast<double>(most[f]) : 0;
            coarse[f] = static_cast<std::uint16_t>(share * DominanceTree::kLargestField);
        }
        if (!tree.any_within(coarse, [&](std::size_t k) { return within(labels[k], label); })) {
            tree.push(coarse);
            labels[kept++] = label;
        }
    }
    labels.resize(kept);
    return true;
}

}  // namespace

LabelRun run_label_setting(const SearchProblem& problem, double time_limit, std::uint64_t most_labels) {
    const Stopwatch watch;
    LabelRun run;
    std::vector<std::vector<Label>> at(problem.nodes);
    at[0].push_back({});
    std::size_t arc = 0;
    std::uint64_t held = 1;
    for (std::uint32_t node = 0; node < problem.nodes; ++node) {
        std::vector<Label>& here = at[node];
        held -= here.size();
        if (!keep_best(here, watch, time_limit)) {
            run.stopped_at = "the time limit";
            break;
        }
        held += here.size();
        run.labels += here.size();
        if (node + 1 == problem.nodes) {
            break;
        }
        for (; arc < problem.arcs.size() && problem.arcs[arc].from == node && run.stopped_at.empty(); ++arc) {
            const SearchArc& a = problem.arcs[arc];
            for (const Label& label : here) {
                Label next = label;
                next[0] += a.time;
                next[1] += a.energy;
                bool fits = true;
                for (std::size_t k = 0; k < kResourceKinds; ++k) {
                    next[2 + k] += a.use[k];
                    fits = fits && next[2 + k] <= problem.capacity[k];
                }
                if (fits) {
                    at[a.to].push_back(next);
                    ++held;
                }
            }
            // A node that fills up is thinned out before it is its turn.
            if (held > most_labels) {
                held -= at[a.to].size();
                const bool finished = keep_best(at[a.to], watch, time_limit);
                held += at[a.to].size();
                run.stopped_at = !finished ? "the time limit" : held > most_labels ? "the label limit" : "";
            }
        }
        if (!run.stopped_at.empty()) {
            break;
        }
        held -= here.size();
        here = {};
    }
    if (run.stopped_at.empty()) {
        std::int64_t least = INT64_MAX;
        for (const Label& label : at.back()) {
            if (label[1] < least) {
                run.front.emplace_back(label[0], label[1]);
                least = label[1];
            }
        }
    }
    run.seconds = watch.seconds();
    return run;
}

}  // namespace cleave::bench
