// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/complete_mapping.hpp"

#include "cleave/partition/lanes.hpp"
#include "cleave/search/problem.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace cleave {
namespace {

/// Hardware of each unit of a group.
using Hardware = std::vector<LayerHardware>;

/// A group that lacks hardware, and what its units may become.
struct OpenGroup {
    StageGroup group;
    std::vector<Hardware> candidates;
};

GroupCost cost_of(const Costing& costing, const StageGroup& group, const Hardware& hardware) {
    return group.axis ? costing.split(group.units.front(), *group.axis, group.share, hardware.front())
                      : costing.run(group.units, hardware);
}

/// Mappings of at most so many arcs are completed exactly.
constexpr std::size_t kFewArcs = 20'000;
constexpr std::size_t kFewUnits = 4;

/// The groups in their order, one after the other, as a search for the least sum of paces: from each group's
/// first node a way through every lane that it may be in, with an arc for each variant of each of its units.
class PaceProblem {
public:
    PaceProblem(const Costing& costing, const std::vector<OpenGroup>& groups, const Resources& resident)
        : costing_(costing), groups_(groups) {
        const auto& limits = costing.platform().fpga.limits();
        for (std::size_t k = 0; k < limits.size(); ++k) {
            problem_.capacity[k] = limits[k].limit - limits[k].use(resident);
        }
        problem_.lanes = {0};
        for (std::size_t g = 0; g < groups.size(); ++g) {
            add(g);
        }
        problem_.nodes = static_cast<std::uint32_t>(problem_.lanes.size());
        sort_arcs();
    }

    /// The hardware of each group; nothing if none fits.
    [[nodiscard]] std::optional<std::vector<Hardware>> solve() const {
        const bool beyond = std::any_of(problem_.capacity.begin(), problem_.capacity.end(),
                                        [](std::int64_t left) { return left < 0; });
        if (beyond) {
            return std::nullopt;
        }
        SearchOptions options;
        options.epsilon = problem_.arcs.size() > kFewArcs ? 0.01 : 0;
        // Far more than any mapping of the networks that ship takes.
        options.most_rounds = 300;
        const SearchResult found = cleave::solve(problem_, options);
        if (found.front.empty()) {
            return std::nullopt;
        }
        return hardware_of(found.front.front());
    }

private:
    /// What an arc stands for.
    struct Choice {
        std::size_t group = 0;
        std::size_t unit = 0;
        std::size_t variant = 0;
    };

    void add(std::size_t g) {
        const OpenGroup& one = groups_[g];
        const auto from = static_cast<std::uint32_t>(problem_.lanes.size() - 1);
        if (one.group.units.size() == 1) {
            const std::uint32_t to = add_node(0);
            for (std::size_t v = 0; v < one.candidates.front().size(); ++v) {
                const GroupCost cost = cost_of(costing_, one.group, {one.candidates.front()[v]});
                add_arc({from, to, cost.pace.ticks(), cost.energy.ticks(), use_of(cost.demand), {}},
                        {g, 0, v});
            }
            return;
        }
        const std::vector<Nanoseconds> crossings = crossings_of(costing_, one.group.units);
        const HardwareLists hardware(one.candidates.begin(), one.candidates.end());
        const Folding folding = one.group.units.size() <= kFewUnits ? Folding::exact : Folding::ladder;
        std::vector<std::uint32_t> ends;
        for (const Lane& lane : find_lanes(costing_, hardware, crossings, folding)) {
            if (std::none_of(crossings.begin(), crossings.end(),
                             [&](Nanoseconds crossing) { return crossing > lane.pace; })) {
                add_lane(g, from, lane, hardware, folding, ends);
            }
        }
        const std::uint32_t to = add_node(0);
        for (const std::uint32_t arc : ends) {
            problem_.arcs[arc].to = to;
        }
    }

    /// @param ends  arcs that lead to the group's last node
    void add_lane(std::size_t g, std::uint32_t from, const Lane& lane, const HardwareLists& hardware,
                  Folding folding, std::vector<std::uint32_t>& ends) {
        const std::vector<UnitId>& units = groups_[g].group.units;
        auto run = run_at(costing_, units, hardware, lane);
        if (!run) {
            return;
        }
        for (std::vector<LaneVariant>& variants : run->variants) {
            variants = thin_out(std::move(variants), folding);
            if (variants.empty()) {
                return;
            }
        }
        ++lanes_;
        const Milliwatts base = costing_.run_power(lane.clock);
        for (std::size_t i = 0; i < units.size(); ++i) {
            const bool first = i == 0;
            const std::uint32_t at = first ? from : static_cast<std::uint32_t>(problem_.lanes.size() - 1);
            const bool last = i + 1 == units.size();
            const std::uint32_t to = last ? at + 1 : add_node(lanes_);
            for (const LaneVariant& v : run->variants[i]) {
                const Nanoseconds beside = first ? lane.pace + run->timing.fixed : Nanoseconds{};
                const Picojoules energy = v.energy + base * (v.time + beside);
                if (last) {
                    ends.push_back(static_cast<std::uint32_t>(problem_.arcs.size()));
                }
                add_arc({at, to, first ? lane.pace.ticks() : 0, energy.ticks(), use_of(v.demand), {}},
                        {g, i, v.number});
            }
        }
    }

    std::uint32_t add_node(std::uint32_t lane) {
        problem_.lanes.push_back(lane);
        return static_cast<std::uint32_t>(problem_.lanes.size() - 1);
    }
    void add_arc(const SearchArc& arc, const Choice& choice) {
        problem_.arcs.push_back(arc);
        choices_.push_back(choice);
    }
    [[nodiscard]] ResourceUse use_of(const Resources& demand) const {
        ResourceUse use{};
        const auto& limits = costing_.platform().fpga.limits();
        for (std::size_t k = 0; k < limits.size(); ++k) {
            use[k] = limits[k].use(demand);
        }
        return use;
    }

