// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dominance.hpp"
#include "cleave/search/lagrangian.hpp"
#include "problems.hpp"

#include <benchmark/benchmark.h>

#include <random>

namespace cleave::bench {
namespace {

const NetworkProblem& network(benchmark::State& state) {
    static const NetworkProblem shufflenet("shufflenet_v2_1.0");
    static const NetworkProblem mobilenet("mobilenet_v2_1.0");
    state.SetLabel(state.range(0) == 0 ? "shufflenet_v2_1.0" : "mobilenet_v2_1.0");
    return state.range(0) == 0 ? shufflenet : mobilenet;
}

void count(benchmark::State& state, std::uint64_t items) {
    state.SetItemsProcessed(static_cast<std::int64_t>(items) * static_cast<std::int64_t>(state.iterations()));
}

/// All whole layers on both devices; an item is a unit.
void cost_whole_layers(benchmark::State& state) {
    const NetworkProblem& n = network(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(Costing(n.units, n.config.request.platform));
    }
    count(state, n.units.size());
}

/// Every share of every axis of every unit in each of its foldings, one by one; an item is one of these.
void cost_splits(benchmark::State& state) {
    const NetworkProblem& n = network(state);
    std::uint64_t items = 0;
    for (auto _ : state) {
        items = 0;
        for (std::size_t u = 0; u < n.units.size(); ++u) {
            for (const SplitAxis axis : {SplitAxis::channels, SplitAxis::filters, SplitAxis::groups}) {
                const std::int64_t extent = n.costing.split_extent(unit_id(u), axis);
                for (std::int64_t share = 1; share < extent; ++share) {
                    for (const LayerHardware& hw : n.costing.hardware().of_split(unit_id(u), axis, share)) {
                        benchmark::DoNotOptimize(n.costing.split(unit_id(u), axis, share, hw));
                        ++items;
                    }
                }
            }
        }
    }
    count(state, items);
}

/// All options on one thread; an item is an evaluated option.
void options_one_thread(benchmark::State& state) {
    const NetworkProblem& n = network(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(generate_options(n.costing, n.states, n.config.request.space, 1));
    }
    count(state, n.options.evaluated);
}

/// Vectors of six fields pushed unless one before is nowhere above; an item is a vector.
void dominance_tree(benchmark::State& state) {
    std::mt19937_64 random(1);
    std::vector<DominanceTree::Fields> vectors(static_cast<std::size_t>(state.range(0)));
    for (DominanceTree::Fields& v : vectors) {
        for (std::size_t f = 0; f < 6; ++f) {
            v[f] = static_cast<std::uint16_t>(random() % DominanceTree::kLargestField);
        }
    }
    DominanceTree tree;
    for (auto _ : state) {
        tree.clear(6);
        for (const DominanceTree::Fields& v : vectors) {
            if (!tree.any_within(v, [](std::size_t) { return true; })) {
                tree.push(v);
            }
        }
        benchmark::DoNotOptimize(tree.size());
    }
    count(state, vectors.size());
    state.counters["kept"] = static_cast<double>(tree.size());
}

/// One backward pass over all arcs; an item is an arc.
void lagrangian_completion(benchmark::State& state) {
    const NetworkProblem& n = network(state);
    const ArcSet set = fitting_arcs(n.problem);
    PathPool pool;
    LagrangianBound bound = best_bound(set, {1, 1, 0}, longest_paths(set), pool);
    for (auto _ : state) {
        complete(set, bound);
        benchmark::DoNotOptimize(bound.completion.data());
    }
    count(state, set.arcs.size());
}

/// The bound of one direction, without columns to start from; an item is a bound.
void lagrangian_best_bound(benchmark::State& state) {
    const NetworkProblem& n = network(state);
    const ArcSet set = fitting_arcs(n.problem);
    const Objectives most = longest_paths(set);
    for (auto _ : state) {
        PathPool pool;
        benchmark::DoNotOptimize(best_bound(set, {1, 1, 0}, most, pool));
    }
    count(state, 1);
}

BENCHMARK(cost_whole_layers)->Arg(0)->Arg(1);
BENCHMARK(cost_splits)->Arg(0)->Arg(1);
BENCHMARK(options_one_thread)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(dominance_tree)->Arg(1'000)->Arg(30'000)->Unit(benchmark::kMillisecond);
BENCHMARK(lagrangian_completion)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);
BENCHMARK(lagrangian_best_bound)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cleave::bench
