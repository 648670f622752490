// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/state_space.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << i; }
constexpr std::uint64_t all_bits(std::size_t count) {
    return count == 64 ? ~std::uint64_t{0} : bit(count) - 1;
}

/// Last unit that reads each unit's output; the unit's own index if none does.
std::vector<std::size_t> last_readers(const UnitGraph& graph) {
    std::vector<std::size_t> last(graph.size());
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const auto& readers = graph.unit(unit_id(i)).readers;
        last[i] = readers.empty() ? i : index(readers.back());
    }
    return last;
}

/// Last unit that reads the network input.
std::size_t last_input_reader(const UnitGraph& graph) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const Unit& unit = graph.unit(unit_id(i));
        if (unit.producers.size() < unit.reads.size()) {
            for (const LayerId in : unit.reads) {
                if (std::holds_alternative<Input>(graph.network().layer(in).op)) {
                    last = i;
                }
            }
        }
    }
    return last;
}

/// Regions between the places where the only feature map still needed is the latest one.
std::vector<Region> find_regions(const UnitGraph& graph) {
    std::vector<Region> regions;
    const std::vector<std::size_t> last = last_readers(graph);
    std::size_t first = 0;
    std::size_t needed_until = last_input_reader(graph);
    for (std::size_t i = 0; i < graph.size(); ++i) {
        // Everything older than unit i has had its last reader: only i's own output lives on.
        if (needed_until <= i) {
            regions.push_back({first, i + 1 - first});
            first = i + 1;
        }
        needed_until = std::max(needed_until, last[i]);
    }
    return regions;
}

}  // namespace

StateSpace::StateSpace(const UnitGraph& graph, std::size_t most_states)
    : region_of_(graph.size()), needs_(graph.size()) {
    for (const Region& region : find_regions(graph)) {
        add_region(graph, region, most_states);
    }
    states_.emplace_back(regions_.size(), 0);
    ids_[states_.back()] = end();
}

void StateSpace::add_region(const UnitGraph& graph, Region region, std::size_t most_states) {
    const auto cut = [&] {
        const std::size_t half = region.count / 2;
        add_region(graph, {region.first, half}, most_states);
        const std::size_t second = regions_.size();
        add_region(graph, {region.first + half, region.count - half}, most_states);
        cut_in_front_[second] = true;
    };
    if (region.count > 64) {
        cut();
        return;
    }
    std::vector<std::uint64_t> needs(region.count);
    for (std::size_t i = 0; i < region.count; ++i) {
        for (const UnitId producer : graph.unit(unit_id(region.first + i)).producers) {
            if (index(producer) >= region.first) {
                needs[i] |= bit(index(producer) - region.first);
            }
        }
    }
    std::set<std::uint64_t> masks{0};
    std::vector<std::uint64_t> open{0};
    while (!open.empty()) {
        const std::uint64_t mask = open.back();
        open.pop_back();
        for (std::size_t i = 0; i < region.count; ++i) {
            if ((mask & bit(i)) == 0 && (mask & needs[i]) == needs[i] && masks.insert(mask | bit(i)).second) {
                open.push_back(mask | bit(i));
            }
        }
        if (masks.size() > most_states && region.count > 1) {
            cut();
            return;
        }
    }
    const std::size_t number = regions_.size();
    regions_.push_back(region);
    cut_in_front_.push_back(false);
    std::copy(needs.begin(), needs.end(), needs_.begin() + static_cast<std::ptrdiff_t>(region.first));
    std::fill_n(region_of_.begin() + static_cast<std::ptrdiff_t>(region.first), region.count, number);
    masks.erase(all_bits(region.count));
    std::vector<std::uint64_t> order(masks.begin(), masks.end());
    std::stable_sort(order.begin(), order.end(),
                     [](std::uint64_t a, std::uint64_t b) { return std::popcount(a) < std::popcount(b); });
    for (const std::uint64_t mask : order) {
        ids_[{number, mask}] = state_id(states_.size());
        states_.emplace_back(number, mask);
    }
}

StateId StateSpace::find(std::size_t region, std::uint64_t mask) const {
    if (region < regions_.size() && mask == all_bits(regions_[region].count)) {
        return find(region + 1, 0);
    }
    const auto found = ids_.find({region, mask});
    if (found == ids_.end()) {
        throw std::logic_error("a set of units that is not closed under dependence is no state");
    }
    return found->second;
}

std::size_t StateSpace::cuts() const {
    return static_cast<std::size_t>(std::count(cut_in_front_.begin(), cut_in_front_.end(), true));
}

std::vector<UnitId> StateSpace::ready(StateId id) const {
    std::vector<UnitId> result;
    const std::size_t number = region(id);
    if (number == regions_.size()) {
        return result;
    }
    const Region& r = regions_[number];
    for (std::size_t i = 0; i < r.count; ++i) {
        const std::uint64_t needs = needs_[r.first + i];
        if ((mask(id) & bit(i)) == 0 && (mask(id) & needs) == needs) {
            result.push_back(unit_id(r.first + i));
        }
    }
    return result;
}

bool StateSpace::is_done(StateId id, UnitId unit) const {
    const std::size_t number = region_of_[index(unit)];
    if (number != region(id)) {
        return number < region(id);
    }
    return (mask(id) & bit(index(unit) - regions_[number].first)) != 0;
}

StateId StateSpace::after(StateId id, UnitId unit) const {
    return find(region(id), mask(id) | bit(index(unit) - regions_[region(id)].first));
}

std::optional<StateId> StateSpace::after_all(StateId id, const std::vector<UnitId>& units) const {
    std::vector<UnitId> order(units);
    std::sort(order.begin(), order.end());
    StateId state = id;
    for (const UnitId unit : order) {
        const std::size_t number = region(state);
        if (number == regions_.size() || region_of_[index(unit)] != number || is_done(state, unit)) {
            return std::nullopt;
        }
        const std::uint64_t needs = needs_[index(unit)];
        if ((mask(state) & needs) != needs) {
            return std::nullopt;
        }
        state = after(state, unit);
    }
    return state;
}

}  // namespace cleave