    void sort_arcs() {
        std::vector<std::size_t> order(choices_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return problem_.arcs[a].from < problem_.arcs[b].from;
        });
        std::vector<SearchArc> arcs;
        std::vector<Choice> choices;
        for (const std::size_t i : order) {
            arcs.push_back(problem_.arcs[i]);
            choices.push_back(choices_[i]);
        }
        problem_.arcs = std::move(arcs);
        choices_ = std::move(choices);
    }

    [[nodiscard]] std::vector<Hardware> hardware_of(const SearchPoint& point) const {
        std::vector<Hardware> all(groups_.size());
        for (const std::uint32_t arc : point.path) {
            const Choice& choice = choices_[arc];
            all[choice.group].push_back(groups_[choice.group].candidates[choice.unit][choice.variant]);
        }
        return all;
    }

    const Costing& costing_;
    const std::vector<OpenGroup>& groups_;
    SearchProblem problem_;
    std::vector<Choice> choices_;
    std::uint32_t lanes_ = 0;
};

class Completer {
public:
    Completer(const Costing& costing, Mapping mapping) : costing_(costing), mapping_(std::move(mapping)) {
        for (const LayerChoice& choice : std::exchange(mapping_.hardware, {})) {
            named_.emplace(choice.layer, choice.hardware);
        }
    }

    Mapping run() {
        // Of what is on the FPGA at the same time: what lacks hardware, and what the rest takes.
        std::map<ModuleId, std::vector<OpenGroup>> open;
        std::map<ModuleId, Resources> resident;
        for (const StageGroup& group : groups_of(costing_.graph(), mapping_)) {
            OpenGroup one{group, candidates_of(group)};
            if (std::all_of(one.candidates.begin(), one.candidates.end(),
                            [](const Hardware& all) { return all.size() == 1; })) {
                const Hardware only = first_of(one.candidates);
                resident[place_of(group)] += cost_of(costing_, group, only).demand;
                write(group, only);
            } else {
                open[place_of(group)].push_back(std::move(one));
            }
        }
        for (const auto& [place, groups] : open) {
            const auto found = PaceProblem(costing_, groups, resident[place]).solve();
            for (std::size_t g = 0; g < groups.size(); ++g) {
                write(groups[g].group, found ? (*found)[g] : smallest(groups[g].candidates));
            }
        }
        normalize(mapping_);
        return std::move(mapping_);
    }

private:
    [[nodiscard]] ModuleId place_of(const StageGroup& group) const {
        const bool by_module = costing_.platform().resource_scope == ResourceScope::module;
        return by_module ? costing_.graph().unit(group.units.front()).module : ModuleId{};
    }

    /// What each unit can be: any useful hardware, that of the implementation that is named, or just what is.
    [[nodiscard]] std::vector<Hardware> candidates_of(const StageGroup& group) const {
        std::vector<Hardware> all;
        for (const UnitId unit : group.units) {
            const Hardware possible = costing_.hardware().of(unit, group.axis, group.share);
            const auto name = named_.find(costing_.graph().unit(unit).head);
            Hardware wanted;
            std::copy_if(possible.begin(), possible.end(), std::back_inserter(wanted),
                         [&](const LayerHardware& hw) {
                             return name != named_.end() && is_meant(name->second, hw.choice);
                         });
            all.push_back(keep_useful(wanted.empty() ? possible : wanted));
        }
        return all;
    }

    /// A fold may be left out.
    [[nodiscard]] static bool is_meant(const HardwareChoice& named, const HardwareChoice& one) {
        return named == one || (named.implementation == one.implementation && !named.fold);
    }

    [[nodiscard]] static Hardware first_of(const std::vector<Hardware>& candidates) {
        Hardware first;
        for (const Hardware& all : candidates) {
            first.push_back(all.front());
        }
        return first;
    }

    [[nodiscard]] Hardware smallest(const std::vector<Hardware>& candidates) const {
        Hardware result;
        for (const Hardware& all : candidates) {
            result.push_back(*std::min_element(
                all.begin(), all.end(),
                [&](const LayerHardware& a, const LayerHardware& b) { return size_key(a) < size_key(b); }));
        }
        return result;
    }

    [[nodiscard]] std::pair<double, HardwareChoice> size_key(const LayerHardware& hardware) const {
        double share = 0;
        for (const CapacityLimit& limit : costing_.platform().fpga.limits()) {
            const FpgaRefusal use{limit.resource, limit.use(hardware.resources), limit.limit};
            share = std::max(share, use.ratio());
        }
        return {share, hardware.choice};
    }

    void write(const StageGroup& group, const Hardware& hardware) {
        for (std::size_t i = 0; i < group.units.size(); ++i) {
            const LayerId head = costing_.graph().unit(group.units[i]).head;
            const auto name = named_.find(head);
            const bool stays = name != named_.end() && !is_meant(name->second, hardware[i].choice);
            mapping_.hardware.push_back({head, stays ? name->second : hardware[i].choice});
        }
    }

    const Costing& costing_;
    Mapping mapping_;
    std::map<LayerId, HardwareChoice> named_;
};

}  // namespace

Mapping complete_mapping(const Costing& costing, Mapping mapping) {
    if (mapping.hardware.empty() && !costing.has_choices()) {
        return mapping;
    }
    return Completer(costing, std::move(mapping)).run();
}

}  // namespace cleave
