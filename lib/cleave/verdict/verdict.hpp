// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/units/names.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What a module takes less than on the GPU alone; below zero: more.
struct ModuleGain {
    ModuleId module{};
    Nanoseconds time;
    Picojoules energy;
};

/// What crossing between the devices costs a partition. Times are busy times: transfers may overlap with
/// other work.
struct LinkCost {
    Nanoseconds transfers;
    /// The GPU's, for number formats and partial sums.
    Nanoseconds conversions;
    Picojoules energy;
    std::int64_t bytes = 0;
};

/// How much of a resource a partition takes of what may be planned for.
struct ResourceShare {
    std::string resource;
    std::int64_t used = 0;
    std::int64_t usable = 0;

    /// Nothing more of any size fits.
    [[nodiscard]] bool binds() const {
        return static_cast<double>(used) > kBinding * static_cast<double>(usable);
    }
    static constexpr double kBinding = 0.95;
};

/// Limits of a platform.
enum class LeverKind { alm, dsp, m20k, link, clock };
[[nodiscard]] constexpr auto names_of(LeverKind) {
    using enum LeverKind;
    return std::to_array<Named<LeverKind>>(
        {{alm, "alm"}, {dsp, "dsp"}, {m20k, "m20k"}, {link, "link"}, {clock, "clock"}});
}
static_assert(all_named<LeverKind>());

/// A limit of the platform, and what the best partition would be without it.
struct Lever {
    LeverKind kind = LeverKind::alm;
    /// Of the present limit.
    double factor = 1;
    double latency_speedup = 1;
    double energy_gain = 1;
    bool pays = false;
};

/// A question as it could be asked as well: how the GPU is driven, which hardware the FPGA may have, whether
/// it is there already; and the answer.
struct Reading {
    std::string profile;
    /// ExecutionProfile::runs.
    std::string runs;
    /// Names of implementations, in the order of the platform's.
    std::vector<std::string> implementations;
    UnusedFpga unused_fpga = UnusedFpga::powered;
    bool pays = false;
    double latency_speedup = 1;
    double energy_gain = 1;
};

/// Whether the FPGA pays for a network, and why.
struct Verdict {
    bool pays = false;
    double min_gain = kMinGain;
    /// Position on the front of the partition that is judged: the knee if it pays, else of those with
    /// something on the FPGA the one that comes nearest to it; nothing if there is none.
    std::optional<std::size_t> point;
    double latency_speedup = 1;
    double energy_gain = 1;
    std::optional<Interval> latency_speedup_90;
    std::optional<Interval> energy_gain_90;
    /// Probability that logic and memory fit, by their stated spreads; nothing if there are none.
    std::optional<double> fits;
    /// Of modules with something on the FPGA, most time first.
    std::vector<ModuleGain> gains;
    LinkCost link;
    std::vector<ResourceShare> resources;
    std::vector<Lever> levers;
    std::vector<Reading> readings;
};

/// Judges a front. Nothing if it is empty.
[[nodiscard]] std::optional<Verdict> judge(const ExploreRequest& request, const ExploreResult& result);

/// What other limits would do: twice the logic, DSP blocks, memory and bandwidth of the link (in half the
/// time of its hand-overs), and 1.5 times the clock, and where that does not pay, eight and three times as
/// much. Each is a search of its own, within 5 % where the request's is not exact. Limits that cannot matter
/// are left out: resources of which a partition uses less than half.
[[nodiscard]] std::vector<Lever> try_levers(const ExploreRequest& request, const Verdict& verdict,
                                            const std::function<bool()>& should_stop);

}  // namespace cleave
