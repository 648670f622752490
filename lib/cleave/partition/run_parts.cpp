// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/run_parts.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <set>

namespace cleave {
namespace {

/// Units of a region from one state (or the border in front of it) to another (or the border behind it); or
/// all units of a region that is cut, from the border in front of its first part to that behind its last one.
struct Segment {
    StateId from{};
    StateId to{};
    /// The region behind the border at its end.
    std::size_t behind = 0;
    std::vector<UnitId> units;
    bool from_border = false;
    bool to_border = false;
    /// Whether a run may be no more than this.
    bool alone = false;
    /// What goes in where it starts a run; what comes out where it ends one that it starts, or that came
    /// over the border.
    GroupCost down = {};
    GroupCost up_alone = {};
    GroupCost up = {};
};

class PartFinder {
public:
    PartFinder(const Costing& costing, const StateSpace& states, const DesignSpace& space,
               const std::vector<Lane>& lanes, std::size_t region)
        : costing_(costing),
          graph_(costing.graph()),
          states_(states),
          space_(space),
          lanes_(lanes),
          region_(region),
          range_(states.regions()[region]) {
        find_segments();
    }

    [[nodiscard]] std::vector<Nanoseconds> crossings() const {
        std::vector<Nanoseconds> times;
        for (const Segment& segment : segments_) {
            times.insert(times.end(), {segment.down.to_fpga, segment.up_alone.to_gpu, segment.up.to_gpu});
        }
        return times;
    }

    std::vector<RunPart> run() {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            add_ends(lane);
            for (std::size_t s = 0; s < segments_.size(); ++s) {
                add_segment(s, lane);
            }
        }
        return std::move(parts_);
    }

private:
    [[nodiscard]] std::size_t done(StateId s) const {
        return states_.region(s) == region_ ? static_cast<std::size_t>(std::popcount(states_.mask(s)))
                                            : range_.count;
    }
    [[nodiscard]] std::size_t units_before(StateId s) const {
        const std::size_t number = states_.region(s);
        return number == states_.regions().size()
                   ? graph_.size()
                   : states_.regions()[number].first +
                         static_cast<std::size_t>(std::popcount(states_.mask(s)));
    }
    /// The last unit before the region's border in front; nothing for the first region, and behind a cut,
    /// which no run goes over: maps besides the last unit's may be needed behind it.
    [[nodiscard]] std::optional<UnitId> entry() const {
        return range_.first == 0 || states_.is_cut(region_) ? std::nullopt
                                                            : std::optional(unit_id(range_.first - 1));
    }
    [[nodiscard]] bool same_module(UnitId a, UnitId b) const {
        return costing_.platform().resource_scope == ResourceScope::network ||
               graph_.unit(a).module == graph_.unit(b).module;
    }
    [[nodiscard]] bool only_whole() const { return space_.strategies.count(Strategy::fused) == 0; }

    void find_segments() {
        std::vector<StateId> here;
        for (std::size_t i = 0; i < states_.size(); ++i) {
            if (states_.region(state_id(i)) == region_) {
                here.push_back(state_id(i));
            }
        }
        const StateId border = border_ = here.front();
        const StateId next = state_id(index(here.back()) + 1);
        const bool small = here.size() <= kMostRunStates;
        here.push_back(next);
        for (const StateId a : here) {
            for (const StateId b : here) {
                const bool from_border = a == border;
                const bool to_border = b == next;
                if (index(a) < index(b) && (small || (from_border && to_border)) &&
                    !(only_whole() && !(from_border && to_border))) {
                    add(Segment{a, b, region_ + 1, {}, from_border, to_border}, small);
                }
            }
        }
        if (const std::size_t behind = behind_parts(); behind > region_ + 1) {
            std::size_t to = index(next);
            while (states_.region(state_id(to)) != behind) {
                ++to;
            }
            add(Segment{border, state_id(to), behind, {}, true, true}, small);
        }
    }

    void add(Segment segment, bool small) {
        const std::size_t end = first_behind(segment);
        for (std::size_t u = range_.first; u < end; ++u) {
            if (!states_.is_done(segment.from, unit_id(u)) && states_.is_done(segment.to, unit_id(u))) {
                segment.units.push_back(unit_id(u));
            }
        }
        const bool whole_end = segment.to_border;
        // A run goes on behind the border with the region's last unit; without it, with a result of the
        // network that nothing reads at its end, it ends here. So it does in front of a cut, and behind the
        // last region if what leaves it depends on more than its last unit.
        segment.to_border = whole_end && (is_last(segment) || !states_.is_cut(segment.behind)) &&
                            segment.units.back() == unit_id(end - 1) &&
                            (!is_last(segment) || graph_.network().results().size() == 1);
        segment.alone = whole_end || small;
        if (states_.after_all(segment.from, segment.units) != segment.to || !one_pipeline(segment) ||
            (!segment.from_border && !segment.alone) || gives_out_inside(segment)) {
            return;
        }
        segment.down = costing_.sends(segment.units);
        segment.up_alone = costing_.receives(segment.units);
        segment.up = costing_.receives(with_entry(segment));
        segments_.push_back(std::move(segment));
    }

