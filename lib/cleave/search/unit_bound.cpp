// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/unit_bound.hpp"

#include "cleave/partition/lanes.hpp"
#include "cleave/search/lagrangian.hpp"
#include "cleave/units/parallel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

constexpr double kNoFactor = std::numeric_limits<double>::infinity();
/// Factors are found to a fiftieth, and looked for up to this.
constexpr double kFinestFactor = 1.02;
constexpr double kLargestFactor = 1e6;

/// More than any partition takes that the search can add up.
constexpr std::int64_t kUnlimited = std::int64_t{1} << 50;

/// A whole number that is not below what it came from.
std::int64_t rounded_up(double x) {
    return x < static_cast<double>(kUnlimited) ? static_cast<std::int64_t>(std::ceil(x)) : kUnlimited;
}

/// Down to six significant binary digits, less than 1/32 of it: splits have thousands of choices that differ
/// by less, and a bound may be lower.
std::int64_t rounded_down(std::int64_t x) {
    constexpr int kDigits = 6;
    const int more = std::max(0, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(x))) - kDigits);
    return x >> more << more;
}

bool no_worse(const SearchArc& a, const SearchArc& b) {
    return a.time <= b.time && a.energy <= b.energy &&
           std::equal(a.use.begin(), a.use.end(), b.use.begin(), [](auto x, auto y) { return x <= y; });
}

}  // namespace

UnitBound::UnitBound(const Costing& costing, const DesignSpace& space, unsigned threads) : costing_(costing) {
    // In the module scope every module has the FPGA to itself.
    if (costing.platform().resource_scope == ResourceScope::network) {
        limits_ = costing.platform().fpga.limits();
        // An FPGA may have more than arcs have room for; one that is left out makes the bound lower only.
        limits_.resize(std::min(limits_.size(), kResourceKinds));
    }
    std::vector<std::vector<Choice>> units(costing.graph().size());
    parallel_for(units.size(), threads, [&](std::size_t u) {
        units[u] = nondominated(choices_of(unit_id(u), space));
        for (Choice& choice : units[u]) {
            choice.arc.from = static_cast<std::uint32_t>(u);
            choice.arc.to = static_cast<std::uint32_t>(u + 1);
        }
    });
    for (const std::vector<Choice>& choices : units) {
        choices_.insert(choices_.end(), choices.begin(), choices.end());
    }
    // The GPU alone ends.
    std::int64_t low = 0;
    std::int64_t high = 1;
    const auto is_too_short = [&](std::int64_t ticks) {
        return rules_out(Nanoseconds(ticks), Picojoules(kUnlimited));
    };
    while (is_too_short(high)) {
        low = high;
        high *= 2;
    }
    while (static_cast<double>(high) > static_cast<double>(low) * kFinestFactor && high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (is_too_short(middle) ? low : high) = middle;
    }
    least_standing_ = costing_.standing_power() * Nanoseconds(low);
}

std::vector<UnitBound::Choice> UnitBound::nondominated(std::vector<Choice> all) {
    const auto key = [](const Choice& c) { return std::tuple(c.ends, c.arc.time, c.arc.energy, c.arc.use); };
    std::sort(all.begin(), all.end(), [&](const Choice& a, const Choice& b) { return key(a) < key(b); });
    // What is no worse comes first.
    std::vector<Choice> kept;
    for (const Choice& choice : all) {
        if (std::none_of(kept.begin(), kept.end(),
                         [&](const Choice& k) { return no_worse(k.arc, choice.arc); })) {
            kept.push_back(choice);
        }
    }
    return kept;
}

UnitBound::Choice UnitBound::choice_of(Nanoseconds gpu, Nanoseconds ends, Picojoules tasks,
                                       const Resources& demand) const {
    Choice choice;
    choice.ends = rounded_down(ends.ticks());
    choice.arc.time = rounded_down(gpu.ticks());
    choice.arc.energy = rounded_down(tasks.ticks());
    for (std::size_t k = 0; k < limits_.size(); ++k) {
        choice.arc.use[k] = rounded_down(limits_[k].use(demand));
    }
    return choice;
}

/// Energy of the hardware over an interval, at the clock at which that is least.
Picojoules UnitBound::least_work(const LayerHardware& hardware) const {
    const Fpga& fpga = costing_.platform().fpga;
    if (!fpga.adds_up()) {
        return {};
    }
    const std::size_t own = hardware.choice.implementation;
    const auto at = [&](Hertz clock) {
        return costing_.work_energy(own, hardware.resources, Costing::interval_time(hardware, clock), clock);
    };
    Picojoules least = at(fpga.clock_of(own));
    for (const Hertz clock : fpga.clocks()) {
        if (clock < fpga.clock_of(own)) {
            least = std::min(least, at(clock));
        }
    }
    return least;
}

