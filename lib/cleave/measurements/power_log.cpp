// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/power_log.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cleave {
namespace {

/// Rails that feed the GPU and nothing else, of the Jetson TX2 and the Jetson Nano.
constexpr std::array<std::string_view, 2> kGpuRails{"VDD_SYS_GPU", "POM_5V_GPU"};

std::optional<std::size_t> chosen_rail(const PowerLog& log, const std::string& wanted, FaultList& faults) {
    const auto at = [&](std::string_view name) {
        const auto found = std::find(log.rails.begin(), log.rails.end(), name);
        return found == log.rails.end() ? std::nullopt
                                        : std::optional(static_cast<std::size_t>(found - log.rails.begin()));
    };
    const Place& place = log.samples.front().place;
    if (!wanted.empty()) {
        const auto found = at(wanted);
        if (!found) {
            faults.add(
                place, "",
                fmt::format("there is no rail {} {}", quote(wanted), hint(wanted, log.rails, "rails")));
        }
        return found;
    }
    for (const std::string_view name : kGpuRails) {
        if (const auto found = at(name)) {
            return found;
        }
    }
    faults.add(
        place, "",
        fmt::format("no rail is known to feed the GPU alone: name one of {} with --rail", join(log.rails)));
    return std::nullopt;
}

/// The time that each sample stands for: half of the way to the samples before and after it.
std::vector<Seconds> times_around(const PowerLog& log, const std::optional<Seconds>& interval) {
    const auto& samples = log.samples;
    const std::size_t n = samples.size();
    if (log.stamp || !samples.front().time) {
        return interval ? std::vector<Seconds>(n, *interval) : std::vector<Seconds>{};
    }
    if (n < 2) {
        return {};
    }
    std::vector<Seconds> result(n, Seconds(0));
    for (std::size_t i = 0; i + 1 < n; ++i) {
        const Seconds half = (*samples[i + 1].time - *samples[i].time) / 2.0;
        result[i] += half;
        result[i + 1] += half;
    }
    // What lies before the first and after the last is not in the log.
    result.front() *= 2;
    result.back() *= 2;
    return result;
}

void check_stamps(const PowerLog& log, const std::optional<Seconds>& interval, FaultList& faults) {
    if (!log.stamp || !interval || log.samples.size() < 2 || !log.samples.front().time) {
        return;
    }
    const Seconds told = *interval * static_cast<double>(log.samples.size() - 1);
    const Seconds stamped = *log.samples.back().time - *log.samples.front().time;
    // Samples come a little late each, so that a log takes up to a tenth longer than the interval says.
    if (stamped - *log.stamp > told * 1.1 || stamped + *log.stamp < told) {
        faults.add(log.samples.back().place, "",
                   fmt::format("{} samples every {:.6g} ms take {:.6g} s, but the stamps say {:.6g} s",
                               log.samples.size(), interval->value() * 1e3, told.value(), stamped.value()));
    }
}

}  // namespace

std::optional<BusyPower> busy_power(const PowerLog& log, const PowerChoice& choice, Notes& notes,
                                    FaultList& faults) {
    const std::size_t before = faults.size();
    const auto rail = chosen_rail(log, choice.rail, faults);
    check_stamps(log, choice.interval, faults);
    if (!log.stamp && log.samples.front().time && choice.interval) {
        faults.add(log.samples.front().place, "", "the log has exact times: --interval is not for it");
    }
    const bool all = choice.samples == BusySamples::all;
    for (const PowerLog::Sample& sample : log.samples) {
        if (!all && !sample.load) {
            faults.add(sample.place, "",
                       "the load of the GPU is not in this log, so that idle samples cannot be told apart: "
                       "cut the log "
                       "to the measured loop and take it whole (--all-samples)");
            break;
        }
    }
    if (faults.size() > before) {
        return std::nullopt;
    }
    const std::vector<Seconds> times = times_around(log, choice.interval);
    BusyPower result{log.rails[*rail], Watts(0), 0, std::nullopt, std::nullopt};
    Watts sum(0);
    Seconds duration(0);
    Joules energy(0);
    for (std::size_t i = 0; i < log.samples.size(); ++i) {
        const PowerLog::Sample& sample = log.samples[i];
        if (!all && *sample.load <= 0) {
            continue;
        }
        const auto& power = sample.power[*rail];
        if (!power) {
            faults.add(sample.place, "", fmt::format("rail {} is off in a busy sample", log.rails[*rail]));
            continue;
        }
        ++result.busy;
        sum += *power;
        if (!times.empty()) {
            duration += times[i];
            energy += *power * times[i];
        }
    }
    if (result.busy == 0 && faults.size() == before) {
        faults.add(log.samples.front().place, "", "the GPU is idle in all samples");
    }
    if (faults.size() > before) {
        return std::nullopt;
    }
    result.average = sum / static_cast<double>(result.busy);
    if (duration.value() > 0) {
        result.average = energy / duration;
        result.duration = duration;
        result.energy = energy;
    }
    std::vector<std::string> others;
    for (std::size_t i = 0; i < log.rails.size(); ++i) {
        if (i != *rail) {
            others.push_back(log.rails[i]);
        }
    }
    if (!others.empty()) {
        notes.push_back(fmt::format("{}: no place for rails {}", log.file, join(others)));
    }
    return result;
}

}  // namespace cleave
