// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/grid.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// least[c] = min(least[c], other[c - use] + price) for all c >= use.
void improve(std::int64_t* least, const std::int64_t* other, std::int64_t use, std::int64_t entries,
             std::int64_t price) {
    for (std::int64_t c = use; c < entries; ++c) {
        const std::int64_t value = other[c - use] + price;
        least[c] = value < least[c] ? value : least[c];
    }
}

}  // namespace

Grid grid_for(const ArcSet& set, const LagrangianBound& bound, std::int64_t most_cells) {
    Grid grid;
    std::int64_t highest = -1;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        const std::int64_t price = bound.multiplier[k] * set.capacity[k];
        if (price > highest) {
            highest = price;
            grid.resource = k;
        }
    }
    const std::int64_t capacity = set.capacity[grid.resource];
    grid.size = capacity / most_cells + 1;
    grid.cells = capacity / grid.size;
    return grid;
}

std::vector<std::int64_t> grid_completions(const ArcSet& set, const Grid& grid,
                                           const LagrangianBound& bound) {
    const std::size_t entries = grid.entries();
    std::vector<std::int64_t> table(set.nodes * entries, kUnreachable);
    std::fill(table.end() - static_cast<std::ptrdiff_t>(entries), table.end(), 0);
    for (std::size_t i = set.arcs.size(); i-- > 0;) {
        const SearchArc& arc = set.arcs[i];
        improve(table.data() + arc.from * entries, table.data() + arc.to * entries,
                grid.cell(arc.use[grid.resource]), static_cast<std::int64_t>(entries),
                price_beside(grid, bound, arc));
    }
    return table;
}

void keep_promising(ArcSet& set, const Grid& grid, const LagrangianBound& bound, std::int64_t threshold) {
    const std::size_t entries = grid.entries();
    const std::vector<std::int64_t> after = grid_completions(set, grid, bound);
    std::vector<std::int64_t> before(set.nodes * entries, kUnreachable);
    std::fill(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(entries), 0);
    for (const SearchArc& arc : set.arcs) {
        improve(before.data() + arc.to * entries, before.data() + arc.from * entries,
                grid.cell(arc.use[grid.resource]), static_cast<std::int64_t>(entries),
                price_beside(grid, bound, arc));
    }
    const std::int64_t most = threshold + capacity_beside(grid, bound, set.capacity);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < set.arcs.size(); ++i) {
        const SearchArc& arc = set.arcs[i];
        const std::int64_t left = grid.cells - grid.cell(arc.use[grid.resource]);
        const std::int64_t* first = before.data() + arc.from * entries;
        const std::int64_t* last = after.data() + arc.to * entries;
        const std::int64_t limit = most - price_beside(grid, bound, arc);
        bool promising = false;
        for (std::int64_t c = 0; c <= left && !promising; ++c) {
            promising = first[c] + last[left - c] <= limit;
        }
        if (promising) {
            set.arcs[kept] = arc;
            set.number[kept] = set.number[i];
            ++kept;
        }
    }
    set.arcs.resize(kept);
    set.number.resize(kept);
}

}  // namespace cleave