    /// The region behind the one that this is the first part of.
    [[nodiscard]] std::size_t behind_parts() const {
        std::size_t behind = region_ + 1;
        while (!states_.is_cut(region_) && behind < states_.regions().size() && states_.is_cut(behind)) {
            ++behind;
        }
        return behind;
    }
    /// The number of the first unit behind the border at a segment's end.
    [[nodiscard]] std::size_t first_behind(const Segment& segment) const {
        const Region& last = states_.regions()[segment.behind - 1];
        return last.first + last.count;
    }

    [[nodiscard]] bool is_last(const Segment& segment) const {
        return segment.behind == states_.regions().size();
    }

    /// Whether a run that goes on over the border behind a segment, or ends there, would give out a result of
    /// the network besides its last map: what leaves a run is counted where the run ends, which knows no more
    /// than the last unit before the border.
    [[nodiscard]] bool gives_out_inside(const Segment& segment) const {
        return segment.to_border && !is_last(segment) &&
               std::any_of(segment.units.begin(), segment.units.end() - 1,
                           [&](UnitId unit) { return graph_.is_result(unit); });
    }

    /// A segment as it goes on with a run over the border in front: the run's last unit before it may be
    /// read outside of the run as well.
    [[nodiscard]] std::vector<UnitId> with_entry(const Segment& segment) const {
        std::vector<UnitId> units = segment.units;
        if (segment.from_border && entry()) {
            units.insert(units.begin(), *entry());
        }
        return units;
    }

    [[nodiscard]] bool one_pipeline(const Segment& segment) const {
        if (!same_module(segment.units.front(), segment.units.back())) {
            return false;
        }
        return costing_.is_connected(segment.units) || costing_.is_connected(with_entry(segment));
    }

    struct Source {
        StateId start{};
        bool worked = false;
        bool opens = false;
        SetBy set = {};
    };

    /// Where runs that reach the border in front of the region, and take up `more` units behind it, may have
    /// started.
    [[nodiscard]] std::vector<StateId> starts(std::size_t more) const {
        if (!space_.longest_run) {
            return {StateId{}};
        }
        std::vector<StateId> result;
        for (std::size_t i = 0; i < states_.size() && states_.region(state_id(i)) < region_; ++i) {
            const std::size_t so_far = range_.first - units_before(state_id(i));
            if (so_far + more <= static_cast<std::size_t>(*space_.longest_run)) {
                result.push_back(state_id(i));
            }
        }
        return result;
    }
    [[nodiscard]] bool short_enough(StateId start, StateId to) const {
        return !space_.longest_run ||
               units_before(to) - units_before(start) <= static_cast<std::size_t>(*space_.longest_run);
    }

    [[nodiscard]] PartNode border_node(std::size_t region, std::size_t lane, StateId start, bool worked,
                                       SetBy set) const {
        return {region, 0, false, {}, 0, lane, start, worked, false, set};
    }

    /// A run that ends at the border in front of the region.
    void add_ends(std::size_t lane) {
        if (!entry() || only_whole()) {
            return;
        }
        const GroupCost up = costing_.receives({*entry()});
        for (const StateId start : starts(0)) {
            for (const SetBy set : kAllSetBy) {
                close(border_node(region_, lane, start, true, set), border_, up, lane);
            }
        }
    }

    [[nodiscard]] bool streamed() const { return costing_.platform().hand_over == HandOver::streamed; }

    void close(const PartNode& from, StateId to, const GroupCost& up, std::size_t lane) {
        if ((streamed() && up.to_gpu > lanes_[lane].pace) || !closed_.insert(from).second) {
            return;
        }
        RunPart part;
        part.from = from;
        part.to = state_node(states_, to);
        part.time = up.gpu_after + (streamed() ? Nanoseconds{} : up.to_gpu);
        part.energy = up.energy;
        part.busy = {up.gpu_after, streamed() ? Nanoseconds{} : up.to_gpu, {}};
        const bool sets_pace = streamed() && up.to_gpu >= lanes_[lane].quickest;
        if (lanes_[lane].pays && (from.set | SetBy{sets_pace, false}).both()) {
            part.variants.push_back({});
        }
        part.count = lane + 1 == lanes_.size() ? 1 : 0;
        parts_.push_back(std::move(part));
    }

    void add_segment(std::size_t number, std::size_t lane_number) {
        const Segment& segment = segments_[number];
        const Lane& lane = lanes_[lane_number];
        HardwareLists hardware;
        for (const UnitId unit : segment.units) {
            hardware.emplace_back(costing_.hardware().useful(unit));
        }
        const auto run = run_at(costing_, segment.units, hardware, lane);
        if (!run) {
            return;
        }
        for (const Source& source : sources(segment, lane)) {
            walk(number, lane_number, source, run->timing, run->variants);
        }
    }

