// SPDX-License-Identifier: Apache-2.0
#include "cleave/verdict/readings.hpp"

#include "cleave/search/find_front.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

using Implementations = std::vector<ClockedImplementation>;

/// All together, and each alone.
std::vector<Implementations> choices(const Fpga& fpga) {
    std::vector<Implementations> found{fpga.implementations()};
    if (fpga.implementations().size() > 1) {
        for (const ClockedImplementation& one : fpga.implementations()) {
            found.push_back({one});
        }
    }
    return found;
}

Reading read_as(ExploreRequest request, std::size_t profile, const Implementations& implementations,
                UnusedFpga unused, const std::function<bool()>& should_stop) {
    Platform& platform = request.platform;
    platform.gpu = platform.gpu.with_profile(profile);
    platform.fpga = Fpga(platform.fpga.model(), implementations, platform.fpga.capacity());
    platform.unused_fpga = unused;
    request.draws = 0;
    request.limits = rough_limits(request.limits);
    Reading reading{platform.gpu.profile().name, platform.gpu.profile().runs, {}, unused};
    for (const ClockedImplementation& one : implementations) {
        reading.implementations.push_back(platform.fpga.implementation(one.number).name);
    }
    const ExploreResult result = find_front(request, should_stop, nullptr);
    if (const auto verdict = judge(request, result); verdict && verdict->point) {
        reading.pays = verdict->pays;
        reading.latency_speedup = verdict->latency_speedup;
        reading.energy_gain = verdict->energy_gain;
    }
    return reading;
}

/// "with pytorch and tensorrt" if those that pay are all that have one of these values, and no others.
template <class Value>
std::string decided_by(const std::vector<Reading>& readings, const Value& value) {
    std::map<std::string, std::set<bool>> answers;
    std::vector<std::string> order;
    for (const Reading& reading : readings) {
        if (answers.try_emplace(value(reading)).second) {
            order.push_back(value(reading));
        }
        answers.at(value(reading)).insert(reading.pays);
    }
    std::vector<std::string> paying;
    for (const std::string& name : order) {
        if (answers.at(name).size() > 1) {
            return "";
        }
        if (answers.at(name).count(true) > 0) {
            paying.push_back(name);
        }
    }
    return fmt::format("with {}", fmt::join(paying, " and "));
}

}  // namespace

std::vector<Reading> try_readings(const ExploreRequest& request, const std::function<bool()>& should_stop) {
    std::vector<Reading> readings;
    for (std::size_t profile = 0; profile < request.platform.gpu.model().profiles.size(); ++profile) {
        for (const Implementations& implementations : choices(request.platform.fpga)) {
            for (const UnusedFpga unused : {UnusedFpga::powered, UnusedFpga::off}) {
                if (should_stop()) {
                    return readings;
                }
                Reading reading = read_as(request, profile, implementations, unused, should_stop);
                if (!should_stop()) {
                    readings.push_back(std::move(reading));
                }
            }
        }
    }
    return readings;
}

std::string readings_text(const Verdict& verdict) {
    const std::vector<Reading>& readings = verdict.readings;
    const auto paying = static_cast<std::size_t>(
        std::count_if(readings.begin(), readings.end(), [](const Reading& r) { return r.pays; }));
    if (paying == (verdict.pays ? readings.size() : 0)) {
        return fmt::format("the verdict holds under all {} readings", readings.size());
    }
    const auto by_profile = [](const Reading& r) { return "profile " + r.profile; };
    const auto by_hardware = [](const Reading& r) {
        return fmt::format("{}", fmt::join(r.implementations, " + "));
    };
    const auto by_baseline = [](const Reading& r) {
        return std::string(r.unused_fpga == UnusedFpga::powered ? "an FPGA that is there already"
                                                                : "an FPGA that is to be added");
    };
    std::string why = decided_by(readings, by_profile);
    why = why.empty() ? decided_by(readings, by_hardware) : why;
    why = why.empty() ? decided_by(readings, by_baseline) : why;
    return fmt::format("the FPGA pays under {} of {} readings{}{}", paying, readings.size(),
                       why.empty() || paying == 0 ? "" : ": ", paying == 0 ? "" : why);
}

}  // namespace cleave
