// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/run_timing.hpp"

#include "cleave/partition/run_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace cleave {
namespace {

bool is_in_run(const std::vector<UnitId>& units, UnitId unit) {
    return std::find(units.begin(), units.end(), unit) != units.end();
}

/// A start, counted from the last place that everything passes.
struct Start {
    Nanoseconds least;
    Nanoseconds most;
    Nanoseconds fixed;
    /// Positions of units whose own times count on top of `fixed`.
    std::vector<std::size_t> through;
};

class Timer {
public:
    Timer(const UnitGraph& graph, const std::vector<UnitId>& units, const std::vector<PacedUnit>& paced,
          Nanoseconds pace)
        : graph_(graph), units_(units), paced_(paced), pace_(pace), inputs_(graph, units) {
        timing_.counts.assign(units.size(), false);
        timing_.waits.resize(units.size());
    }

    RunTiming run() {
        std::vector<Start> sinks;
        // The last unit that reads anything that was made so far, or that starts by a map from outside.
        std::size_t needed_until = last_start_from_outside();
        for (std::size_t i = 0; i < units_.size(); ++i) {
            starts_.push_back(start_of(i));
            const auto reader = last_reader(graph_.unit(units_[i]).output);
            if (!reader && leaves(i)) {
                sinks.push_back(starts_[i]);
            }
            // Everything still to come reads nothing older than this unit's output.
            if (reader && sinks.empty() && needed_until <= i) {
                count(starts_[i]);
                starts_[i] = {};
            }
            needed_until = std::max(needed_until, reader.value_or(0));
        }
        count(slowest(sinks));
        return std::move(timing_);
    }

private:
    [[nodiscard]] std::optional<std::size_t> last_reader(LayerId map) const {
        for (std::size_t i = units_.size(); i-- > 0;) {
            const auto& reads = graph_.unit(units_[i]).reads;
            if (std::find(reads.begin(), reads.end(), map) != reads.end()) {
                return i;
            }
        }
        return std::nullopt;
    }

    /// The last unit that does not start by what the run makes alone: it reads a map that comes to several at
    /// once, or nothing but maps of its own.
    [[nodiscard]] std::size_t last_start_from_outside() const {
        for (std::size_t i = units_.size(); i-- > 0;) {
            const auto& reads = graph_.unit(units_[i]).reads;
            const auto outside = [&](LayerId map) { return inputs_.is_outside(map); };
            const auto shared = [&](LayerId map) { return outside(map) && inputs_.is_shared(map); };
            if (std::any_of(reads.begin(), reads.end(), shared) ||
                std::all_of(reads.begin(), reads.end(), outside)) {
                return i;
            }
        }
        return 0;
    }

    [[nodiscard]] bool leaves(std::size_t i) const {
        const Unit& unit = graph_.unit(units_[i]);
        return graph_.is_result(units_[i]) || std::any_of(unit.readers.begin(), unit.readers.end(),
                                                          [&](UnitId r) { return !is_in_run(units_, r); });
    }

    /// Of starts that a join waits for.
    static Start slowest(const std::vector<Start>& all) {
        if (all.empty()) {
            return {};
        }
        const auto latest = std::max_element(all.begin(), all.end(), [](const Start& a, const Start& b) {
            return std::tie(a.least, a.most) < std::tie(b.least, b.most);
        });
        Nanoseconds most;
        bool always = true;
        for (auto other = all.begin(); other != all.end(); ++other) {
            most = std::max(most, other->most);
            always = always && (other == latest || other->most <= latest->least);
        }
        return always ? *latest : Start{most, most, most, {}};
    }

    /// Nothing for a map that streams in when it is needed.
    [[nodiscard]] std::optional<Start> arrival(LayerId map) const {
        if (const auto producer = inputs_.producer(map)) {
            return starts_[*producer];
        }
        return inputs_.is_shared(map) ? std::optional(Start{}) : std::nullopt;
    }

    Start start_of(std::size_t i) {
        std::vector<Start> ways;
        for (const LayerId map : graph_.unit(units_[i]).reads) {
            if (auto way = arrival(map)) {
                ways.push_back(std::move(*way));
            }
        }
        Start start = slowest(ways);
        for (const LayerId map : graph_.unit(units_[i]).reads) {
            const auto way = arrival(map);
            // What everything waits for does not wait itself.
            const bool waits = way && !(way->through == start.through && way->fixed == start.fixed);
            if (waits && start.most > way->least) {
                timing_.waits[i].push_back(
                    {map, scale_up((start.most - way->least).ticks(), paced_[i].positions, pace_.ticks())});
            }
        }
        start.least += paced_[i].least;
        start.most += paced_[i].most;
        start.through.push_back(i);
        return start;
    }

    void count(const Start& start) {
        timing_.fixed += start.fixed;
        for (const std::size_t i : start.through) {
            timing_.counts[i] = true;
        }
    }

    const UnitGraph& graph_;
    const std::vector<UnitId>& units_;
    const std::vector<PacedUnit>& paced_;
    Nanoseconds pace_;
    RunInputs inputs_;
    std::vector<Start> starts_;
    RunTiming timing_;
};

}  // namespace

RunTiming time_run(const UnitGraph& graph, const std::vector<UnitId>& units,
                   const std::vector<PacedUnit>& paced, Nanoseconds pace) {
    return Timer(graph, units, paced, pace).run();
}

std::int64_t cycles_within(Nanoseconds pace, Hertz clock) {
    // Less than half a nanosecond more is still rounded down to the pace.
    const double beyond = (static_cast<double>(pace.ticks()) + 0.5) * clock.value() / 1e9;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(beyond)) - 1);
}

std::int64_t scale_up(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
    const auto exact =
        static_cast<double>(amount) * static_cast<double>(numerator) / static_cast<double>(denominator);
    return static_cast<std::int64_t>(exact) +
           (exact > static_cast<double>(static_cast<std::int64_t>(exact)) ? 1 : 0);
}

}  // namespace cleave
