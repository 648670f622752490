// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/options.hpp"

#include "cleave/partition/option_filter.hpp"
#include "cleave/partition/run_parts.hpp"
#include "cleave/partition/stage_generator.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

namespace cleave {
namespace {

/// Nodes in order, each once.
class Numbering {
public:
    explicit Numbering(const StateSpace& states) {
        for (std::size_t i = 0; i < states.size(); ++i) {
            nodes_.push_back(state_node(states, state_id(i)));
        }
    }
    void add(const std::vector<RunPart>& parts) {
        for (const RunPart& part : parts) {
            nodes_.push_back(part.from);
            nodes_.push_back(part.to);
        }
    }
    void finish() {
        std::sort(nodes_.begin(), nodes_.end());
        nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
    }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] const PartNode& node(std::size_t i) const { return nodes_[i]; }
    [[nodiscard]] NodeId operator()(const PartNode& node) const {
        return node_id(
            static_cast<std::size_t>(std::lower_bound(nodes_.begin(), nodes_.end(), node) - nodes_.begin()));
    }

private:
    std::vector<PartNode> nodes_;
};

/// Leaves out parts that no run from a state to a state goes through.
void keep_passable(std::vector<RunPart>& parts, const StateSpace& states) {
    Numbering number(states);
    number.add(parts);
    number.finish();
    std::vector<std::pair<NodeId, NodeId>> ends;
    for (const RunPart& part : parts) {
        ends.emplace_back(number(part.from), number(part.to));
    }
    std::vector<std::size_t> order(parts.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ends[a] < ends[b]; });
    std::vector<bool> reached(number.size());
    std::vector<bool> leads_on(number.size());
    for (std::size_t i = 0; i < number.size(); ++i) {
        reached[i] = leads_on[i] = number.node(i).is_state;
    }
    for (const std::size_t i : order) {
        if (reached[index(ends[i].first)]) {
            reached[index(ends[i].second)] = true;
        }
    }
    for (auto i = order.rbegin(); i != order.rend(); ++i) {
        if (leads_on[index(ends[*i].second)]) {
            leads_on[index(ends[*i].first)] = true;
        }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (reached[index(ends[i].first)] && leads_on[index(ends[i].second)]) {
            if (kept != i) {
                parts[kept] = std::move(parts[i]);
            }
            ++kept;
        }
    }
    parts.resize(kept);
}

std::vector<RunPart> all_run_parts(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                                   unsigned threads, const std::function<bool()>& stop) {
    const std::size_t regions = states.regions().size();
    std::vector<std::vector<Nanoseconds>> times(regions);
    parallel_for(regions, threads,
                 [&](std::size_t r) { times[r] = crossing_times(costing, states, space, r); });
    std::vector<Nanoseconds> crossings;
    for (const auto& some : times) {
        crossings.insert(crossings.end(), some.begin(), some.end());
    }
    HardwareLists hardware;
    for (std::size_t i = 0; i < costing.graph().size(); ++i) {
        hardware.emplace_back(costing.hardware().useful(unit_id(i)));
    }
    std::vector<Lane> lanes = find_lanes(costing, hardware, crossings, space.folding, space.relaxed);
    note_which_pay(lanes, costing);
    // The slowest lane, which all variants keep, is there to count them.
    const auto slowest = lanes.empty() ? lanes.end() : std::prev(lanes.end());
    lanes.erase(std::remove_if(lanes.begin(), slowest, [](const Lane& lane) { return !lane.pays; }), slowest);
    std::vector<std::vector<RunPart>> found(regions);
    parallel_for(regions, threads, [&](std::size_t r) {
        if (!stop()) {
            found[r] = find_run_parts(costing, states, space, lanes, r);
        }
    });
    std::size_t count = 0;
    for (const auto& some : found) {
        count += some.size();
    }
    std::vector<RunPart> parts;
    parts.reserve(count);
    for (auto& some : found) {
        std::move(some.begin(), some.end(), std::back_inserter(parts));
        some = {};
    }
    keep_passable(parts, states);
    return parts;
}

/// States of different regions in turn: those of one region share groups, and threads that are at two of them
/// wait for each other.
std::vector<std::size_t> in_turn(const StateSpace& states) {
    std::vector<std::pair<std::size_t, std::size_t>> order;
    std::size_t first = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (states.region(state_id(i)) != states.region(state_id(first))) {
            first = i;
        }
        order.emplace_back(i - first, i);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> result;
    for (const auto& [turn, state] : order) {
        result.push_back(state);
    }
    return result;
}