std::vector<UnitBound::Choice> UnitBound::choices_of(UnitId unit, const DesignSpace& space) const {
    const GpuCost& on_gpu = costing_.on_gpu(unit);
    std::vector<Choice> all{choice_of(on_gpu.time, on_gpu.time, on_gpu.energy, {})};
    for (const LayerHardware& hw : costing_.hardware().useful(unit)) {
        const Hertz clock = costing_.platform().fpga.clock_of(hw.choice.implementation);
        all.push_back(choice_of({}, Costing::interval_time(hw, clock), least_work(hw), hw.resources));
    }
    if (!space.strategies.contains(Strategy::gconv)) {
        return all;
    }
    for (const SplitAxis axis : space.axes) {
        const std::int64_t extent = costing_.split_extent(unit, axis);
        const std::int64_t step = share_step(costing_, space, extent);
        for (std::int64_t share = step; share < extent; share += step) {
            for (const LayerHardware& hw : keep_useful(costing_.hardware().of_split(unit, axis, share))) {
                if (costing_.fits(hw.resources)) {
                    const GroupCost cost = costing_.split(unit, axis, share, hw);
                    all.push_back(choice_of(busy_of(cost).gpu, stage_time(&cost, nullptr, {}), cost.energy,
                                            cost.demand));
                }
            }
        }
    }
    return all;
}

bool UnitBound::rules_out(Nanoseconds time, Picojoules energy) const {
    // Standing power lasts as long as any partition takes, and as long as the GPU works.
    return no_path(time, energy - least_standing_, {}) || no_path(time, energy, costing_.standing_power());
}

bool UnitBound::no_path(Nanoseconds time, Picojoules energy, Milliwatts while_gpu_works) const {
    if (time.ticks() < 0 || energy.ticks() < 0) {
        return true;
    }
    ArcSet set;
    set.nodes = static_cast<std::uint32_t>(costing_.graph().size() + 1);
    set.longest = set.nodes - 1;
    for (std::size_t k = 0; k < limits_.size(); ++k) {
        set.capacity[k] = limits_[k].limit;
    }
    std::uint32_t reached = 0;
    for (const Choice& choice : choices_) {
        if (choice.ends <= time.ticks() && choice.arc.from <= reached) {
            set.arcs.push_back(choice.arc);
            set.arcs.back().energy += (while_gpu_works * Nanoseconds(choice.arc.time)).ticks();
            set.number.push_back(static_cast<std::uint32_t>(set.number.size()));
            reached = choice.arc.to;
        }
    }
    if (reached + 1 < set.nodes) {
        return true;
    }
    const Objectives most = longest_paths(set);
    // At least 1: the bound is made in parts of the corner.
    const Objectives corner{std::clamp<std::int64_t>(time.ticks(), 1, most[0] + 1),
                            std::clamp<std::int64_t>(energy.ticks(), 1, most[1] + 1), 0};
    PathPool pool;
    const LagrangianBound bound = corner_bound(set, corner, most, pool);
    return bound.root() > bound.weights.of(corner);
}

/// The least factor found by which a box [0, (time, energy)] must shrink so that no partition is in it.
double UnitBound::least_factor(double time, double energy, bool divide_time, bool divide_energy) const {
    const auto is_empty = [&](double factor) {
        return rules_out(Nanoseconds(rounded_up(divide_time ? time / factor : time)),
                         Picojoules(rounded_up(divide_energy ? energy / factor : energy)));
    };
    double high = 2;
    while (!is_empty(high)) {
        high *= 2;
        if (high > kLargestFactor) {
            return kNoFactor;
        }
    }
    double low = high == 2 ? 1 : high / 2;
    while (high > low * kFinestFactor) {
        const double middle = std::sqrt(low * high);
        (is_empty(middle) ? high : low) = middle;
    }
    return high;
}

SearchGap UnitBound::gap(const std::vector<FrontPoint>& front) const {
    if (front.empty()) {
        return SearchGap::unknown();
    }
    const auto time_of = [&](std::size_t i) { return static_cast<double>(front[i].score.latency.ticks()); };
    const auto energy_of = [&](std::size_t i) { return static_cast<double>(front[i].score.energy.ticks()); };
    SearchGap gap;
    // Between two points, and beyond the first and the last, there is a corner below which nothing is known.
    for (std::size_t i = 0; i <= front.size(); ++i) {
        const bool is_first = i == 0;
        const bool is_last = i == front.size();
        const double time = is_last ? kNoFactor : time_of(i);
        const double energy = is_first ? kNoFactor : energy_of(i - 1);
        gap.all = std::max(gap.all, least_factor(time, energy, true, true) - 1);
        if (!is_last) {
            gap.time = std::max(gap.time, least_factor(time, energy, true, false) - 1);
        }
        if (!is_first) {
            gap.energy = std::max(gap.energy, least_factor(time, energy, false, true) - 1);
        }
    }
    return gap;
}

}  // namespace cleave