    [[nodiscard]] std::vector<Source> sources(const Segment& segment, const Lane& lane) const {
        std::vector<Source> result;
        const bool goes_in = !streamed() || segment.down.to_fpga <= lane.pace;
        if (goes_in && segment.alone && (!only_whole() || region_ == 0)) {
            const bool sets_pace = streamed() && segment.down.to_fpga >= lane.quickest;
            result.push_back(
                {space_.longest_run ? segment.from : StateId{}, false, true, {sets_pace, false}});
        }
        if (segment.from_border && entry() && !graph_.is_result(*entry()) &&
            same_module(*entry(), segment.units.front())) {
            for (const StateId start : starts(segment.units.size())) {
                for (const SetBy set : kAllSetBy) {
                    result.push_back({start, false, false, set});
                    result.push_back({start, true, false, set});
                }
            }
        }
        return result;
    }

    void walk(std::size_t number, std::size_t lane_number, const Source& source, const RunTiming& timing,
              const std::vector<std::vector<LaneVariant>>& variants) {
        const Segment& segment = segments_[number];
        if (!short_enough(source.start, segment.to)) {
            return;
        }
        const Lane& lane = lanes_[lane_number];
        const Milliwatts base = costing_.run_power(lane.clock);
        bool worked = source.worked;
        std::vector<PartNode> at{source.opens
                                     ? state_node(states_, segment.from)
                                     : border_node(region_, lane_number, source.start, worked, source.set)};
        // What is set at each of `at`: a state does not say.
        at.front().set = source.set;
        for (std::size_t i = 0; i < segment.units.size(); ++i) {
            RunPart part;
            if (i == 0 && source.opens) {
                const GroupCost& down = segment.down;
                part.time = down.gpu_before + (streamed() ? Nanoseconds{} : down.to_fpga) + lane.quickest;
                part.energy = down.energy + base * lane.quickest;
                part.busy = {down.gpu_before, streamed() ? Nanoseconds{} : down.to_fpga, lane.quickest};
            }
            const Nanoseconds fixed = i == 0 ? timing.fixed : Nanoseconds{};
            part.time += fixed;
            part.busy.fpga += fixed;
            part.energy += base * fixed;
            worked = worked || !graph_.is_wiring(segment.units[i]);
            const bool last = i + 1 == segment.units.size();
            part.units = {segment.units[i]};
            std::vector<PartNode> next;
            for (const PartNode& from : at) {
                for (const SetBy set : kAllSetBy) {
                    part.from = from;
                    if (i == 0 && source.opens) {
                        part.from.set = {};
                    }
                    part.to = last && segment.to_border
                                  ? border_node(segment.behind, lane_number, source.start, worked, set)
                                  : PartNode{region_,
                                             done(segment.from) + i + 1,
                                             false,
                                             {},
                                             number + 1,
                                             lane_number,
                                             source.start,
                                             worked,
                                             source.opens && !segment.to_border,
                                             set};
                    part.variants.clear();
                    for (LaneVariant v : variants[i]) {
                        if ((from.set | v.sets) == set) {
                            v.energy += base * v.time;
                            part.variants.push_back(v);
                        }
                    }
                    if (part.variants.empty()) {
                        continue;
                    }
                    part.count = lane_number + 1 == lanes_.size() ? part.variants.size() : 0;
                    part.variants = lane.pays ? thin_out(std::move(part.variants), thinning(space_))
                                              : std::vector<LaneVariant>{};
                    if (std::find(next.begin(), next.end(), part.to) == next.end()) {
                        next.push_back(part.to);
                    }
                    // Sources meet: what is behind them is there once.
                    if (seen_.insert({part.from, part.to}).second) {
                        parts_.push_back(part);
                    }
                }
            }
            at = std::move(next);
        }
        if (!worked) {
            return;
        }
        for (const PartNode& end : at) {
            if (!segment.to_border) {
                close(end, segment.to, source.opens ? segment.up_alone : segment.up, lane_number);
            } else if (is_last(segment)) {
                close(end, states_.end(), segment.up, lane_number);
            }
        }
    }

    const Costing& costing_;
    const UnitGraph& graph_;
    const StateSpace& states_;
    const DesignSpace& space_;
    const std::vector<Lane>& lanes_;
    std::size_t region_;
    Region range_;
    std::vector<Segment> segments_;
    StateId border_{};
    std::vector<RunPart> parts_;
    std::set<std::pair<PartNode, PartNode>> seen_;
    std::set<PartNode> closed_;
};

}  // namespace

PartNode state_node(const StateSpace& states, StateId state) {
    return {states.region(state), static_cast<std::size_t>(std::popcount(states.mask(state))), true, state};
}

std::size_t states_in(const StateSpace& states, std::size_t region) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        count += states.region(state_id(i)) == region ? 1 : 0;
    }
    return count;
}

std::vector<Nanoseconds> crossing_times(const Costing& costing, const StateSpace& states,
                                        const DesignSpace& space, std::size_t region) {
    if (costing.platform().hand_over != HandOver::streamed) {
        return {};
    }
    return PartFinder(costing, states, space, {}, region).crossings();
}

std::vector<RunPart> find_run_parts(const Costing& costing, const StateSpace& states,
                                    const DesignSpace& space, const std::vector<Lane>& lanes,
                                    std::size_t region) {
    return PartFinder(costing, states, space, lanes, region).run();
}

}  // namespace cleave