/// Puts together what was found from every state and inside runs.
class Collector {
public:
    Collector(const Costing& costing, const StateSpace& states, bool with_busy, OptionSet& set)
        : costing_(costing), number_(states), with_busy_(with_busy), set_(set) {
        for (std::size_t u = 0; u < costing.graph().size(); ++u) {
            GroupChoices choices;
            for (const LayerHardware& hw : costing.hardware().useful(unit_id(u))) {
                choices.push_back({0, {hw.choice}});
            }
            useful_.push_back(std::make_shared<const GroupChoices>(std::move(choices)));
        }
    }

    void number(const std::vector<RunPart>& parts, const StateSpace& states) {
        number_.add(parts);
        number_.finish();
        for (std::size_t i = 0; i < states.size(); ++i) {
            set_.state_nodes.push_back(number_(state_node(states, state_id(i))));
        }
        for (std::size_t i = 0; i < number_.size(); ++i) {
            const PartNode& node = number_.node(i);
            set_.lanes.push_back(node.is_state ? 0 : static_cast<std::uint32_t>(node.lane + 1));
        }
    }

    /// @param part  to be there until `finish`
    void add(GeneratedStages& part) {
        const auto first_template = static_cast<std::uint32_t>(set_.templates.size());
        for (StageTemplate& t : part.templates) {
            t.from = set_.state_nodes[index(t.from)];
            t.to = set_.state_nodes[index(t.to)];
            set_.templates.push_back(std::move(t));
        }
        for (std::size_t i = 0; i < part.options.size(); ++i) {
            StageOption& option = part.options[i];
            option.stage += first_template;
            const Ends ends = ends_of(option.stage);
            if (i == 0 || ends != blocks_.back().ends) {
                blocks_.push_back({ends, {}, &option, 0, nullptr});
            }
            ++blocks_.back().count;
        }
        for (const auto& [from, to, count] : part.pair_counts) {
            set_.pair_counts.push_back({set_.state_nodes[index(from)], set_.state_nodes[index(to)], count});
        }
        set_.evaluated += part.evaluated;
    }

    /// @param part  to be there until `finish`, which takes its variants
    void add(RunPart& part) {
        StageTemplate t;
        t.from = number_(part.from);
        t.to = number_(part.to);
        t.from_run = !part.from.is_state;
        t.to_run = !part.to.is_state;
        if (!part.units.empty()) {
            t.groups.emplace_back().units = part.units;
            t.choices[0] = useful_[index(part.units.front())];
        }
        const auto stage = static_cast<std::uint32_t>(set_.templates.size());
        if (part.count > 0) {
            set_.pair_counts.push_back({t.from, t.to, part.count});
        }
        set_.templates.push_back(std::move(t));
        set_.evaluated += part.variants.size();
        if (!part.variants.empty()) {
            blocks_.push_back({ends_of(stage), stage, nullptr, part.variants.size(), &part});
        }
    }

    /// Options by their nodes. They are most of what an exploration holds, so each is moved once.
    void finish() {
        std::stable_sort(blocks_.begin(), blocks_.end(),
                         [](const Block& a, const Block& b) { return a.ends < b.ends; });
        std::size_t count = 0;
        for (const Block& block : blocks_) {
            count += block.count;
        }
        set_.options.reserve(count);
        for (const Block& block : blocks_) {
            if (block.part != nullptr) {
                add_options(*block.part, block.stage);
                block.part->variants = {};
            } else {
                set_.options.insert(set_.options.end(), block.first, block.first + block.count);
            }
        }
        std::stable_sort(set_.pair_counts.begin(), set_.pair_counts.end(), [](const auto& a, const auto& b) {
            return std::pair(a.from, a.to) < std::pair(b.from, b.to);
        });
    }

private:
    using Ends = std::pair<NodeId, NodeId>;
    /// Options from one node to another: those of a state, or of a part of runs.
    struct Block {
        Ends ends;
        std::uint32_t stage = 0;
        const StageOption* first = nullptr;
        std::size_t count = 0;
        RunPart* part = nullptr;
    };

    [[nodiscard]] Ends ends_of(std::uint32_t stage) const {
        return {set_.templates[stage].from, set_.templates[stage].to};
    }

    void add_options(const RunPart& part, std::uint32_t stage) {
        for (const LaneVariant& v : part.variants) {
            StageOption option;
            option.stage = stage;
            option.choice[0] = static_cast<std::uint32_t>(v.number);
            option.time = part.time + v.time;
            option.energy = part.energy + v.energy + costing_.standing_power() * option.time;
            option.demand = v.demand;
            if (with_busy_) {
                option.busy = part.busy;
                option.busy.fpga += v.time;
            }
            if (costing_.fits(option.demand)) {
                set_.options.push_back(option);
            }
        }
    }

    const Costing& costing_;
    Numbering number_;
    bool with_busy_;
    OptionSet& set_;
    /// What each unit may be in a run.
    std::vector<std::shared_ptr<const GroupChoices>> useful_;
    std::vector<Block> blocks_;
};

}  // namespace

std::vector<StageGroup> groups_of(const StageTemplate& stage, const std::array<std::uint32_t, 2>& choice) {
    std::vector<StageGroup> groups = stage.groups;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const GroupChoice& own = (*stage.choices[i])[choice[i]];
        groups[i].share = own.share;
        groups[i].hardware = own.hardware;
    }
    return groups;
}

std::vector<Decision> decisions_of(const StageTemplate& t, const std::vector<StageGroup>& groups,
                                   UnitId run_start) {
    std::vector<Decision> result;
    for (const UnitId unit : t.gpu_units) {
        result.push_back({unit, Decision::Kind::gpu, 0, 0, {}});
    }
    for (const StageGroup& group : groups) {
        const UnitId start = t.from_run ? run_start : group.units.front();
        for (std::size_t u = 0; u < group.units.size(); ++u) {
            const HardwareChoice hardware = group.hardware.empty() ? HardwareChoice{} : group.hardware[u];
            if (group.axis) {
                result.push_back({group.units[u], Decision::Kind::split,
                                  static_cast<std::int64_t>(*group.axis), group.share, hardware});
            } else {
                result.push_back({group.units[u], Decision::Kind::run,
                                  static_cast<std::int64_t>(index(start)), 0, hardware});
            }
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

OptionSet generate_options(const Costing& costing, const StateSpace& states, const DesignSpace& space,
                           unsigned threads, const std::function<bool()>& should_stop, Progress* progress) {
    if (progress != nullptr) {
        // An exploration may generate options twice (ladder_loss).
        progress->passes = 0;
        progress->states_done = 0;
        progress->states = states.size();
    }
    std::vector<GeneratedStages> parts(states.size());
    std::atomic<bool> stopped{false};
    const auto stop = [&] {
        if (should_stop && !stopped && should_stop()) {
            stopped = true;
        }
        return stopped.load();
    };
    GroupCache groups;
    const std::function<bool()> generator_stop = stop;
    const std::vector<std::size_t> order = in_turn(states);
    parallel_for(order.size(), threads, [&](std::size_t turn) {
        const std::size_t i = order[turn];
        StageGenerator generator(costing, states, space, groups, state_id(i), generator_stop);
        parts[i] = stop() ? generator.generate_on_gpu() : generator.generate();
        if (progress != nullptr) {
            progress->options += parts[i].evaluated;
            ++progress->states_done;
        }
    });
    OptionSet set;
    Collector collector(costing, states, space.third == ThirdObjective::interval, set);
    std::vector<RunPart> run_parts;
    const bool runs = space.strategies.contains(Strategy::fused) || space.strategies.contains(Strategy::fpga);
    if (costing.has_choices() && runs) {
        run_parts = all_run_parts(costing, states, space, threads, stop);
    }
    set.complete = !stopped;
    collector.number(run_parts, states);
    bool any_fits = !run_parts.empty();
    std::optional<SmallestPiece> smallest;
    for (GeneratedStages& part : parts) {
        any_fits = any_fits || part.any_group_fits;
        keep_nearest(smallest, part.refused);
        collector.add(part);
    }
    for (RunPart& part : run_parts) {
        collector.add(part);
    }
    collector.finish();
    if (!any_fits && set.complete) {
        set.nothing_fits = smallest;
    }
    return set;
}

}  // namespace cleave
